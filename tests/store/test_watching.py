"""Change is noticed as it happens, and a run whose process goes away stops running."""

import fcntl
import os
import shutil
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest
import watchfiles

from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore
from trackside.store.changes import Changes
from trackside.store.store import Store
from trackside.store.watch import Watcher

DEADLINE = 20


@contextmanager
def held(log: Path) -> Iterator[None]:
    """Hold the lock that the writer of a log holds."""
    descriptor = os.open(log, os.O_RDWR)
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.fixture
def following(store) -> Iterator["Queue[Changes]"]:
    """A thread that follows the store, and what it tells."""
    told: Queue[Changes] = Queue()
    stop = threading.Event()
    live = LiveStore(store)
    thread = threading.Thread(target=live.follow, args=(stop, Listener(told.put)))
    thread.start()
    told.get(timeout=DEADLINE)
    yield told
    stop.set()
    thread.join(DEADLINE)


def until(told: "Queue[Changes]", holds) -> None:
    while not holds():
        told.get(timeout=DEADLINE)


def announce(store: Store, line: str) -> None:
    folder = store.paths.changed / "2026-01-01"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "somebody.log").open("a") as stream:
        stream.write(f"{line}\n")


def test_a_run_that_begins_is_noticed(store, following, begin, log):
    run = begin()
    log(run, "w", 0).end("finished")
    announce(store, run.id)
    until(following, lambda: store.count() == 1 and store.run(run.id).status == "finished")


def test_a_value_that_is_logged_is_noticed(store, begin, log, request):
    run = begin()
    hot = log(run, "w", 0).row(0, {"m": 0.0})
    with held(hot.path):
        told = request.getfixturevalue("following")
        assert store.run(run.id).status == "running"
        hot.row(1, {"m": 1.0})
        until(told, lambda: store.run(run.id).metrics["m"].last == 1.0)


def test_a_run_whose_process_is_gone_stops_running(store, begin, log, request):
    run = begin()
    hot = log(run, "w", 0).row(0, {"m": 0.0})
    with held(hot.path):
        told = request.getfixturevalue("following")
        assert store.run(run.id).status == "running"
    until(told, lambda: store.run(run.id).status == "crashed")


def test_an_edit_by_another_process_is_noticed(store, following, begin, log):
    run = begin()
    log(run, "w", 0).end("finished")
    Store.open(store.root).editor().set_fields(run.id, {"name": "renamed by another"})
    until(following, lambda: bool(store.count()) and store.run(run.id).name == "renamed by another")


def test_an_index_that_is_removed_while_it_is_followed_comes_back(store, following, begin, log):
    run = begin()
    log(run, "w", 0).end("finished")
    announce(store, run.id)
    until(following, lambda: store.count() == 1)
    shutil.rmtree(store.paths.index)
    until(following, lambda: store.index.exists() and store.count() == 1)


def test_a_folder_of_changes_that_takes_the_place_and_the_inode_of_another_is_not_taken_for_it(store, begin, log):
    run = begin()
    log(run, "w", 0).end("finished")
    announce(store, run.id)
    stop = threading.Event()
    watched = Watcher(store).changes(stop)
    assert next(watched).runs == {run.id}
    for day in store.paths.changed.iterdir():
        shutil.rmtree(day)
    store.paths.changed.rmdir()
    store.paths.changed.mkdir()
    gave_up = threading.Timer(DEADLINE, stop.set)
    gave_up.start()
    assert list(watched) == [], "it ends, so that whoever follows the store watches anew"
    gave_up.cancel()
    assert not stop.is_set()


def test_what_was_written_in_a_new_folder_before_it_was_watched_is_noticed(store, begin, log, monkeypatch):
    """Between the event of a new folder and the watch on it, what is written there is told by no event."""
    day = store.paths.changed / "2026-01-01"

    def told(*_: object, **__: object) -> Iterator[set[tuple[watchfiles.Change, str]]]:
        yield set()
        day.mkdir()
        yield {(watchfiles.Change.added, str(day))}
        run = begin()
        log(run, "w", 0).end("finished")
        announce(store, run.id)
        yield set()

    monkeypatch.setattr(watchfiles, "watch", told)
    assert len(list(Watcher(store).changes(threading.Event()))) == 1
    assert store.count() == 1
