"""Runs into a store, from whatever holds them: so far bundles."""

from collections.abc import Callable
from pathlib import Path

from trackside.model.errors import UsageError
from trackside.store import bundle
from trackside.store.merge import Merged
from trackside.store.store import Store

Progress = Callable[[int, int], None]


def import_path(store: Store, path: Path, on_progress: Progress | None = None) -> Merged:
    """Copy the runs of a file into the store; again, only what is new. UsageError where it is nothing that can be."""
    if not path.exists():
        raise UsageError(f"there is no {path}; name a file that `trackside export RUN --out FILE` made")
    if not bundle.is_bundle(path):
        raise UsageError(f"{path} is no bundle of runs, or not all of one; `trackside export RUN --out FILE` makes one")
    merged = bundle.read(store.paths, path, on_progress)
    store.refresh()
    return merged
