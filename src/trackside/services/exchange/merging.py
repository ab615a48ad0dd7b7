"""What a store takes in from another one: done, as a document, and in sentences."""

from collections.abc import Iterator
from typing import Any

from trackside.model.counting import counted
from trackside.model.progress import OnProgress
from trackside.services.places.opening import store_folder
from trackside.services.wording import size
from trackside.store import manifest
from trackside.store.merge import Merged
from trackside.store.merge import merge as merge_stores
from trackside.store.store import Store

Document = dict[str, Any]


def merge(store: Store, other: str, on_progress: OnProgress | None = None) -> Merged:
    """Take into the store all that the one at `other` has. StoreError where that is none, or where one is at work."""
    merged = merge_stores(store.paths, manifest.open_paths(store_folder(other))[0], on_progress)
    store.refresh()
    return merged


def merged_document(merged: Merged) -> Document:
    """What a merge or an import did."""
    return {
        "new": merged.new,
        "grown": merged.grown,
        "projects": merged.projects,
        "files": merged.taken.files,
        "blobs": merged.blobs,
        "bytes": merged.taken.bytes,
        "conflicts": [
            {"file": str(conflict.file), "kept": conflict.kept, "aside": str(conflict.aside)}
            for conflict in merged.taken.conflicts
        ],
        "busy": [str(log) for log in merged.taken.busy],
        "damaged": [str(path) for path in merged.taken.damaged],
        "stay_gone": merged.stay_gone,
        "gone_there": merged.gone_there,
        "damaged_blobs": merged.damaged_blobs,
        "vanished_blobs": merged.vanished_blobs,
        "damaged_runs": [{"run": run_id, "problem": why} for run_id, why in merged.damaged_runs.items()],
        "left_out": [str(path) for path in merged.left_out],
    }


def merged_sentences(merged: Merged) -> Iterator[str]:
    """What a merge or an import did, the most important first."""
    if not (merged.taken.files or merged.blobs):
        yield "nothing was missing here"
    else:
        came = f"{counted(merged.taken.files, 'file')} and {counted(merged.blobs, 'blob')}, {size(merged.taken.bytes)}"
        yield f"{counted(len(merged.new), 'run')} came, {len(merged.grown):,} grew: {came}"
    yield from _trouble(merged)
    for log in merged.taken.busy:
        yield f"left for the next time: {log} is being written to or sealed"
    if merged.stay_gone:
        yield f"{counted(len(merged.stay_gone), 'run')} stayed away: emptied from the trash here"
    if merged.gone_there:
        yield f"{counted(len(merged.gone_there), 'run')} stayed here: emptied from the trash there"
    if merged.left_out:
        yield f"{counted(len(merged.left_out), 'link')} or other odd things left out, such as {merged.left_out[0]}"


def _trouble(merged: Merged) -> Iterator[str]:
    """What the two copies disagree on, and what of the other one could not be taken."""
    for conflict in merged.taken.conflicts:
        yield f"conflict: {conflict.file} is the {conflict.kept} one now, the other is kept at {conflict.aside}"
    for digest in merged.damaged_blobs:
        yield f"damaged there, not taken: the content {digest}"
    for digest in merged.vanished_blobs:
        yield f"cleared out there meanwhile: the content {digest}"
    for path in merged.taken.damaged:
        yield f"damaged there, taken only where nothing was here: the segment of {path}"
    for run_id, why in merged.damaged_runs.items():
        yield f"run {run_id} could not be taken: {why}"
