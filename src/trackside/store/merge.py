"""The union of two stores. It adds and never removes: what is in the trash or gone elsewhere stays as it is here.

The other store is only read, and may be written to meanwhile. Content of artifacts is taken before the runs that refer
to it. A merge that is killed leaves a store that is whole; the next one completes it.
"""

import os
import shutil
from pathlib import Path

import msgspec

from trackside.model import ids
from trackside.model.errors import DamagedError, UsageError
from trackside.model.progress import OnProgress
from trackside.store import artifacts, blobs, changed, files, manifest
from trackside.store.alone import alone
from trackside.store.identity import new_writer
from trackside.store.layout import ASIDE, PROJECT_EDITS, RunPaths, StorePaths
from trackside.store.references import references
from trackside.store.trash import mark_gone
from trackside.store.union import Taken, Union


class Merged(msgspec.Struct):
    """What a merge took from the other store, and what it did not."""

    new: list[str] = msgspec.field(default_factory=list)
    """Runs that were not here."""
    grown: list[str] = msgspec.field(default_factory=list)
    """Runs of which something was not here."""
    projects: list[str] = msgspec.field(default_factory=list)
    """Projects of which decisions were not here, by their encoded names."""
    taken: Taken = msgspec.field(default_factory=Taken)
    blobs: int = 0
    stay_gone: list[str] = msgspec.field(default_factory=list)
    """Runs that were emptied from the trash here."""
    gone_there: list[str] = msgspec.field(default_factory=list)
    """Runs that were emptied from the trash there, and are still here."""
    damaged_blobs: list[str] = msgspec.field(default_factory=list)
    """Content there that is not what its name says, and was not taken."""
    vanished_blobs: list[str] = msgspec.field(default_factory=list)
    """Content that the other store cleared out meanwhile."""
    damaged_runs: dict[str, str] = msgspec.field(default_factory=dict)
    """Runs there that could not be taken, or not whole, and why."""
    left_out: list[Path] = msgspec.field(default_factory=list)
    """Links and devices there, which no store may hold."""


def merge(store: StorePaths, other: StorePaths, on_progress: OnProgress | None = None) -> Merged:
    """Take into `store` all that `other` has. UsageError where they are one store, StoreError where it is busy."""
    if store.manifest.samefile(other.manifest):
        raise UsageError(f"{other.root} is the store itself; name another one")
    with alone(store):
        merging = Merging(store, other, on_progress)
        merging.gone()
        merging.content()
        merging.runs()
        merging.content()
        merging.projects()
        return merging.done()


class Merging:
    """One merge while it goes on. The caller is alone in looking after the store, and calls `done()` at the end."""

    def __init__(self, store: StorePaths, other: StorePaths, on_progress: OnProgress | None = None) -> None:
        self.merged = Merged()
        self._store = store
        self._other = other
        self._mode = manifest.file_mode(store.root)
        writer = new_writer()
        changed.announce_left(store, writer)
        self._pending = changed.Pending(store, writer)
        self._from_trash = self._needed_from_trash()
        self._runs = sorted(other.run_ids())
        self._on_progress = on_progress
        self._done, self._total = 0, len(self._runs)

    def gone(self) -> None:
        """Remember which runs were emptied from the trash elsewhere, unless they are here."""
        for mark in filter(lambda mark: ids.is_id(mark.name), files.plain(self._other.gone)):
            if self._store.run(mark.name).manifest.exists():
                self.merged.gone_there.append(mark.name)
            elif not self._store.gone_mark(mark.name).exists():
                mark_gone(self._store, mark.name)

    def content(self) -> None:
        """Take the content of artifacts, compared with its hash: before the runs, and after them what is new."""
        contents = [*blobs.listed(self._other.blobs), *self._from_trash]
        self._total += len(contents)
        for blob in contents:
            self._take(blob.name)
            self._step()

    def runs(self) -> None:
        """Take what there is of every run."""
        for run_id in self._runs:
            self._run(self._store.run(run_id), self._other.run(run_id))
            self._step()

    def projects(self) -> None:
        """Take what projects decided."""
        for project in files.folders(self._other.projects):
            before = self.merged.taken.files
            own = self._store.projects / project.name / PROJECT_EDITS
            union = self._union(f"@{project.name}")
            union.logs(own, project / PROJECT_EDITS)
            for path in files.plain(project / ASIDE):
                union.file(own.parent / ASIDE / path.name, path, own.parent / ASIDE)
            if self.merged.taken.files > before:
                self.merged.projects.append(project.name)

    def done(self) -> Merged:
        """Tell readers what changed."""
        self._pending.announce()
        return self.merged

    def _run(self, own: RunPaths, other: RunPaths) -> None:
        is_new = not own.manifest.exists()
        if not other.manifest.exists():
            return
        if is_new and self._store.gone_mark(own.id).exists():
            self.merged.stay_gone.append(own.id)
            return
        before = self.merged.taken.files
        try:
            if is_new and not own.root.exists():
                self._take_in(own, other)
            else:
                self._union(own.id).run(own, other)
        except DamagedError as error:
            self.merged.damaged_runs[own.id] = str(error)
            return
        self.merged.left_out += files.odd(other.root)
        if self.merged.taken.files > before:
            (self.merged.new if is_new else self.merged.grown).append(own.id)

    def _take_in(self, own: RunPaths, other: RunPaths) -> None:
        """Take a run that is not here at all: it appears when it is whole."""
        coming = self._store.coming_run(own.id)
        shutil.rmtree(coming.root, ignore_errors=True)
        self._union(own.id).run(coming, other)
        coming.root.rename(own.root)
        files.sync_folder(own.root.parent)

    def _take(self, name: str) -> None:
        """Take a blob, wherever the other store moves it meanwhile; one that it deletes is referred to by no run."""
        own = self._store.blob(name)
        try:
            with artifacts.open_content(self._other, name) as stream:
                if own.exists() and own.lstat().st_size == os.fstat(stream.fileno()).st_size:
                    return
                files.make_folder(own.parent, self._store.root)
                files.place(own, blobs.verified(files.chunks(stream), name), self._mode)
        except FileNotFoundError:
            self.merged.vanished_blobs.append(name)
        except DamagedError:
            if name not in self.merged.damaged_blobs:
                self.merged.damaged_blobs.append(name)
        else:
            self.merged.blobs += 1
            self.merged.taken.bytes += own.stat().st_size

    def _needed_from_trash(self) -> list[Path]:
        """What lies in the other store's trash though its runs refer to it."""
        trashed = list(blobs.listed(self._other.trashed_blobs))
        needed = references(self._other) if trashed else frozenset[str]()
        return [blob for blob in trashed if blob.name in needed]

    def _union(self, name: str) -> Union:
        return Union(self._store.root, self.merged.taken, lambda: self._pending.add(name))

    def _step(self) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)
