"""Lines of files that grow, shrink and are replaced, and rows and numbers from them."""

import math
import os
import tracemalloc
from pathlib import Path

import pytest

from trackside.sources import numbers
from trackside.sources.identity import by_first_row
from trackside.sources.lines import LONGEST, Lines
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.rows import Rows


def read(path: Path, state: object = None) -> tuple[list[str | None], dict[str, int], Lines]:
    with Lines(path, path.parent, state) as lines:
        return list(lines), lines.state(), lines


def test_a_last_line_without_a_newline_waits_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\r\nthr")
    given, state, lines = read(path)
    assert (given, lines.torn, lines.anew) == (["one", "two"], True, False)
    with path.open("ab") as file:
        file.write(b"ee\n")
    given, _, lines = read(path, state)
    assert (given, lines.torn, lines.anew) == (["three"], False, False)


def test_reading_goes_on_after_any_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    with Lines(path, path.parent) as lines:
        for text in lines:
            if text == "line 77":
                state = lines.state()
        assert lines.offset == path.stat().st_size
    assert read(path, state)[0][:2] == ["line 78", "line 79"]


@pytest.mark.parametrize(
    "now", [b"", b"one\n", b"uno\ntwo\nthree\n", b"one\ntwO\nthree\n"], ids=["emptied", "shorter", "head", "before"]
)
def test_a_file_that_is_another_is_read_from_its_beginning(tmp_path: Path, now: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    _, state, _ = read(path)
    path.write_bytes(now)
    given, _, lines = read(path, state)
    assert lines.anew
    assert given == now.decode().splitlines()


def test_a_copy_put_in_its_place_that_goes_on_is_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    _, state, _ = read(path)
    (tmp_path / "synced").write_bytes(b"one\ntwo\nthree\n")
    (tmp_path / "synced").replace(path)
    given, _, lines = read(path, state)
    assert (given, lines.anew) == (["three"], False)


def test_bom_nul_bytes_and_bad_utf8_are_read_past(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xef\xbb\xbfone\n\0\0\0\0two\xff\n\0\0\n")
    assert read(path)[0] == ["one", "two\ufffd", ""]


def test_utf16_is_refused_with_a_word(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\n", encoding="utf-16")
    with pytest.raises(SourceError, match="UTF-16"):
        Lines(path, tmp_path)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(SourceError, match=kind):
        Lines(path, tmp_path)


@pytest.mark.slow
def test_a_line_of_any_length_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(b"before\n")
        file.seek(8 * LONGEST)
        file.write(b"x\nafter\n")
    tracemalloc.start()
    given = read(path)[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert given == ["before", None, "after"]
    assert peak < 3 * LONGEST


def test_rows_of_other_keys_keep_the_order_of_each_metric() -> None:
    rows = Rows()
    rows.add(1, {"loss": 0.5, "lr": 0.1}, 10.0)
    rows.add(1, {"loss": 0.4, "lr": 0.1, "val": math.nan})
    rows.add(2, {"loss": 0.3, "lr": 0.1})
    together, alone = sorted(rows.take(), key=lambda points: -len(points.keys))
    assert (together.keys, alone.keys) == (("loss", "lr"), ("val",))
    assert together.step.tolist() == [1, 1, 2]
    assert together.value.tolist() == [[0.5, 0.1], [0.4, 0.1], [0.3, 0.1]]
    assert together.time[0] == 10.0
    assert math.isnan(together.time[1])
    assert alone.step.tolist() == [1]
    assert math.isnan(alone.value[0, 0])
    assert list(rows.take()) == []


def test_rows_are_full_before_they_are_large() -> None:
    rows = Rows()
    wide = {f"metric {number}": 1.0 for number in range(100_000)}
    for step in range(3):
        assert not rows.full
        rows.add(step, wide)
    assert rows.full
    (points,) = rows.take()
    assert points.value.shape == (3, 100_000)
    assert not rows.full


def test_a_file_written_anew_with_more_columns_is_the_same_run_and_another_training_is_not(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    first = by_first_row(path, {"step": "0", "loss": "0.5"})
    assert by_first_row(path, {"accuracy": "", "step": "0", "loss": "0.5"}) == first
    assert by_first_row(path, {"step": "0", "loss": "0.6"}) != first
    assert by_first_row(tmp_path / "other.csv", {"step": "0", "loss": "0.5"}) != first


def test_cells_are_numbers_only_where_nobody_could_read_them_otherwise() -> None:
    assert [numbers.of_cell(cell) for cell in ("0.1", "-1e-3", " 7 ", "inf")] == [0.1, -1e-3, 7.0, math.inf]
    assert math.isnan(numbers.of_cell("nan") or 0.0)
    assert [numbers.of_cell(cell) for cell in ("1_000", "1,5", "", "NA", "١٢", "1" * 2_000)] == [None] * 6
    assert [numbers.of_json(value) for value in (1, 0.5, "Infinity", 10**400)] == [1.0, 0.5, math.inf, math.inf]
    assert [numbers.of_json(value) for value in (True, None, "7", [1])] == [None] * 4


def test_steps_are_whole_and_fit_64_bits() -> None:
    assert [numbers.step_of(value) for value in (3, "3", 3.0, "3.0", -1, "-1")] == [3, 3, 3, 3, -1, -1]
    assert numbers.step_of(str((1 << 63) - 1)) == (1 << 63) - 1
    assert [numbers.step_of(value) for value in (0.5, "x", None, True, 1 << 63, "nan", "1e40")] == [None] * 7


def test_times_are_told_by_their_size_and_iso_without_a_zone_is_utc() -> None:
    expected = 1_700_000_000.0
    for scale in (1, 1_000, 1_000_000, 1_000_000_000):
        assert numbers.moment_of(int(expected) * scale) == expected
    assert numbers.moment_of("2023-11-14T22:13:20") == expected
    assert numbers.moment_of("2023-11-14T23:13:20+01:00") == expected
    assert numbers.moment_of("2023-11-14 22:13:20Z") == expected
    assert [numbers.moment_of(value) for value in ("soon", -5, math.nan, 1e300, None, "9999-99-99")] == [None] * 6


def test_a_path_that_leads_out_of_the_tree_is_not_in_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "out").symlink_to(tmp_path)
    folder = Folder(tree, set(), set(), root=tree)
    assert folder.holds(tree / "runs" / "one")
    assert not folder.holds(tree / "out" / "other")
