"""Runs of other systems in place: what is new is seen, nothing stands twice, and their own files stay as they are."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from foreign_runs import FORMATS, LONG_AGO, documents, held, line, samples, shown, tree, write_run
from scripted import ANEW, Scripted, facts, points

from trackside.model.errors import StoreError
from trackside.model.foreign import Cursor, Found, Item
from trackside.services.places import live, mirror, mirror_state
from trackside.services.places.finding import in_place
from trackside.services.places.in_place import InPlace
from trackside.services.places.listener import Listener
from trackside.services.places.live import LiveStore, LiveStores
from trackside.services.places.mirror import Mirror
from trackside.services.places.opening import open_places
from trackside.sources.protocol import PassingError, SourceError
from trackside.store import index_place, logfile
from trackside.store.mirrored import MirroredStore

READING = """
import os, signal, sys
from trackside.services.places import mirror
from trackside.services.places.finding import in_place
place = in_place(sys.argv[1])
owned = place.store.own()
kept = mirror.Mirror(place.store, owned, place._finder, place._sources)
kept.catch_up()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "metrics.jsonl"


def one(place: Path) -> dict[str, Any]:
    (run,) = shown([place]).values()
    return run


def count(place: Path) -> int:
    return int(one(place)["metrics"]["loss"]["count"])


def append(file: Path, text: str) -> None:
    with file.open("a") as stream:
        stream.write(text)
    os.utime(file, (LONG_AGO + 60, LONG_AGO + 60))


def scripted(source: Scripted) -> dict[str, dict[str, Any]]:
    """What is shown of a scripted source, opened as from a new process."""
    place = InPlace("/scripted", source, [source])
    place.catch_up()
    place.store.refresh()
    try:
        return documents(place.store)
    finally:
        place.store.close()


@pytest.mark.parametrize("name", FORMATS)
def test_a_foreign_folder_is_left_as_it_was_byte_and_time(tmp_path, name):
    folder = samples([name], tmp_path / "runs")
    before = tree(folder)
    first = shown([folder])
    assert first
    assert tree(folder) == before
    assert shown([folder]) == first
    assert tree(folder) == before


def test_a_file_that_grew_shows_its_new_points(file):
    write_run(file, [3.0, 2.0])
    assert count(file.parent) == 2
    append(file, line(2, 1.0))
    assert one(file.parent)["metrics"]["loss"]["last"] == 1.0
    assert count(file.parent) == 3


def test_a_torn_tail_waits_for_its_end(file):
    write_run(file, [3.0, 2.0])
    whole = line(2, 1.0)
    append(file, whole[:9])
    os.utime(file)
    assert count(file.parent) == 2
    append(file, whole[9:])
    assert count(file.parent) == 3


def test_a_run_that_was_removed_is_gone(tmp_path, file):
    write_run(file, [3.0])
    other = write_run(tmp_path / "runs" / "other.jsonl", [5.0])
    assert len(shown([file.parent])) == 2
    other.unlink()
    assert one(file.parent)["metrics"]["loss"]["last"] == 3.0


def test_a_folder_that_fails_once_keeps_its_runs(file, monkeypatch):
    write_run(file, [3.0, 2.0])
    deep = write_run(file.parent / "seed=1" / "deep" / "metrics.jsonl", [1.0])
    gone = write_run(file.parent / "seed=1" / "gone" / "metrics.jsonl", [5.0])
    first = shown([file.parent])
    shutil.rmtree(gone.parent)
    deep.parent.parent.touch()
    scandir = os.scandir

    def failing(path: Any) -> Any:
        if str(path) == str(deep.parent.parent):
            raise OSError(errno.EIO, "Input/output error", str(path))
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", failing)
        while_failing = shown([file.parent])
    assert while_failing == {run_id: run for run_id, run in first.items() if run["metrics"]["loss"]["last"] != 5.0}
    assert shown([file.parent]) == while_failing


def test_a_run_whose_files_cannot_be_read_for_a_while_stays():
    source = Scripted([facts(), points(0), Cursor(1)])
    first = scripted(source)
    unreadable = SourceError("a: Input/output error")
    unreadable.__cause__ = OSError(errno.EIO, "Input/output error")
    source.says, source.state = [unreadable], 2
    assert scripted(source) == first


def test_of_a_file_that_was_written_anew_only_the_new_is_shown(file):
    write_run(file, [3.0, 2.0, 1.0])
    assert count(file.parent) == 3
    write_run(file, [3.0, 9.0])
    assert (count(file.parent), one(file.parent)["metrics"]["loss"]["last"]) == (2, 9.0)


def test_facts_that_come_before_all_is_said_anew_hold():
    source = Scripted([facts(old=1), points(0, 1, 2), Cursor(1)])
    scripted(source)
    source.says, source.state = [facts(new=2), ANEW, points(0), Cursor(2)], 2
    (run,) = scripted(source).values()
    assert run["params"] == {"new": 2}
    assert run["metrics"]["loss"]["count"] == 1


def test_a_long_run_is_announced_while_it_is_read(monkeypatch):
    monkeypatch.setattr(mirror, "_ANNOUNCED_SECONDS", 0.0)
    announced: list[int] = []

    class Long(Scripted):
        def follow(self, run: Found, since: Any) -> Iterator[Item]:
            for item in super().follow(run, since):
                announced.append(len(list(place.store.paths.changed.glob("*/*.log"))))
                yield item

    source = Long([facts(running=True), points(0), points(1), Cursor(1)])
    place = InPlace("/scripted", source, [source])
    place.catch_up()
    place.store.close()
    assert announced[-1] == 1


BROKEN: list[Item | SourceError] = [facts(), points(0, 1), Cursor(1), points(2, 3), SourceError("the end is damaged")]


def test_a_source_that_breaks_off_leaves_what_was_read_with_a_remark():
    (run,) = scripted(Scripted(BROKEN)).values()
    assert run["metrics"]["loss"]["count"] == 4
    assert run["remarks"] == ["the end is damaged"]


def test_what_was_read_before_it_broke_off_is_not_doubled_later():
    source = Scripted(BROKEN)
    scripted(source)
    source.says, source.state = [facts(), points(0, 1, 2, 3, 4), Cursor(2)], 2
    (run,) = scripted(source).values()
    assert run["metrics"]["loss"]["count"] == 5
    assert run["remarks"] == []
    assert source.asked == [None, None], "the whole run was read again"


def test_what_did_not_change_is_not_read_again():
    source = Scripted([facts(), points(0), Cursor(1)])
    first = scripted(source)
    assert scripted(source) == first
    assert source.asked == [None]


def test_a_run_that_cannot_be_read_is_told_once_with_its_reason():
    source = Scripted([SourceError("nothing makes sense")])
    place = InPlace("/scripted", source, [source])
    assert [(skipped.where, skipped.why) for skipped in place.catch_up()] == [("a", "nothing makes sense")]
    place.store.close()


@pytest.mark.parametrize("first", [[], [facts(), points(0), Cursor(1)]])
def test_what_is_only_in_the_way_for_now_is_asked_again_though_no_file_changed(first, monkeypatch):
    source = Scripted([*first, PassingError("locked by another program")])
    place = InPlace("/scripted", source, [source])
    owned = place.store.own()
    assert owned is not None
    with Mirror(place.store, owned, source, [source]) as kept:
        kept.catch_up()
        assert [skipped.why for skipped in kept.skipped] == ["locked by another program"]
        source.says = [facts(), Cursor(2)]
        kept.catch_up()
        assert source.asked == [None], "not at once"
        later = time.monotonic() + 60
        monkeypatch.setattr("time.monotonic", lambda: later)
        kept.catch_up()
        assert kept.skipped == []
    os.close(owned)
    assert len(source.asked) == 2
    place.store.close()


def test_a_heartbeat_of_a_mirror_is_no_end_of_a_run():
    source = Scripted([facts(running=True), points(0, 1), Cursor(1)])
    (run,) = scripted(source).values()
    assert (run["status"], run["ended"]) == ("running", None)
    source.says, source.state = [facts(), Cursor(1)], 2
    (run,) = scripted(source).values()
    assert run["status"] == "finished"
    assert run["ended"] == run["progress"]["last_point"]


@pytest.fixture
def always_due(monkeypatch):
    """Each look at a run that goes on reads it and says that it does, and no log stays open for it."""
    for name in ("_SETTLED_SECONDS", "_BEAT_SECONDS", "_MOST_OPEN"):
        monkeypatch.setattr(mirror, name, -1)


def test_looks_at_a_run_that_goes_on_without_news_make_no_logs(always_due):
    source = Scripted([facts(running=True), points(0, 1), Cursor(1)])
    place = InPlace("/scripted", source, [source])
    place.catch_up()
    (first,) = place.store.root.glob("runs/**/*.log")
    source.says = [facts(running=True), points(2), Cursor(2)]
    place.catch_up()
    (last,) = set(place.store.root.glob("runs/**/*.log")) - {first}
    source.says = [facts(running=True), Cursor(2)]
    for log, age in ((first, 0), (last, 1)):
        os.utime(log, (LONG_AGO + age, LONG_AGO + age))
    for _ in range(10):
        place.catch_up()
    assert source.asked == [None, 1, *[2] * 10]
    assert set(place.store.root.glob("runs/**/*.log")) == {first, last}
    place.store.refresh()
    (run,) = place.store.first_page(2)
    assert run.status == "running", "by the time of its log"
    source.says = [facts(), Cursor(2)]
    place.catch_up()
    place.store.refresh()
    (run,) = place.store.first_page(2)
    assert run.status == "finished"
    place.store.close()


def killed_while_it_mirrors(file: Path) -> None:
    """Another process reads all, and is killed before it keeps how far."""
    code = READING.replace(
        "kept.catch_up()", "kept._keep = lambda: os.kill(os.getpid(), signal.SIGKILL)\nkept.catch_up()"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file.parent)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_after_a_kill_nothing_stands_twice(file):
    write_run(file, [3.0, 2.0])
    killed_while_it_mirrors(file)
    assert count(file.parent) == 2
    append(file, line(2, 1.0))
    killed_while_it_mirrors(file)
    append(file, line(3, 0.5))
    assert one(file.parent)["curves"]["loss"].startswith("([0, 1, 2, 3], ")


def test_while_one_process_mirrors_another_shows_what_is_there(file):
    write_run(file, [3.0, 2.0])
    process = subprocess.Popen(
        [sys.executable, "-c", f"{READING}\nprint(flush=True)\nsys.stdin.readline()\n", str(file.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    assert count(file.parent) == 2
    process.communicate(b"\n")
    append(file, line(2, 1.0))
    assert count(file.parent) == 3


def test_whoever_takes_a_mirror_over_has_not_caught_up_with_anything(file):
    write_run(file, [3.0])
    shown([file.parent])
    store = MirroredStore.at(str(file.parent.resolve()))
    assert store.caught_up()
    owned = store.own()
    assert not store.caught_up()
    os.close(owned)
    store.close()


def test_edits_outlive_the_mirror(file, own_home):
    write_run(file, [3.0])
    opened = open_places([str(file.parent)])
    opened.catch_up()
    (run,) = opened.store.first_page(2)
    opened.store.editor().tags(run.id, ["mine"], [])
    opened.store.editor().set_fields(run.id, {"notes": "why"})
    opened.store.editor().set_project(run.project, {"baseline": run.id})
    opened.store.close()
    shutil.rmtree(own_home / ".cache")
    after = one(file.parent)
    assert (after["tags"], after["notes"]) == (["mine"], "why")
    opened = open_places([str(file.parent)])
    opened.catch_up()
    assert opened.store.project(run.project).baseline == run.id
    opened.store.close()


def test_a_mirror_of_another_version_is_made_anew(file, monkeypatch):
    write_run(file, [3.0, 2.0])
    first = shown([file.parent])
    monkeypatch.setattr(mirror_state, "_VERSION", mirror_state._VERSION + 1)
    assert shown([file.parent]) == first
    monkeypatch.undo()


def test_a_mirror_whose_state_is_garbage_is_made_anew(file, own_home):
    write_run(file, [3.0, 2.0])
    first = shown([file.parent])
    (state,) = own_home.rglob("copies.msgpack")
    state.write_bytes(b"\xff garbage")
    assert shown([file.parent]) == first


@pytest.mark.parametrize("left", ["run.json", "copies.msgpack"])
def test_of_a_mirror_that_was_removed_in_part_every_run_is_shown_whole(file, own_home, left):
    write_run(file, [3.0, 2.0])
    write_run(file.parent / "other" / "metrics.jsonl", [5.0])
    first = shown([file.parent])
    next(own_home.rglob(left)).unlink()
    assert shown([file.parent]) == first


def test_a_run_that_is_removed_from_a_mirror_while_it_is_followed_is_read_again():
    source = Scripted([facts(), points(0), Cursor(1)])
    place = InPlace("/scripted", source, [source])
    owned = place.store.own()
    with Mirror(place.store, owned, source, [source]) as kept:
        kept.catch_up()
        shutil.rmtree(place.store.paths.runs)
        kept.catch_up()
    os.close(owned)
    place.store.refresh()
    assert [run.metrics["loss"].count for run in place.store.first_page(2)] == [1]
    assert source.asked == [None, None]
    place.store.close()


def test_whoever_had_a_mirror_that_was_removed_writes_nothing_into_the_one_made_since():
    source = Scripted([facts(), points(0), Cursor(1)])
    place = InPlace("/scripted", source, [source])
    owned = place.store.own()
    mirror = Mirror(place.store, owned, source, [source])
    mirror.catch_up()
    place.store.root.rename(place.store.root.with_name("removed"))
    MirroredStore.at("/scripted").close()
    made = tree(place.store.root)
    for act in (mirror.catch_up, mirror.close):
        with pytest.raises(StoreError, match="was removed while it was written to"):
            act()
    assert tree(place.store.root) == made
    os.close(owned)
    place.store.close()
    (run,) = scripted(source).values()
    assert run["metrics"]["loss"]["count"] == 1


class Away(Scripted):
    """A place that does not answer at first."""

    def find(self, *_: object) -> list[Found]:
        self.asked.append("is it there?")
        if len(self.asked) <= 3:
            raise SourceError("nobody answers")
        return self.runs


def test_a_place_that_does_not_answer_is_told_once_and_taken_back_once_it_does(monkeypatch):
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.0)
    source = Away([facts(), points(0), Cursor(1)])
    place = InPlace("/scripted", source, [source])
    troubles: Queue[str] = Queue()
    with followed(LiveStore(place.store, place), Listener(lambda _: None, trouble=troubles.put)):
        assert [troubles.get(timeout=20) for _ in range(2)] == ["nobody answers", ""]
    assert source.asked[:4] == ["is it there?"] * 4
    assert troubles.empty()


def test_a_folder_that_is_moved_away_is_missed_in_one_line_until_it_is_back(file):
    write_run(file, [3.0, 2.0])
    counts: Queue[int] = Queue()
    troubles: Queue[str] = Queue()
    opened = open_places([str(file.parent)])

    def changed(_: object) -> None:
        for run in opened.store.first_page(2):
            counts.put(run.metrics["loss"].count)

    with followed(opened.live(), Listener(changed, trouble=troubles.put)):
        wait_for(counts, 2)
        away = file.parent.rename(file.parent.with_name("away"))
        assert troubles.get(timeout=20) == f"{file.parent} is gone: moved, removed, unmounted?"
        away.rename(file.parent)
        assert troubles.get(timeout=20) == ""
        append(file, line(2, 1.0))
        wait_for(counts, 3)
    assert troubles.empty()


@contextmanager
def followed(live: LiveStore | LiveStores, listener: Listener) -> Iterator[None]:
    """What is opened, followed by a thread."""
    stop = threading.Event()
    following = threading.Thread(target=live.follow, args=(stop, listener), daemon=True)
    following.start()
    try:
        yield
    finally:
        stop.set()
        following.join()
        live.store.close()


def test_a_mirror_that_is_removed_while_it_is_followed_is_made_again(file):
    write_run(file, [3.0, 2.0])
    opened = open_places([str(file.parent)])
    place = in_place(str(file.parent))
    troubles: list[str] = []
    stop = threading.Event()
    counts: Queue[int] = Queue()

    def changed(_: object) -> None:
        for run in opened.store.first_page(2):
            counts.put(run.metrics["loss"].count)

    listener = Listener(changed, trouble=troubles.append)
    following = threading.Thread(target=opened.live().follow, args=(stop, listener), daemon=True)
    following.start()
    try:
        wait_for(counts, 2)
        place.store.root.rename(place.store.root.with_name("removed"))  # as rm does, and at one moment
        append(file, line(2, 1.0))
        wait_for(counts, 3)
        assert place.store.own() is None, "it is held again"
        assert not [trouble for trouble in troubles if "owner.lock" in trouble]
    finally:
        stop.set()
        following.join()
        opened.store.close()
        place.store.close()


def wait_for(counts: "Queue[int]", wanted: int) -> None:
    """Until so many points are seen; queue.Empty where that does not come."""
    while counts.get(timeout=20) != wanted:
        pass


def test_without_any_folder_to_keep_it_in_it_says_so_in_one_line(file, tmp_path, monkeypatch):
    write_run(file, [3.0])
    (tmp_path / "file").touch()
    monkeypatch.setattr(index_place, "private_folders", lambda: [tmp_path / "file"])
    with pytest.raises(StoreError, match="set TRACKSIDE_CACHE") as error:
        open_places([str(file.parent)])
    assert "\n" not in str(error.value)


def test_a_disk_that_takes_nothing_leaves_no_file_open(monkeypatch, own_home):
    source = Scripted([facts(), points(0), Cursor(1)])
    place = InPlace("/scripted", source, [source])

    append = logfile.append

    def full(descriptor: int, data: bytes) -> None:
        if b"loss" in data:
            raise OSError(28, "no space left on device")
        append(descriptor, data)

    monkeypatch.setattr(logfile, "append", full)
    place.store.refresh()
    before = held(own_home)
    for _ in range(3):
        with pytest.raises(OSError, match="no space"):
            place.catch_up()
    assert held(own_home) == before
    place.store.close()


def test_params_that_a_run_has_no_more_are_shown_no_more(tmp_path):
    source = Scripted([facts(running=True, lr=1, old=1), points(0), Cursor(1)])
    scripted(source)
    source.state, source.news = 2, [facts(lr=1), points(1), Cursor(2)]
    (run,) = scripted(source).values()
    assert run["params"] == {"lr": 1}


def test_names_that_are_no_text_in_what_was_read_are_kept_and_read_on(tmp_path):
    source = Scripted([facts(), points(0), Cursor({"\ud800": 1})])
    scripted(source)
    source.state, source.news = 2, [facts(), points(1), Cursor({"\ud800": 2})]
    (run,) = scripted(source).values()
    assert run["metrics"]["loss"]["count"] == 2


def test_a_run_whose_files_cannot_be_looked_at_is_told_until_they_can(tmp_path):
    source = Scripted([facts(), points(0), Cursor(1)])
    scripted(source)
    source.state = PermissionError(13, "denied", "log")
    place = InPlace("/scripted", source, [source])
    assert [one.why for one in place.catch_up()] == ["log cannot be read: denied"]
    source.state = 1
    assert place.catch_up() == []
