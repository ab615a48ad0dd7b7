"""Runs of other systems taken into a store for good: each time only what is new.

What is new of some runs is written beside the store first, and then taken in as a merge takes it: a run appears whole,
a log appears whole, and each log says how far it reaches. An import that is killed leaves nothing half done.

A run that begins anew replaces what the store has of it, unless it is less: a copy that is cut off takes nothing away.
"""

import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec
from blake3 import blake3

from trackside.model import ids
from trackside.model.counting import counted
from trackside.model.errors import DamagedError, StoreError
from trackside.model.foreign import Content, Cursor, Facts, File, Found, Item, Remark, Restart
from trackside.model.progress import OnProgress
from trackside.services.places.skipped import skipped_document
from trackside.sources import protocol
from trackside.sources.finder import Finder
from trackside.sources.protocol import Fetching, Source, SourceError, fetched, read
from trackside.sources.walk import Skipped
from trackside.store import files, locate, manifest
from trackside.store.alone import alone
from trackside.store.copied import Standing, standing_alone
from trackside.store.decode import Decoder
from trackside.store.foreign_manifest import write_manifest
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.merge import Merging
from trackside.store.mirrored import FOREIGN, pieces
from trackside.store.scribe import Scribe
from trackside.store.store import Store

_BATCH_RUNS = 64
_BATCH_SECONDS = 2.0


class Imported(msgspec.Struct):
    """What an import took: ids of runs that were new and that grew, how many were as they are, and what came."""

    new: list[str] = msgspec.field(default_factory=list)
    grown: list[str] = msgspec.field(default_factory=list)
    unchanged: int = 0
    points: int = 0
    blobs: int = 0
    bytes: int = 0
    skipped: list[Skipped] = msgspec.field(default_factory=list)


def import_runs(
    store: Store,
    finder: Finder,
    sources: Sequence[Source],
    *,
    artifacts: bool = True,
    on_progress: OnProgress | None = None,
) -> Imported:
    """Take in what is new of all runs that are found. StoreError where the store cannot be written, or is busy.

    What cannot be read of a run is `skipped`.
    """
    found = finder.find(None)
    done = Imported(skipped=list(finder.skipped))
    with alone(store.paths):
        for left in store.paths.staging():
            shutil.rmtree(left, ignore_errors=True)
        importer = _Importer(store, {source.name: source for source in sources}, done, artifacts=artifacts)
        try:
            for place, run in enumerate(found, start=1):
                importer.take(run)
                if on_progress is not None:
                    on_progress(place, len(found))
            importer.flush()
        except OSError as error:
            where = error.filename or store.root
            raise StoreError(f"{where} cannot be written: {error.strerror or error}; import again to go on") from error
        finally:
            importer.clear()
    store.refresh()
    return done


class _Importer:
    """One import while it goes on; the caller is alone in looking after the store."""

    def __init__(self, store: Store, sources: dict[str, Source], done: Imported, *, artifacts: bool) -> None:
        self._store = store
        self._sources = sources
        self._done = done
        self._artifacts = artifacts
        self._mode = manifest.file_mode(store.root)
        self._own = StorePaths(locate.own_edits(FOREIGN))
        self._staged: StorePaths | None = None
        self._left_out: list[str] = []
        self._runs = 0
        self._since = time.monotonic()

    def take(self, run: Found) -> None:
        """Write beside the store what is new of a run. OSError where it does not take it."""
        source = self._sources[run.source]
        run_id = ids.foreign_id(run.source, run.identity)
        known = self._store.standing(run_id)
        staged = self._staging().run(run_id)
        try:
            stamp = protocol.stamp(source, run)
            if known is not None and known.stamp == stamp and not self._wants_files(known):
                self._done.unchanged += 1
                return
            written = self._write(source, run, staged, known, stamp)
        except (SourceError, StoreError) as error:
            self._done.skipped.append(Skipped(run.address, str(error)))
            shutil.rmtree(staged.root, ignore_errors=True)
            return
        if not written:
            self._done.unchanged += 1
            shutil.rmtree(staged.root, ignore_errors=True)
            return
        self._runs += 1
        if self._runs >= _BATCH_RUNS or time.monotonic() - self._since > _BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Take into the store what was written beside it."""
        if self._staged is None:
            return
        for run_id in self._staged.run_ids():
            self._store.paths.gone_mark(run_id).unlink(missing_ok=True)
        merging = Merging(self._store.paths, self._staged)
        merging.content()
        merging.runs()
        merging.projects()
        merged = merging.done()
        if merged.damaged_runs or merged.damaged_blobs:
            raise StoreError(f"what was written to {self._staged.root} is not what is read there; look at the disk")
        self._done.new += merged.new
        self._done.grown += merged.grown
        self._done.blobs += merged.blobs
        self._done.bytes += merged.taken.bytes
        self.clear()

    def clear(self) -> None:
        """Leave nothing beside the store."""
        if self._staged is not None:
            shutil.rmtree(self._staged.root, ignore_errors=True)
        self._staged = None
        self._runs = 0
        self._since = time.monotonic()

    def _staging(self) -> StorePaths:
        if self._staged is None:
            self._staged = StorePaths(self._store.paths.new_staging())
            self._staged.root.mkdir(mode=0o700)
        return self._staged

    def _wants_files(self, known: Standing) -> bool:
        """Whether files that an earlier import left out are to be had now."""
        return self._artifacts and bool(known.left_out)

    def _write(self, source: Source, run: Found, staged: RunPaths, known: Standing | None, stamp: Any) -> bool:
        """Write what is new of a run; False where that turns out to be nothing."""
        begun = known or Standing()
        manifest.make_folder(staged.logs, self._store.root)
        self._left_out.clear()
        placing = self._placing(source, run)
        with Scribe(staged, self._mode, placing, logs=begun.logs, restarts=begun.restarts) as scribe:
            broken = self._take_items(scribe, source, run, begun)
            facts = scribe.facts
            if facts is None:
                raise SourceError(f"{run.address} says nothing of a run")
            left_out = _digest(self._left_out) or ("" if self._artifacts else begun.left_out)
            if known is not None and (known.stamp, known.left_out) == (stamp, left_out):
                return False
            scribe.stamp(stamp, left_out=left_out, broken=broken)
            scribe.close()
        self._verify(staged, scribe.values)
        self._say_run(run, staged, facts.created, known)
        if known is not None and self._is_less(run, staged, known):
            return False
        self._done.points += scribe.values
        self._take_edits(staged, facts.project)
        return True

    def _take_items(self, scribe: Scribe, source: Source, run: Found, begun: Standing) -> bool:
        """Write all that a run says; whether something came that no cursor is behind."""
        broken = False
        if begun.broken:
            items = _anew(source, run)
        else:
            items = read(source, run, begun.cursor)
            if self._wants_files(begun):
                items = chain(_files(source, run), items)
        try:
            for item in items:
                if isinstance(item, File) and not self._artifacts:
                    self._left_out.append(item.name)
                    continue
                scribe.take(item)
                broken = not isinstance(item, Cursor)
        except SourceError as error:
            if scribe.facts is None or error.passing:
                raise
            scribe.take(Remark(str(error)))
        return broken

    def _say_run(self, run: Found, staged: RunPaths, created: float, known: Standing | None) -> None:
        """Write the `run.json`, or have that which is there already."""
        if known is None:
            write_manifest(staged.manifest, run, staged.id, created)
        else:
            staged.manifest.write_bytes(files.read_plain(self._store.run_paths(staged.id).manifest))

    def _verify(self, staged: RunPaths, points: int) -> None:
        """StoreError where what is read is not as much as was written."""
        written = 0
        for log in files.plain(staged.logs):
            with files.open_plain(log) as stream:
                blocks = Decoder().feed(stream.read(), verify="all").blocks
            written += sum(block.values.size for block in blocks)
        if written != points:
            raise StoreError(f"{written:,} of {points:,} values of {staged.id} can be read again; look at the disk")

    def _is_less(self, run: Found, staged: RunPaths, known: Standing) -> bool:
        """Whether a run begins anew with less than the store has of it, which is then told."""
        coming = standing_alone(staged)
        if coming is None or not coming.anew or not coming.is_less_than(known):
            return False
        why = (
            f"holds less of this run than the store, which keeps what it has ({coming.values:,} values, and "
            f"{known.values:,} there): copy it again in full, or import it into another store"
        )
        self._done.skipped.append(Skipped(run.address, why))
        return True

    def _take_edits(self, staged: RunPaths, project: str) -> None:
        """What this user edited of the run while it was elsewhere comes with it."""
        own = self._own.run(staged.id).edits
        for source, target in ((own, staged.edits), *self._project_edits(project)):
            for log in files.plain(source):
                manifest.make_folder(target, self._store.root)
                (target / log.name).write_bytes(files.read_plain(log))

    def _project_edits(self, project: str) -> Iterator[tuple[Path, Path]]:
        yield self._own.project_edits(project), self._staging().project_edits(project)

    def _placing(self, source: Source, run: Found) -> Callable[[File], dict[str, tuple[str, int]]]:
        def placed(file: File) -> dict[str, tuple[str, int]]:
            found = {}
            for path, content in file.files.items():
                try:
                    found[path] = self._place(source, run, content)
                except (DamagedError, SourceError) as error:
                    if isinstance(error, SourceError) and error.passing:
                        raise
                    self._left_out.append(f"{file.name}/{path}")
                    self._done.skipped.append(Skipped(run.address, f"{path}: {error}"))
            return found

        return placed

    def _place(self, source: Source, run: Found, content: Content) -> tuple[str, int]:
        """Put content among the staged blobs; its hash and size."""
        blobs = self._staging().blobs
        blobs.mkdir(exist_ok=True)
        coming = blobs / files.TEMPORARY
        hasher, size = blake3(), 0
        with coming.open("wb") as stream:
            for piece in _content(source, run, content):
                hasher.update(piece)
                size += stream.write(piece)
        blob = self._staging().blob(hasher.hexdigest())
        blob.parent.mkdir(exist_ok=True)
        coming.chmod(self._mode)
        coming.rename(blob)
        return f"blake3:{hasher.hexdigest()}", size


def _anew(source: Source, run: Found) -> Iterator[Item]:
    """All that a run has, in place of all that was read of it before."""
    items = read(source, run)
    yield from islice(items, 1)
    yield Restart(None, math.nan)
    yield from items


def _files(source: Source, run: Found) -> Iterator[Item]:
    """The facts of a run and all its artifacts, from its beginning."""
    return (item for item in read(source, run) if isinstance(item, Facts | File))


def _digest(names: list[str]) -> str:
    """What tells some names from others; empty where there are none."""
    return blake3(repr(sorted(names)).encode(errors="backslashreplace")).hexdigest() if names else ""


def _content(source: Source, run: Found, content: Content) -> Iterator[bytes]:
    if content.url is not None and isinstance(source, Fetching):
        return fetched(source, run, content.url, content.size)
    return pieces(content)


def imported_document(imported: Imported) -> dict[str, Any]:
    """What an import did."""
    done = {name: getattr(imported, name) for name in ("new", "grown", "unchanged", "points", "blobs", "bytes")}
    return done | {"skipped": skipped_document(imported.skipped)}


def imported_sentences(imported: Imported) -> Iterator[str]:
    """What an import did, the most important first."""
    if not (imported.new or imported.grown):
        yield "nothing was new"
    else:
        came = f"{counted(imported.points, 'value')}, {counted(imported.blobs, 'file')} of artifacts"
        yield f"{counted(len(imported.new), 'run')} came, {len(imported.grown):,} grew: {came}"
    if imported.unchanged:
        yield f"{counted(imported.unchanged, 'run')} as before"
