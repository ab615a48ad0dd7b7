"""Runs out of a store and into one, in one file: the use of `store.bundle` that the command line makes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trackside.model.errors import TracksideError, UsageError
from trackside.services.export import new_file_mode
from trackside.store import bundle
from trackside.store.merge import Merged
from trackside.store.store import Store

Progress = Callable[[int, int], None]


def export_bundle(store: Store, runs: Sequence[str], out: Path, on_progress: Progress | None = None) -> dict[str, Any]:
    """Write runs, with the content that they refer to, into one file. Returns how much went in."""
    if not out.parent.is_dir():
        raise TracksideError(f"no folder {out.parent} to export to")
    contents = bundle.write(store.paths, runs, out, new_file_mode(), on_progress)
    return {
        "runs": list(contents.runs),
        "files": len(contents.members),
        "bytes": sum(member.bytes for member in contents.members.values()),
        "out": str(out),
    }


def import_path(store: Store, path: Path, on_progress: Progress | None = None) -> Merged:
    """Copy the runs of a file into the store; again, only what is new. UsageError where it is nothing that can be."""
    if not path.exists():
        raise UsageError(f"there is no {path}; name a file that `trackside export RUN --out FILE` made")
    if not bundle.is_bundle(path):
        raise UsageError(f"{path} is no bundle of runs, or not all of one; `trackside export RUN --out FILE` makes one")
    merged = bundle.read(store.paths, path, on_progress)
    store.refresh()
    return merged
