"""What a run printed, as lines with their moments and steps."""

import struct
import time
from pathlib import Path

import pytest

import trackside
from trackside.model.run import Run
from trackside.record.console.helper import Kept
from trackside.services.console import lines
from trackside.services.console.lines import ConsoleLine, ConsoleReader, Grown
from trackside.store.console import FilePiece
from trackside.store.store import Store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def record(root: Path, *, steps: int = 0) -> Path:
    """A run whose console is empty yet; the folder of that."""
    with trackside.init(store=root, quiet=True) as run:
        for step in range(steps):
            run.log({"loss": 1.0}, step=step * 10)
    assert run.folder is not None
    run.folder.console.mkdir(exist_ok=True)
    return run.folder.console


def opened(root: Path) -> tuple[Store, Run]:
    store = Store.open(root)
    store.refresh()
    (run,) = store.first_page(2)
    return store, store.run(run.id)


def texts(root: Path, head: int = 1000, tail: int = 1000) -> list[str]:
    store, run = opened(root)
    return [line.text for line in read(store, run, head, tail)]


def read(store: Store, run: Run, head: int = 1000, tail: int = 1000) -> list[ConsoleLine]:
    found = ConsoleReader(store, run.id, head, tail).read(run)
    assert found is not None
    return list(found.lines)


def test_no_console_is_no_lines(root: Path) -> None:
    record(root)
    assert texts(root) == []


def test_all_lines_of_a_short_console_are_there(root: Path) -> None:
    (record(root) / "a.log").write_bytes(b"one\r\ntwo\n\nthree")
    assert texts(root) == ["one", "two", "", "three"]


def test_a_progress_bar_is_one_line_in_its_last_state(root: Path) -> None:
    (record(root) / "a.log").write_bytes(b"\r 10%|#\r 50%|#####\r100%|##########\ndone\n\r 1/9\r 2/9\r")
    assert texts(root) == ["100%|##########", "done", " 2/9"]


def test_what_steers_a_terminal_is_left_out(root: Path) -> None:
    (record(root) / "a.log").write_bytes(b"\x1b[1;31mred\x1b[0m\x1b]0;title\x07 \x1b[?2J\x07bell\tafter\xff\n")
    assert texts(root) == ["red bell        after�"]


def test_of_a_long_console_beginning_and_end_are_shown_and_what_is_between_is_counted(root: Path) -> None:
    (record(root) / "a.log").write_bytes(b"".join(b"line %03d\n" % number for number in range(100)))
    shown = texts(root, head=27, tail=22)
    assert shown == ["line 000", "line 001", "line 002", "… 851 bytes are not shown here", "line 098", "line 099"]


def test_what_was_not_kept_is_counted_where_it_is_missing(root: Path) -> None:
    kept = Kept(str(record(root) / "a"), 0o600)
    kept.write(b"first\n", 100.0)
    kept.skip(94)
    kept.write(b"of a line\nlast\n", 200.0)
    assert texts(root) == ["first", "… 94 bytes are not shown here", "last"]


def test_streams_of_several_processes_follow_one_another_as_they_began(root: Path) -> None:
    folder = record(root)
    for stem, moment in (("a", 200.0), ("b", 100.0)):
        Kept(str(folder / stem), 0o600).write(f"of {stem}\n".encode(), moment)
    assert texts(root) == ["of b", "of a"]


def test_a_line_has_the_moment_and_the_step_at_which_it_came(root: Path) -> None:
    folder = record(root, steps=3)
    kept = Kept(str(folder / "a"), 0o600)
    now = time.time()
    kept.write(b"long before\n", 1000.0)
    kept.write(b"after\nalso", now)
    kept.write(b" after\n", now + 50)
    store, run = opened(root)
    found = [(line.text, line.time, line.step) for line in read(store, run)]
    assert found == [("long before", 1000.0, None), ("after", now, 20), ("also after", now, 20)]


def test_a_progress_bar_has_the_moment_of_its_last_state(root: Path) -> None:
    kept = Kept(str(record(root) / "a"), 0o600)
    for moment, said in ((100.0, b"\r1/2"), (200.0, b"\r2/2"), (300.0, b"\n")):
        kept.write(said, moment)
    store, run = opened(root)
    assert read(store, run) == [ConsoleLine("2/2", 200.0)]


def test_the_last_lines_are_had_without_reading_all(root: Path) -> None:
    (record(root) / "a.log").write_bytes(b"x" * 100_000 + b"\n1\n2\n3\n")
    store, run = opened(root)
    assert lines.last_lines(store, run.id, 2) == ["2", "3"]
    assert lines.last_lines(store, run.id, 9, room=7) == ["1", "2", "3"]


@pytest.mark.parametrize("moment", [1e300, -1.0, float("nan")])
def test_a_moment_that_no_calendar_has_is_not_known(root: Path, moment: float) -> None:
    folder = record(root)
    (folder / "a.log").write_bytes(b"text\n")
    (folder / "a.idx").write_bytes(struct.pack("<dQ", moment, 0))
    store, run = opened(root)
    assert read(store, run) == [ConsoleLine("text")]


def test_moments_are_not_read_through_a_link(root: Path, tmp_path: Path) -> None:
    folder = record(root)
    (folder / "a.log").write_bytes(b"text\n")
    (tmp_path / "a.idx").write_bytes(struct.pack("<dQ", 5.0, 0))
    (folder / "a.idx").symlink_to(tmp_path / "a.idx")
    store, run = opened(root)
    assert read(store, run) == [ConsoleLine("text")]


def test_files_that_are_damaged_or_others_do_no_harm(root: Path) -> None:
    folder = record(root)
    (folder / "a.log").write_bytes(b"text\n")
    (folder / "a.idx").write_bytes(struct.pack("<dQ", 5.0, 0) + b"torn")
    (folder / "notes.txt").write_text("mine")
    (folder / "link.log").symlink_to("/etc/hostname")
    (folder / "folder.log").mkdir()
    store, run = opened(root)
    assert read(store, run) == [ConsoleLine("text", 5.0)]


def test_what_was_printed_anew_takes_the_place_of_what_was_printed_before(root: Path) -> None:
    folder = record(root)
    (folder / "w-0.log").write_bytes(b"first\n")
    store, run = opened(root)
    reader = ConsoleReader(store, run.id)
    reader.read()
    (folder / "w-1-anew.log").write_bytes(b"again\n")
    assert reader.read() == Grown(0, (ConsoleLine("again"),))


def test_of_a_console_that_grows_only_what_is_new_is_read_and_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(str(record(root) / "a"), 0o600)
    kept.write(b"old\n" * 1000 + b" 10%", 100.0)
    store, run = opened(root)
    reader = ConsoleReader(store, run.id)
    reader.read()
    taken = []
    read_bytes = FilePiece.read

    def counted(piece: FilePiece, begin: int, end: int) -> bytes:
        taken.append(end - begin)
        return read_bytes(piece, begin, end)

    monkeypatch.setattr(FilePiece, "read", counted)
    assert reader.read() is None
    kept.write(b"\r 20%\nnext", 200.0)
    assert reader.read() == Grown(1000, (ConsoleLine(" 20%", 200.0), ConsoleLine("next", 200.0)))
    assert taken == [10]


def test_a_console_that_is_left_open_keeps_no_more_than_its_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 2_000)
    kept = Kept(str(record(root) / "a"), 0o600)
    store, run = opened(root)
    reader = ConsoleReader(store, run.id, head=100, tail=1_000)
    most = 0
    for number in range(500):
        kept.write(b"line %04d\n" % number, 100.0 + number)
        grown = reader.read()
        assert grown is not None
        assert grown.lines[-1].text == f"line {number:04}"
        most = max(most, grown.first + len(grown.lines))
    assert most <= 330


def test_the_step_of_a_line_is_told_again_once_points_that_came_before_it_are_there(root: Path) -> None:
    with trackside.init(store=root, quiet=True) as recorded:
        recorded.log({"loss": 1.0}, step=1)
        assert recorded.folder is not None
        recorded.folder.console.mkdir(exist_ok=True)
        kept = Kept(str(recorded.folder.console / "a"), 0o600)
        kept.write(b"early\n", time.time())
        kept.write(b"late\n", time.time() + 50)
        store, run = opened(root)
        reader = ConsoleReader(store, run.id)
        reader.read(run)
        recorded.log({"loss": 1.0}, step=2)
        store.refresh(thorough=True)
        grown = reader.read(store.run(run.id))
    assert grown is not None
    assert [(line.text, line.step) for line in grown.lines][-1] == ("late", 2)
