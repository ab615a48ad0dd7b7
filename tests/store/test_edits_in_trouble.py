"""Edits on disks that are full, in folders that others write to at the same moment, and in files that are damaged."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trackside.model.errors import StoreError
from trackside.store import journal, manifest
from trackside.store.edited import read_project, trashed_since
from trackside.store.edits import Editor
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes meanwhile, as on a disk that is full."""
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)


@pytest.fixture
def paths(root: Path) -> StorePaths:
    return StorePaths(root)


@pytest.fixture
def editor(paths: StorePaths, tmp_path: Path) -> Editor:
    own = tmp_path / "own"
    return Editor(paths, own, seen=lambda _: 0, edited=lambda _: None, aside=lambda: None)


def baseline(paths: StorePaths) -> str | None:
    return read_project(paths, "p")[0].baseline


def log_of(folder: Path) -> Path:
    (log,) = folder.iterdir()
    return log


def test_an_edit_that_the_disk_takes_in_part_is_refused_and_leaves_no_part(paths: StorePaths, editor: Editor) -> None:
    editor.set_project("p", {"baseline": "first"})
    log = log_of(paths.project_edits("p"))
    before = log.read_bytes()

    with room_for(len(before) + 10), pytest.raises(StoreError, match="cannot edit"):
        editor.set_project("p", {"baseline": "second"})

    assert log.read_bytes() == before
    assert baseline(paths) == "first"
    editor.set_project("p", {"baseline": "third"})
    assert baseline(paths) == "third"


def test_a_first_edit_that_the_disk_does_not_take_can_be_made_once_there_is_room(
    paths: StorePaths, editor: Editor, begin: Callable[..., RunPaths]
) -> None:
    run = begin()

    with room_for(0):
        with pytest.raises(StoreError, match="cannot edit"):
            editor.set_project("p", {"baseline": "first"})
        with pytest.raises(StoreError, match="cannot edit"):
            editor.set_fields(run.id, {"trashed": True})

    assert list(paths.project_edits("p").iterdir()) == []
    editor.set_project("p", {"baseline": "second"})
    editor.set_fields(run.id, {"trashed": True})
    assert baseline(paths) == "second"
    assert trashed_since(run) is not None


def test_what_follows_a_torn_edit_is_read(paths: StorePaths, editor: Editor, begin: Callable[..., RunPaths]) -> None:
    run = begin()
    editor.set_project("p", {"baseline": "first"})
    editor.set_fields(run.id, {"name": "first"})
    torn = journal.packed(Kind.STATE, {"stamp": 1, "set": {"baseline": "torn"}})[:-6]
    for folder in (paths.project_edits("p"), run.edits):
        with log_of(folder).open("ab") as stream:
            stream.write(torn)

    editor.set_project("p", {"baseline": "second"})
    editor.set_fields(run.id, {"trashed": True})

    assert baseline(paths) == "second"
    assert trashed_since(run) is not None


def test_a_decision_that_makes_no_sense_is_passed_over(paths: StorePaths, editor: Editor) -> None:
    editor.set_project("p", {"baseline": "first"})
    with log_of(paths.project_edits("p")).open("ab") as stream:
        stream.write(journal.packed(Kind.STATE, ["baseline"]))

    assert baseline(paths) == "first"


def test_what_is_no_file_or_has_no_name_yet_decides_nothing(paths: StorePaths, editor: Editor, tmp_path: Path) -> None:
    editor.set_project("p", {"baseline": "first"})
    folder = paths.project_edits("p")
    elsewhere = tmp_path / "elsewhere.log"
    elsewhere.write_bytes(journal.packed(Kind.STATE, {"stamp": 1 << 62, "set": {"baseline": "elsewhere"}}))
    (folder / "link.log").symlink_to(elsewhere)
    (folder / "gone.log").symlink_to(tmp_path / "gone")
    os.mkfifo(folder / "pipe.log")
    (folder / ".new-half.log").write_bytes(elsewhere.read_bytes())

    assert baseline(paths) == "first"


def test_an_edit_of_which_nobody_can_be_told_is_made_once(
    paths: StorePaths, editor: Editor, begin: Callable[..., RunPaths], tmp_path: Path
) -> None:
    run = begin()
    paths.changed.write_text("no folder, so that nothing can be announced\n")

    editor.set_fields(run.id, {"trashed": True})

    assert trashed_since(run) is not None
    assert not (tmp_path / "own").exists()
    paths.changed.unlink()
    editor.set_fields(run.id, {"trashed": False})
    assert trashed_since(run) is None


def test_edits_have_the_mode_of_the_store(root: Path, paths: StorePaths, editor: Editor) -> None:
    root.chmod(0o770)

    editor.set_project("p", {"baseline": "first"})

    log = log_of(paths.project_edits("p"))
    assert log.stat().st_mode & 0o777 == 0o660 == manifest.file_mode(root)
