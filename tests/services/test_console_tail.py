"""The end of what a run printed."""

from pathlib import Path

from trackside.services.console import tail


def test_no_console_is_no_lines() -> None:
    assert tail([]).lines == ()


def test_all_lines_of_a_short_console_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"one\r\ntwo\n\nthree")
    assert tail([file]).lines == ("one", "two", "", "three")
    assert tail([file]).left_out == 0


def test_a_long_console_begins_at_a_whole_line_and_counts_what_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"first\nsecond\nthird\n")
    shown = tail([file], limit=10)
    assert shown.lines == ("third",)
    assert shown.left_out == len(b"first\nsecond\n")


def test_files_follow_one_another(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"before\n")
    (tmp_path / "b.log").write_bytes(b"after\n")
    assert tail([tmp_path / "a.log", tmp_path / "b.log"]).lines == ("before", "after")


def test_bytes_that_are_no_text_are_shown_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"\xff\xfe ok\n")
    assert tail([file]).lines == ("�� ok",)


def test_a_console_that_vanishes_is_empty(tmp_path: Path) -> None:
    assert tail([tmp_path / "gone.log"]).lines == ()
