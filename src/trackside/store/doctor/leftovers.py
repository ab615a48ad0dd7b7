"""What processes that were killed left lying about: nothing is missing by it, and it takes room.

Files that are being written look the same, so that only those of more than a day are told of.
"""

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from trackside.store import changed, files
from trackside.store.doctor.finding import Finding
from trackside.store.identity import new_writer
from trackside.store.layout import StorePaths

OLD = 86_400.0


def examine(store: StorePaths) -> Iterator[Finding]:
    """Everything below the store that was never put into its place."""
    for path in _temporary(store):
        if _is_old(path):
            yield Finding(
                path, "was never put into its place", "it is of no use", damage=False, repair=partial(_unlink, path)
            )
    for day in files.folders(store.runs):
        for coming in files.hidden_folders(day):
            if _is_old(coming):
                repair = partial(_rmtree, coming)
                yield Finding(coming, "was being merged", "merge again, if it is not done", damage=False, repair=repair)
    for path in files.odd(store.runs):
        yield Finding(path, "is a link or a device, which no store may hold", "readers pass over it", damage=False)
    for staging in store.staging():
        advice = "import again, if it is not done"
        yield Finding(staging, "is of an import", advice, damage=False, repair=partial(_rmtree, staging))
    for away in files.folders(store.trashed_runs):
        advice = "`trackside store empty-trash` goes on with it"
        yield Finding(away, "was being deleted", advice, damage=False)
    if changed.is_left(store):
        advice = "they can be now"
        repair = partial(_announce, store)
        yield Finding(store.changed, "holds changes that were not announced", advice, damage=False, repair=repair)


def _is_old(path: Path) -> bool:
    """Whether nobody can be at work on it any more; not if it was put into its place meanwhile."""
    try:
        return time.time() - path.lstat().st_mtime > OLD
    except FileNotFoundError:
        return False


def _temporary(store: StorePaths) -> Iterator[Path]:
    yield from files.temporary(store.root)
    for top in (store.runs, store.projects, store.blobs, store.gone):
        yield from _below(top)


def _below(folder: Path) -> Iterator[Path]:
    yield from files.temporary(folder)
    for inner in files.folders(folder):
        yield from _below(inner)


def _unlink(path: Path) -> str:
    path.unlink(missing_ok=True)
    return "removed"


def _rmtree(path: Path) -> str:
    shutil.rmtree(path)
    return "removed"


def _announce(store: StorePaths) -> str:
    changed.announce_left(store, new_writer())
    return "announced"
