"""Is the content of artifacts what its name says? Content that was copied and not yet in its place is put there."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from trackside.store import blobs, files
from trackside.store.doctor.finding import MERGE, Finding
from trackside.store.layout import StorePaths


def examine(store: StorePaths, blob: Path) -> Iterator[Finding]:
    """What is wrong with a blob of a store; nothing where it is moved meanwhile."""
    try:
        sound = blobs.is_sound(blob)
    except FileNotFoundError:
        return
    if not sound:
        repair = partial(_put_aside, store, blob)
        yield Finding(blob, "is not what it was when it was stored", f"put aside, {MERGE}", repair=repair)


def unplaced(store: StorePaths) -> dict[str, Path]:
    """Copies that were not put into their places, by their hashes: their runs were killed, or do it at this moment."""
    found = {}
    for path in files.temporary(store.blobs):
        with suppress(FileNotFoundError):
            found[blobs.digest(path)] = path
    return found


def _put_aside(store: StorePaths, blob: Path) -> str:
    trashed = store.trashed_blob(blob.name)
    files.make_folder(store.aside, store.root)
    blob.rename(store.aside / blob.name)
    if blob != trashed and trashed.exists() and blobs.is_sound(trashed):
        trashed.rename(blob)
        return f"the copy in the trash is sound and took its place; it is kept in {store.aside}"
    return f"it is kept in {store.aside}"


def place(store: StorePaths, path: Path, digest: str) -> str:
    """Put a copy of content into its place."""
    blob = store.blob(digest)
    files.make_folder(blob.parent, store.root)
    path.rename(blob)
    files.sync_folder(blob.parent)
    return "put there"
