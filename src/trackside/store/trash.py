"""Deleting the runs that have been in the trash for a week.

A mark is left for each, so that no merge brings it back. A run goes out of sight by one rename, and only then are its
files deleted; what a process that was killed left of that, the next one finishes.
"""

import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from trackside.model.progress import OnProgress
from trackside.store import changed, files, manifest
from trackside.store.alone import alone
from trackside.store.edited import trashed_since
from trackside.store.gc import KEPT
from trackside.store.identity import new_writer
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import locked


class Deleted(NamedTuple):
    """A run that was deleted, and how much there was of it."""

    run: str
    bytes: int


class Emptied(msgspec.Struct):
    """What was, or with a dry run would be, done with the runs in the trash."""

    deleted: list[Deleted] = msgspec.field(default_factory=list)
    waiting: list[str] = msgspec.field(default_factory=list)
    """Runs that have not been there for a week."""
    running: list[str] = msgspec.field(default_factory=list)
    """Runs that somebody writes."""


def empty(
    store: StorePaths, trashed: Iterable[str], running: Iterable[str], on_progress: OnProgress | None = None
) -> Emptied:
    """Delete those of the runs `trashed` whose time has come and that are not `running`.

    StoreError while another process looks after the store.
    """
    with alone(store):
        _finish(store)
        emptied = preview(store, trashed, running)
        due, emptied.deleted = emptied.deleted, []
        for done, deleted in enumerate(due, start=1):
            if _delete(store, deleted.run):
                emptied.deleted.append(deleted)
            else:
                emptied.running.append(deleted.run)
            if on_progress is not None:
                on_progress(done, len(due))
        return emptied


def preview(store: StorePaths, trashed: Iterable[str], running: Iterable[str]) -> Emptied:
    """What `empty` would do. Nothing is written."""
    emptied, alive = Emptied(), frozenset(running)
    for run_id in trashed:
        run = store.run(run_id)
        since = trashed_since(run)
        if since is None:
            continue
        if run_id in alive or _is_written(run):
            emptied.running.append(run_id)
        elif time.time() - since < KEPT:
            emptied.waiting.append(run_id)
        else:
            emptied.deleted.append(Deleted(run_id, sum(path.lstat().st_size for path in files.below(run.root))))
    return emptied


def mark_gone(store: StorePaths, run_id: str) -> None:
    """Remember that a run was emptied from the trash."""
    files.make_folder(store.gone, store.root)
    files.place(store.gone_mark(run_id), [], manifest.file_mode(store.root))


def _delete(store: StorePaths, run_id: str) -> bool:
    """Whether a run was deleted: not one that somebody goes on with at this very moment."""
    run, away = store.run(run_id), store.trashed_runs / run_id
    mark_gone(store, run_id)
    files.make_folder(store.trashed_runs, store.root)
    run.root.rename(away)
    return _remove(store, away)


def _finish(store: StorePaths) -> None:
    for away in files.folders(store.trashed_runs):
        _remove(store, away)


def _remove(store: StorePaths, away: Path) -> bool:
    """Delete a run that is out of sight; bring it back where a process has begun to write into it meanwhile."""
    is_written = _is_written(RunPaths(away))
    if is_written:
        away.rename(store.run(away.name).root)
        store.gone_mark(away.name).unlink(missing_ok=True)
    changed.announce(store, new_writer(), away.name)
    if not is_written:
        shutil.rmtree(away)
    return not is_written


def _is_written(run: RunPaths) -> bool:
    return any(locked(log) for log in files.plain(run.logs))
