"""Clearing out a store: content that no run refers to, and the trash. Done, as documents, and in sentences."""

from collections.abc import Iterator
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.progress import OnProgress
from trackside.services.wording import size
from trackside.store import gc as collector
from trackside.store import trash
from trackside.store.gc import Collected
from trackside.store.store import Store

Document = dict[str, Any]


def gc(store: Store, on_progress: OnProgress | None = None, *, dry_run: bool = False) -> Collected:
    """Clear out content that no run refers to; with `dry_run` only say of what that would be."""
    return collector.preview(store.paths, on_progress) if dry_run else collector.collect(store.paths, on_progress)


def collected_document(collected: Collected, *, dry_run: bool) -> Document:
    """What clearing out did, or would do: how many files, and their bytes."""
    amounts = msgspec.structs.asdict(collected)
    return {"dry_run": dry_run} | {
        part: {"count": amount.count, "bytes": amount.bytes} for part, amount in amounts.items()
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


def empty_trash(store: Store, on_progress: OnProgress | None = None, *, dry_run: bool = False) -> Document:
    """Delete the runs that have been in the trash for a week; with `dry_run` only say which those are."""
    trashed, running = store.trashed(), store.running()
    names = {run.id: run.name for run in store.runs(trashed)}
    if dry_run:
        emptied = trash.preview(store.paths, trashed, running)
    else:
        emptied = trash.empty(store.paths, trashed, running, on_progress)
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
