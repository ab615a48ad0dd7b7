"""Runs out of a store, whole, in one file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trackside.model.errors import TracksideError
from trackside.model.progress import OnProgress
from trackside.services.new_file import new_file_mode
from trackside.store import bundle
from trackside.store.store import Store


def export_bundle(
    store: Store, runs: Sequence[str], out: Path, on_progress: OnProgress | None = None
) -> dict[str, Any]:
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
