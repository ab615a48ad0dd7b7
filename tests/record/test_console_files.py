"""How a stream of any length is kept in files."""

import os
import struct
import threading
from pathlib import Path

import pytest

from trackside.record.console import helper
from trackside.record.console.helper import Keeper, Kept, Relay, Stream
from trackside.store import console


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten bytes at the beginning, pieces of five, the last ten bytes."""
    monkeypatch.setattr(helper, "HEAD_BYTES", 10)
    monkeypatch.setattr(helper, "PIECE_BYTES", 5)
    monkeypatch.setattr(helper, "TAIL_BYTES", 10)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.log")}


def stamps(path: Path) -> list[tuple[float, int]]:
    return list(struct.iter_unpack("<dQ", path.read_bytes()))


def test_a_short_stream_is_one_file(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "w"), 0o640)
    kept.write(b"one\r\n", 1.0)
    kept.write(b"two", 2.0)
    assert files(tmp_path) == {"w.log": b"one\r\ntwo"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}


def test_moments_are_at_least_a_tenth_of_a_second_apart(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "w"), 0o600)
    for number in range(8):
        kept.write(b"line\n", 100 + number / 32)
    assert stamps(tmp_path / "w.idx") == [(100.0, 0), (100.125, 20)]


def test_what_came_by_standard_error_is_told_where_the_two_take_turns(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "w"), 0o600)
    for data, target in ((b"out\n", 1), (b"err\n", 2), (b"more\n", 2), (b"out\n", 1)):
        kept.write(data, 100.0, target)
    (piece,) = console.pieces(tmp_path)
    told = [(100.0, 0, False), (100.0, 4, True), (100.0, 13, False)]
    assert piece.stamps() == told == console.unpacked(console.packed(piece.stamps()))


@pytest.mark.usefixtures("small")
def test_of_a_long_stream_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "w"), 0o600)
    text = "".join(chr(97 + number % 26) for number in range(43)).encode()
    for start in range(0, len(text), 3):
        kept.write(text[start : start + 3], float(start))
    found = files(tmp_path)
    assert found.pop("w.log") == text[:10]
    assert found == {f"w.{start:015d}.log": text[start : start + 5] for start in (30, 35, 40)}
    assert {path.stem for path in tmp_path.glob("*.idx")} == {path.stem for path in tmp_path.glob("*.log")}
    assert stamps(tmp_path / f"w.{30:015d}.idx") == [(30.0, 30), (33.0, 33)]


def test_what_a_disk_does_not_take_is_a_gap_and_the_rest_goes_on(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path / "gone" / "w"), 0o600)
    with pytest.raises(FileNotFoundError):
        kept.write(b"lost", 1.0)
    (tmp_path / "gone").mkdir()
    kept.write(b"there", 2.0)
    assert files(tmp_path / "gone") == {f"w.{4:015d}.log": b"there"}


def test_a_keeper_tells_once_of_what_it_could_not_keep_and_waits_before_it_tries_again(tmp_path: Path) -> None:
    told: list[str] = []
    keeper = Keeper(Kept(str(tmp_path / "gone" / "w"), 0o600), lambda: told.append("lost"))
    for _ in range(100):
        keeper.put(b"line\n")
    assert keeper.drain(20)
    assert told == ["lost"]


def test_a_file_system_that_stalls_holds_up_nothing_but_the_keeping(tmp_path: Path) -> None:
    stalled = threading.Event()

    class Stalled(Kept):
        def write(self, data: bytes, time: float, target: int = 1) -> None:
            assert stalled.wait(20)
            super().write(data, time, target)

    keeper = Keeper(Stalled(str(tmp_path / "w"), 0o600), lambda: None)
    source, sink = os.pipe()
    target = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    os.write(sink, b"passed on")
    os.close(sink)
    Relay([Stream(source, target, "")], keeper.put, lambda _: None).run()
    assert (tmp_path / "out").read_bytes() == b"passed on"
    assert not keeper.drain(0)
    stalled.set()
    assert keeper.drain(20)
    assert files(tmp_path) == {"w.log": b"passed on"}


def test_a_keeper_that_is_held_up_leaves_out_what_it_has_no_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helper, "QUEUED_BYTES", 4)
    keeper = Keeper(Kept(str(tmp_path / "w"), 0o600), lambda: None)
    keeper.put(b"12345")
    assert keeper.drain(20)
    keeper._put += 100  # as if so many bytes waited
    keeper.put(b"678")
    keeper._put -= 100
    keeper.put(b"9")
    assert keeper.drain(20)
    assert files(tmp_path) == {"w.log": b"12345", f"w.{8:015d}.log": b"9"}


def test_what_many_threads_print_at_once_is_kept_whole(tmp_path: Path) -> None:
    keeper = Keeper(Kept(str(tmp_path / "w"), 0o600), lambda: None)

    def printing(letter: str) -> None:
        for number in range(200):
            keeper.put(f"{letter}{number}\n".encode())

    threads = [threading.Thread(target=printing, args=(letter,)) for letter in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keeper.close(30)
    words = (tmp_path / "w.log").read_text().split()
    assert sorted(words) == sorted(f"{letter}{number}" for letter in "abcdefgh" for number in range(200))


def test_a_keeper_that_is_closed_lets_go_of_its_files_and_takes_no_more(tmp_path: Path) -> None:
    closed = threading.Event()

    class Told(Kept):
        def close(self) -> None:
            super().close()
            if self._offset:
                closed.set()

    keeper = Keeper(Told(str(tmp_path / "w"), 0o600), lambda: None)
    keeper.put(b"kept")
    assert keeper.close(30)
    keeper.put(b"not kept")
    assert closed.wait(30)
    assert keeper.close(0)
    assert files(tmp_path) == {"w.log": b"kept"}
    held = {os.path.realpath(number) for number in Path("/proc/self/fd").iterdir()}
    assert str(tmp_path / "w.log") not in held


def test_where_there_is_no_thread_to_be_had_it_is_an_os_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(helper, "start_new_thread", refuse)
    with pytest.raises(OSError, match="can't start new thread"):
        Keeper(Kept(str(tmp_path / "w"), 0o600), lambda: None)
