"""Clearing out content that no run refers to, in two steps a week apart, beside everything else that goes on.

A recording process writes a reference before it looks whether the content is there. So content is moved to the trash
first, and then the references are read again: what was referred to meanwhile goes back. Readers look into the trash
too, and what is in it is deleted only after a week.
"""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from trackside.model.progress import OnProgress
from trackside.store import blobs, files
from trackside.store.alone import alone
from trackside.store.layout import StorePaths
from trackside.store.references import references

DAY = 86_400.0
YOUNG = DAY
"""Content that has been in the store for less is left alone, in seconds."""
KEPT = 7 * DAY
"""What is in the trash is deleted after so many seconds."""


class Amount(msgspec.Struct):
    """Files, and the bytes in them."""

    count: int = 0
    bytes: int = 0

    def add(self, path: Path) -> None:
        """Count a file."""
        self.bytes += path.lstat().st_size
        self.count += 1


class Collected(msgspec.Struct):
    """What was, or with a dry run would be, done with the content of a store."""

    kept: Amount = msgspec.field(default_factory=Amount)
    trashed: Amount = msgspec.field(default_factory=Amount)
    restored: Amount = msgspec.field(default_factory=Amount)
    deleted: Amount = msgspec.field(default_factory=Amount)
    waiting: Amount = msgspec.field(default_factory=Amount)
    """What stays in the trash for now."""
    unfinished: Amount = msgspec.field(default_factory=Amount)
    """Copies that processes which were killed had not put into their places; they are deleted."""


def collect(store: StorePaths, on_progress: OnProgress | None = None) -> Collected:
    """Clear out. StoreError while another process looks after the store."""
    with alone(store):
        collecting = _Collecting(store, on_progress)
        collecting.move_to_trash()
        collecting.look_through_trash()
        collecting.remove_unfinished()
        return collecting.collected


def preview(store: StorePaths, on_progress: OnProgress | None = None) -> Collected:
    """What `collect` would do. Nothing is written."""
    collecting = _Collecting(store, on_progress, dry=True)
    collecting.move_to_trash()
    collecting.look_through_trash()
    collecting.remove_unfinished()
    return collecting.collected


class _Collecting:
    """One clearing out while it goes on."""

    def __init__(self, store: StorePaths, on_progress: OnProgress | None, *, dry: bool = False) -> None:
        self.collected = Collected()
        self._store = store
        self._dry = dry
        self._now = time.time()
        self._on_progress = on_progress
        self._done = 0
        self._runs = 2 * sum(1 for _ in store.run_ids())

    def move_to_trash(self) -> None:
        needed = references(self._store, self._step)
        for blob in blobs.listed(self._store.blobs):
            if blob.name in needed or self._age(blob) < YOUNG:
                self.collected.kept.add(blob)
                continue
            self.collected.trashed.add(blob)
            if not self._dry:
                # The time at which it came to the trash; set before, so that a kill in between only makes it young.
                os.utime(blob)
                self._move(blob, self._store.trashed_blob(blob.name))

    def look_through_trash(self) -> None:
        needed = references(self._store, self._step)
        for blob in blobs.listed(self._store.trashed_blobs):
            if blob.name in needed:
                self.collected.restored.add(blob)
                if not self._dry:
                    self._move(blob, self._store.blob(blob.name))
            elif self._age(blob) >= KEPT:
                self.collected.deleted.add(blob)
                self._remove(blob)
            else:
                self.collected.waiting.add(blob)

    def remove_unfinished(self) -> None:
        for path in files.temporary(self._store.blobs):
            with suppress(FileNotFoundError):  # it was put into its place meanwhile
                if self._age(path) >= DAY:
                    self.collected.unfinished.add(path)
                    self._remove(path)
        for folder in self._store.staging():
            for path in files.below(folder):
                self.collected.unfinished.add(path)
            if not self._dry:
                shutil.rmtree(folder, ignore_errors=True)

    def _remove(self, path: Path) -> None:
        if not self._dry:
            path.unlink()

    def _move(self, blob: Path, place: Path) -> None:
        files.make_folder(place.parent, self._store.root)
        blob.rename(place)
        files.sync_folder(place.parent)

    def _age(self, path: Path) -> float:
        return self._now - path.lstat().st_mtime

    def _step(self) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, self._runs)
