"""Other systems' runs in the app: a process of its own reads them, and its end is told."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest
from foreign_runs import line, write_run

from trackside.model.errors import StoreError
from trackside.services.places.begun import begun
from trackside.services.places.listener import Listener
from trackside.services.places.opening import open_places, open_store
from trackside.services.places.process import ReadingProcess

SECONDS = 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_run(tmp_path / "runs" / "metrics.jsonl", [3.0, 2.0])


class Heard:
    """All that a listener hears of a place that is read apart, and the points of its newest run at each change."""

    def __init__(self, place: Path) -> None:
        self.counts: Queue[int] = Queue()
        self.troubles: Queue[str] = Queue()
        self.skipped: Queue[list[str]] = Queue()
        self.caught_up: Queue[int] = Queue()
        self.opened = open_places([str(place)], apart={})
        self.listener = Listener(
            self._changed,
            trouble=self.troubles.put,
            skipped=lambda skipped: self.skipped.put([one.where for one in skipped]),
            caught_up=lambda: self.caught_up.put(self.opened.store.count()),
        )

    def _changed(self, _: object) -> None:
        for run in self.opened.store.first_page(1):
            self.counts.put(run.metrics["loss"].count)

    def points(self, wanted: int) -> None:
        """Until so many are seen; queue.Empty where that does not come."""
        while self.counts.get(timeout=SECONDS) != wanted:
            pass


@contextmanager
def listening(place: Path) -> Iterator[Heard]:
    heard, stop = Heard(place), threading.Event()
    following = threading.Thread(target=heard.opened.live().follow, args=(stop, heard.listener), daemon=True)
    following.start()
    try:
        yield heard
    finally:
        stop.set()
        following.join()
        heard.opened.store.close()


def readers() -> list[int]:
    """The processes that read for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if int(parent) == os.getpid() and b"places.reader" in command:
            found.append(int(folder.name))
    return found


def test_runs_of_another_system_are_read_by_a_process_of_its_own_and_what_comes_is_seen(file):
    with listening(file.parent) as heard:
        assert heard.caught_up.get(timeout=SECONDS) == 1
        assert len(readers()) == 1
        with file.open("a") as stream:
            stream.write(line(2, 1.0))
        heard.points(3)
    assert readers() == []
    assert heard.troubles.empty()


def test_once_all_was_read_it_is_in_the_index_whoever_looks_first(file):
    write_run(file.with_name("other.jsonl"), [1.0])
    with listening(file.parent) as heard:
        assert heard.caught_up.get(timeout=SECONDS) == 2


def test_a_reader_that_is_killed_is_told_of_and_another_goes_on(file):
    with listening(file.parent) as heard:
        heard.caught_up.get(timeout=SECONDS)
        (reader,) = readers()
        os.kill(reader, signal.SIGKILL)
        assert heard.troubles.get(timeout=SECONDS) == f"what reads {file.parent} has ended (by SIGKILL)"
        assert heard.troubles.get(timeout=SECONDS) == ""
        assert reader not in readers()


def test_whoever_comes_second_hears_too_that_all_was_read_and_of_its_own_reader_what_happens(file):
    with listening(file.parent) as first:
        first.caught_up.get(timeout=SECONDS)
        before = set(readers())
        with listening(file.parent) as second:
            assert second.caught_up.get(timeout=SECONDS) == 1
            (reader,) = set(readers()) - before
            os.kill(reader, signal.SIGKILL)
            assert second.troubles.get(timeout=SECONDS) == f"what reads {file.parent} has ended (by SIGKILL)"
            assert second.troubles.get(timeout=SECONDS) == ""
        assert first.troubles.empty()


def test_a_place_that_is_named_twice_is_read_once(file):
    place = str(file.parent)
    processes = begun([place, place])
    opened, stop = open_places([place, place], apart=processes), threading.Event()
    caught_up: Queue[int] = Queue()
    listener = Listener(caught_up=lambda: caught_up.put(opened.store.count()))
    following = threading.Thread(target=opened.live().follow, args=(stop, listener), daemon=True)
    following.start()
    assert caught_up.get(timeout=SECONDS) == 1
    assert len(readers()) == 1
    stop.set()
    following.join()
    opened.store.close()


def test_a_place_is_caught_up_with_here_though_a_process_reads_it_already(file):
    place = str(file.parent)
    opened = open_places([place], apart=begun([place]))
    assert opened.catch_up() == []
    assert opened.store.count() == 1
    assert readers() == []
    opened.store.close()


def test_what_a_reader_cannot_read_is_told_by_name_whatever_the_name(file):
    odd = file.parent / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    with listening(file.parent) as heard:
        (where,) = heard.skipped.get(timeout=SECONDS)
        assert where.startswith(str(file.parent))


def test_a_reader_ends_with_whoever_listens_to_it(file):
    process = ReadingProcess(str(file.parent))
    stop = threading.Event()
    said = process.said(stop)
    assert any("caught_up" in one for one in iter(lambda: next(said), None))
    (reader,) = readers()
    with process:
        pass
    assert reader not in readers()


def test_why_a_reader_ended_is_its_last_word(tmp_path):
    process = ReadingProcess(str(tmp_path / "nothing"))
    with process:
        assert list(process.said(threading.Event())) == []
        assert "nothing" in process.why()


def test_a_login_is_in_no_command_line():
    with ReadingProcess("http://somebody:secret@127.0.0.1:1/"):
        (reader,) = readers()
        assert b"secret" not in Path(f"/proc/{reader}/cmdline").read_bytes()


def test_reading_begins_before_a_place_is_opened_if_it_is_of_another_system(file, tmp_path):
    own = open_store(tmp_path / "own", create=True)
    process = begun([str(file.parent), str(own.root), str(tmp_path / "nothing"), "https://host"])
    assert list(process) == [str(file.parent)]
    with process[str(file.parent)]:
        own.close()


def test_a_place_that_is_none_is_refused_as_ever(tmp_path):
    with pytest.raises(StoreError, match="nothing"):
        open_places([str(tmp_path / "nothing")], apart={})
