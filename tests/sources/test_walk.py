"""Searching a tree: politely, within it, only what changed, and soon over where it is to stop."""

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from event_files import content, event, scalar

from trackside.model.foreign import Found
from trackside.sources.protocol import SourceError
from trackside.sources.table import SOURCES
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.walk import Remembered, Walk

EVENTS = content(event(0, scalar("loss", 1.0)), event(1, scalar("loss", 0.5)))
LONG_AGO = 1_700_000_000
OPENED: list[str] = []
LISTED: list[str] = []


def _hear(name: str, arguments: tuple[object, ...]) -> None:
    if name == "os.scandir":
        LISTED.append(str(arguments[0]))
    elif name == "open":
        OPENED.append(str(arguments[0]))


sys.addaudithook(_hear)


@contextmanager
def heard(told: list[str], below: Path) -> Iterator[Counter[str]]:
    """Which of the paths below a folder were listed or opened."""
    told.clear()
    counted: Counter[str] = Counter()
    yield counted
    counted.update(path for path in told if path.startswith(str(below)))


def run(folder: Path, second: int = LONG_AGO) -> Path:
    folder.mkdir(parents=True)
    file = folder / f"events.out.tfevents.{second}.host"
    file.write_bytes(EVENTS)
    return file


def rest(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)


def found(root: Path, memory: dict[str, Remembered] | None = None) -> tuple[Walk, list[str]]:
    walk = Walk(root, SOURCES, memory)
    return walk, sorted(os.path.relpath(one.address, root) for one in walk.find())


@pytest.mark.parametrize("name", [".git", "node_modules", "venv", ".venv", "__pycache__", "site-packages"])
def test_folders_of_code_environments_and_caches_are_passed_by(tmp_path, name):
    run(tmp_path / "a")
    run(tmp_path / name / "b")
    with heard(LISTED, tmp_path) as listed:
        _, runs = found(tmp_path)
    assert runs == ["a"]
    assert not [path for path in listed if name in path]


def test_no_link_leads_out_of_the_tree_or_in_a_circle(tmp_path):
    outside = run(tmp_path / "outside")
    root = tmp_path / "root"
    run(root / "a")
    (root / "circle").symlink_to(root)
    (root / "a" / "up").symlink_to(root)
    (root / "out").symlink_to(outside.parent)
    (root / "b").mkdir()
    (root / "b" / outside.name).symlink_to(outside)
    (root / "c").mkdir()
    (root / "c" / "events.out.tfevents.1.gone").symlink_to(root / "nowhere")
    assert found(root)[1] == ["a"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_told(tmp_path):
    run(tmp_path / "a")
    (tmp_path / "b").mkdir(mode=0)
    walk, runs = found(tmp_path)
    assert runs == ["a"]
    assert [(one.where, one.why) for one in walk.skipped] == [(str(tmp_path / "b"), "Permission denied")]


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_searched(tmp_path, monkeypatch):
    run(tmp_path / "a")
    (tmp_path / "b").mkdir()
    scandir = os.scandir

    def refused(path: Path) -> object:
        if path.name == "b":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    walk, runs = found(tmp_path)
    assert runs == ["a"]
    assert [(one.where, one.why) for one in walk.skipped] == [(str(tmp_path / "b"), "Permission denied")]


def test_a_root_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="is gone: moved, removed, unmounted"):
        found(tmp_path / "gone")


def test_stores_of_trackside_are_met_wherever_they_lie_and_not_searched(tmp_path):
    for name in ("one", "deep/er/two", "deep/.trackside"):
        store = tmp_path / name
        (store / "runs").mkdir(parents=True)
        (store / "store.json").write_text("{}")
        run(store / "runs" / "inside")
    walk, runs = found(tmp_path)
    assert runs == []
    assert sorted(walk.stores) == sorted(tmp_path / name for name in ("one", "deep/er/two", "deep/.trackside"))


def test_a_second_search_lists_only_the_folders_that_changed(tmp_path):
    for name in ("a/1", "a/2", "b/1", "b/c/d"):
        run(tmp_path / name)
    rest(tmp_path)
    walk, runs = found(tmp_path)
    with heard(LISTED, tmp_path) as listed, heard(OPENED, tmp_path) as opened:
        again, same = found(tmp_path, walk.memory)
    assert same == runs
    assert (listed, opened) == (Counter(), Counter())
    run(tmp_path / "b" / "c" / "e")
    with heard(LISTED, tmp_path) as listed:
        _, more = found(tmp_path, again.memory)
    assert more == sorted([*runs, "b/c/e"])
    assert set(listed) == {str(tmp_path / "b" / "c"), str(tmp_path / "b" / "c" / "e")}


def test_a_run_that_was_removed_is_not_found_again(tmp_path):
    file = run(tmp_path / "a" / "1")
    run(tmp_path / "a" / "2")
    rest(tmp_path)
    walk, _ = found(tmp_path)
    file.unlink()
    file.parent.rmdir()
    assert found(tmp_path, walk.memory)[1] == ["a/2"]


@pytest.mark.slow
def test_fifty_thousand_event_files_are_found_with_few_looks(tmp_path):
    for parent in range(50):
        for child in range(100):
            folder = tmp_path / f"{parent}" / f"{parent}-{child}"
            first = run(folder)
            for number in range(1, 10):
                os.link(first, folder / f"events.out.tfevents.{LONG_AGO + number}.host")
    rest(tmp_path)
    progress: list[tuple[int, int]] = []
    walk = Walk(tmp_path, [TensorBoard()])
    with heard(LISTED, tmp_path) as listed, heard(OPENED, tmp_path) as opened:
        runs = walk.find(lambda done, known: progress.append((done, known)))
    assert len(runs) == 5_000
    assert max(listed.values()) <= 2, "by the search, and by the format"
    assert sum(opened.values()) <= 2 * 5_000, "the files of a run after its first are not opened"
    assert len(progress) >= 50
    assert all(done <= known for done, known in progress)
    with heard(LISTED, tmp_path) as listed, heard(OPENED, tmp_path) as opened:
        assert len(Walk(tmp_path, [TensorBoard()], walk.memory).find()) == 5_000
    assert (sum(listed.values()), sum(opened.values())) == (0, 0)


def test_a_long_search_ends_soon_where_it_is_to_stop_and_forgets_nothing(tmp_path):
    for number in range(300):
        run(tmp_path / f"{number:03}")
    rest(tmp_path)
    walk, _ = found(tmp_path)
    known = dict(walk.memory)
    stop = threading.Event()
    again = Walk(tmp_path, SOURCES, known)
    with heard(LISTED, tmp_path) as listed:
        Walk(tmp_path, SOURCES).find(lambda *_: stop.set(), stop=stop)
    assert len(listed) == 100
    again.find(stop=stop)
    assert again.memory == walk.memory


class Odd(TensorBoard):
    """A source that a folder makes no sense to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def discover(self, folder: object) -> Iterator[Found]:
        raise self._error
        yield


@pytest.mark.parametrize("error", [SourceError("no sense"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no sense")])
def test_what_a_source_cannot_make_sense_of_is_told_and_the_others_go_on(tmp_path, error):
    run(tmp_path / "a")
    walk = Walk(tmp_path, [Odd(error), TensorBoard()])
    assert [one.address for one in walk.find()] == [str(tmp_path / "a")]
    assert [one.where for one in walk.skipped] == [str(tmp_path / "a")]
    assert "no sense" in walk.skipped[0].why


def test_a_run_that_lies_there_as_a_copy_too_is_one(tmp_path):
    for name in ("one", "two"):
        run(tmp_path / name / "a")
    rest(tmp_path)
    assert len(found(tmp_path)[1]) == 1


def test_a_run_whose_name_in_its_own_file_is_no_utf8_is_told_and_passed_by(tmp_path):
    run(tmp_path / "good")
    sacred = tmp_path / "1"
    sacred.mkdir()
    said = {"experiment": {"name": "\ud800"}, "start_time": "2024-01-01T00:00:00", "status": "COMPLETED"}
    (sacred / "run.json").write_text(json.dumps(said))
    (sacred / "cout.txt").touch()
    walk = Walk(tmp_path, SOURCES)
    assert [Path(one.address).name for one in walk.find()] == ["good"]
    (skipped,) = walk.skipped
    assert (skipped.where, "not UTF-8" in skipped.why) == (str(sacred), True)


def test_a_run_of_which_a_folder_is_named_in_no_utf8_is_told(tmp_path):
    run(tmp_path / "good")
    curve = tmp_path / "run" / "loss" / os.fsdecode(b"caf\xe9")
    curve.mkdir(parents=True)
    for folder in (tmp_path / "run", curve):
        (folder / "events.out.tfevents.1700000000.host").write_bytes(EVENTS)
    walk = Walk(tmp_path, SOURCES)
    assert "good" in [Path(one.address).name for one in walk.find()]
    assert any(skipped.where == str(tmp_path / "run") and "not UTF-8" in skipped.why for skipped in walk.skipped)


def test_a_link_to_itself_and_a_name_that_is_no_utf8_are_passed_by(tmp_path):
    run(tmp_path / "good")
    (tmp_path / "loop").symlink_to("loop")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).mkdir()
    walk = Walk(tmp_path, SOURCES)
    assert [Path(one.address).name for one in walk.find()] == ["good"]
    assert [skipped.why for skipped in walk.skipped] == ["a name in it is not UTF-8: caf\\udce9"]
