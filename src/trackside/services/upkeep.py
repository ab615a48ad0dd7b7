"""Looking after a store: what the verbs do, and what they have to say of it, as documents and as sentences.

Everything here may take long, and tells `on_progress(done, total)` how far it is.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from trackside.services.wording import counted, size
from trackside.store import gc as collector
from trackside.store import manifest, trash
from trackside.store.gc import Collected
from trackside.store.merge import Merged
from trackside.store.merge import merge as merge_stores
from trackside.store.store import Store

Document = dict[str, Any]
Progress = Callable[[int, int], None]


def gc(store: Store, on_progress: Progress | None = None, *, dry_run: bool = False) -> Collected:
    """Clear out content that no run refers to; with `dry_run` only say of what that would be."""
    return collector.preview(store.paths, on_progress) if dry_run else collector.collect(store.paths, on_progress)


def collected_document(collected: Collected, *, dry_run: bool) -> Document:
    """What clearing out did, or would do: how many files, and their bytes."""
    return {"dry_run": dry_run} | {
        part: {"count": amount.count, "bytes": amount.bytes} for part, amount in vars(collected).items()
    }


def collected_sentences(collected: Collected, *, dry_run: bool) -> Iterator[str]:
    """What clearing out did, or would do."""
    would = "would be " if dry_run else ""
    said = (
        (collected.kept, "blob", "needed, or younger than a day"),
        (collected.trashed, "blob", f"{would}moved to the trash: no run refers to it"),
        (collected.restored, "blob", f"{would}brought back from the trash: a run refers to it"),
        (collected.waiting, "blob", "in the trash for less than a week"),
        (collected.deleted, "blob", f"{would}deleted from the trash after a week"),
        (collected.unfinished, "file", f"{would}deleted that a killed process left half written"),
    )
    for amount, what, words in said:
        if amount.count or amount is collected.kept:
            yield f"{counted(amount.count, what)}, {size(amount.bytes)}, {words}"


def empty_trash(store: Store, *, dry_run: bool = False) -> Document:
    """Delete the runs that have been in the trash for a week; with `dry_run` only say which those are."""
    trashed, running = store.trashed(), store.running()
    names = {run.id: run.name for run in store.runs(trashed)}
    emptied = (trash.preview if dry_run else trash.empty)(store.paths, trashed, running)
    store.refresh()
    return {
        "dry_run": dry_run,
        "deleted": [{"id": run, "name": names[run], "bytes": taken} for run, taken in emptied.deleted],
        "waiting": [{"id": run, "name": names[run]} for run in emptied.waiting],
        "running": [{"id": run, "name": names[run]} for run in emptied.running],
    }


def emptied_sentences(document: Document) -> Iterator[str]:
    """What emptying the trash did, or would do."""
    would = "would be " if document["dry_run"] else ""
    deleted = document["deleted"]
    for run in deleted:
        yield f"{run['id']} ({run['name']}), {size(run['bytes'])}, {would}deleted"
    total = sum(run["bytes"] for run in deleted)
    yield f"{counted(len(deleted), 'run')}, {size(total)}, {would}deleted; their artifacts go with `store gc`"
    if document["waiting"]:
        yield f"{counted(len(document['waiting']), 'run')} in the trash for less than a week"
    if document["running"]:
        yield f"{counted(len(document['running']), 'run')} in the trash and still running"


def merge(store: Store, other: Path, on_progress: Progress | None = None) -> Merged:
    """Take into the store all that the one at `other` has. StoreError where that is none, or where one is at work."""
    merged = merge_stores(store.paths, manifest.open_paths(other)[0], on_progress)
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
        "stay_gone": merged.stay_gone,
        "gone_there": merged.gone_there,
        "damaged_blobs": merged.damaged_blobs,
        "left_out": [str(path) for path in merged.left_out],
    }


def merged_sentences(merged: Merged) -> Iterator[str]:
    """What a merge or an import did, the most important first."""
    if not (merged.taken.files or merged.blobs):
        yield "nothing was missing here"
    else:
        came = f"{counted(merged.taken.files, 'file')} and {counted(merged.blobs, 'blob')}, {size(merged.taken.bytes)}"
        yield f"{counted(len(merged.new), 'run')} came, {len(merged.grown):,} grew: {came}"
    for conflict in merged.taken.conflicts:
        yield f"conflict: {conflict.file} is the {conflict.kept} one now, the other is kept at {conflict.aside}"
    for digest in merged.damaged_blobs:
        yield f"damaged there, not taken: the content {digest}"
    for log in merged.taken.busy:
        yield f"left for the next time: {log} is being written to or sealed"
    if merged.stay_gone:
        yield f"{counted(len(merged.stay_gone), 'run')} stayed away: emptied from the trash here"
    if merged.gone_there:
        yield f"{counted(len(merged.gone_there), 'run')} stayed here: emptied from the trash there"
    if merged.left_out:
        yield f"{counted(len(merged.left_out), 'link')} or other odd things left out, such as {merged.left_out[0]}"
