"""The mirror of a store on a host without trackside: the files of its runs, as far as they were copied.

All of a run, what it printed and the content of artifacts are fetched when somebody looks at them. Edits are kept here,
for this user alone.
"""

import itertools
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from trackside.model import ids
from trackside.model.errors import DamagedError, StoreError
from trackside.model.run import IN_PLACE, LOGGED, Run
from trackside.services.remote.near.kept import Kept
from trackside.services.remote.near.link import LostError
from trackside.store import blobs, files, manifest
from trackside.store.layout import RunPaths
from trackside.store.mirrored import MirroredStore

if TYPE_CHECKING:
    import polars as pl

    from trackside.services.remote.near.connection import Connection
    from trackside.store.console import Piece
    from trackside.store.curves import Overview, Series

_OF_ROWS = re.compile(r"at[\W_]*best|\bhealth\b", re.IGNORECASE)
"""What only all rows of a run tell: values where another metric was best, and what the shapes of curves say."""

_PRINTED = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:log|idx)")
_MOST_BYTES = 4 << 30
_MOST_POINTS = 8_000_000
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_HASH = re.compile(r"[0-9a-f]{64}")


class CopiedStore(MirroredStore):
    """What is known here of the store behind a connection."""

    lock_held: int | None = None
    connection: "Connection"
    bring: "Callable[[Iterable[str]], None]"
    """Has all files of runs copied here, but for the rows of long logs."""

    bring_rows: "Callable[[Iterable[str]], None]"
    """Has these copied here too."""

    bring_values: "Callable[[Collection[str]], None]"
    """Has the values of metrics copied here that were held back."""

    held_back: "Callable[[], set[str]]"
    """The metrics that have no value of some runs here."""

    lacks_rows: "Callable[[], bool]"
    """Whether of some run here no row was copied yet."""

    lacks_rows_of: "Callable[[str], bool]"
    """Whether rows of a run were not copied yet."""

    @classmethod
    def own_at(cls, address: str) -> "CopiedStore":
        """The first mirror of an address that no other process has; this one has it until it is closed."""
        for number in itertools.count():
            store = cls.at(address, number)
            store.lock_held = store.own()
            if store.lock_held is not None:
                return store
        raise AssertionError

    def has(self, run_id: str) -> bool:
        """Whether there is a run of that id."""
        return ids.is_id(run_id) and self.paths.run(run_id).manifest.exists()

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for, with all that is known of them once they are copied whole."""
        wanted = list(run_ids)
        self.bring(wanted)
        return super().runs(wanted)

    def frame(self, words: Iterable[str] | None = None, runs: Iterable[str] | None = None) -> "pl.DataFrame":
        """The table of all runs; where it is asked for what only rows tell, after `runs`, or all, were copied whole.

        Columns of metrics that `words` do not name may be empty.
        """
        named = None if words is None else list(words)
        if named is None or any(map(_OF_ROWS.search, named)):
            self.bring_rows(self.shown() if runs is None else filter(self.has, runs))
        elif wanted := self._held_back_of(named):
            with suppress(LostError):  # what is known is shown meanwhile
                self.bring_values(wanted)
        return super().frame(named)

    def values_unasked(self) -> set[str]:
        """The metrics whose values a table shows unasked."""
        from trackside.services.remote.protocol.table_wire import unasked

        return {column.partition(".")[2] for column in unasked(super().frame())}

    def _held_back_of(self, words: Iterable[str]) -> set[str]:
        """The metrics that are held back and may be meant, or that runs are judged by."""
        held_back = self.held_back()
        if not held_back:
            return held_back
        from trackside.services.remote.near.table import named
        from trackside.services.remote.protocol.table_wire import primaries

        columns = {f"metric.{metric}" for metric in held_back}
        wanted = named(columns, words) | columns & primaries(super().frame())
        return {column.partition(".")[2] for column in wanted}

    def is_short(self) -> bool:
        """Whether of some runs only what a table needs is known: not what the shapes of their curves say."""
        return self.lacks_rows()

    def run_paths(self, run_id: str) -> RunPaths:
        """The folder of a run, with all of its files. StoreError where these cannot be had."""
        self.bring([run_id])
        return super().run_paths(run_id)

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric. Of a long run that is not here its rows are copied, where the metric is long too."""
        outline = self._outlined(run_id, metric, None, None)
        if outline is not None and outline.of is None and not superseded:
            return outline
        self.bring_rows([run_id])
        return super().series(run_id, metric, superseded=superseded)

    def outline(self, run_id: str, metric: str, low: float | None = None, high: float | None = None) -> "Series":
        """The points of a metric that a chart needs: all where they are here, else those of `store.outline`."""
        around = self._outlined(run_id, metric, None, None)
        if around is None or around.of is None or (low is None and high is None):
            return self.series(run_id, metric) if around is None else around
        from trackside.services.remote.protocol.curve_wire import inside

        part = self._outlined(run_id, metric, low, high)
        return self.series(run_id, metric) if part is None else inside(around, part)

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in at most `points` buckets; of one whose points are not here, those that a chart needs."""
        outline = self._outlined(run_id, metric, None, None)
        if outline is None:
            return super().overview(run_id, metric, points)
        from trackside.store import pyramid

        return pyramid.coarser(pyramid.of(outline.step, outline.value[:, None]), points)

    @cached_property
    def _outlines(self) -> "Kept[Series | None]":
        return Kept(_MOST_POINTS, lambda series: 0 if series is None else len(series))

    def _outlined(self, run_id: str, metric: str, low: float | None, high: float | None) -> "Series | None":
        """What a chart needs of a curve whose rows were not copied. None where they were, or have to be."""
        self.bring([run_id])
        if not self.lacks_rows_of(run_id):
            return None
        from trackside.services.remote.copies.news import outline

        def ask() -> "Series | None":
            return outline(self.connection.raw("outline", run_id, metric, low, high))

        return self._outlines.get(run_id, (metric, low, high), ask)

    def console(self, run_id: str) -> "list[Piece]":
        """What is kept of what a run printed; what is new of it is fetched."""
        folder = self.paths.run(run_id).console
        for name in filter(_PRINTED.fullmatch, self.connection.call("names", run_id, "console")):
            self._fetch_printed(folder / name)
        return super().console(run_id)

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file of an artifact.

        DamagedError where it is missing there, is not what it was, or is said to lie at a place: whoever writes there
        names no file of this machine.
        """
        if digest.startswith(IN_PLACE):
            raise DamagedError(f"this file was not copied into the store at {self.connection.remote.address}")
        name = digest.rpartition(":")[2]
        if not digest.startswith(LOGGED) and _HASH.fullmatch(name) and not self.paths.blob(name).exists():
            self._fetch_blob(self.paths.blob(name))
        return super().content(run_id, digest)

    def close(self) -> None:
        """Give the index back, and end the connection."""
        super().close()
        self.connection.close()
        owned, self.lock_held = self.lock_held, None
        if owned is not None:
            os.close(owned)

    def _fetch_printed(self, path: Path) -> None:
        """Bring a file that only grows up to what it is there. Whoever else does so writes the same bytes there."""
        manifest.make_folder(path.parent, self.root)
        descriptor = os.open(path, _FLAGS, manifest.file_mode(self.root))
        with os.fdopen(descriptor, "wb") as file:
            file.seek(0, os.SEEK_END)
            for data in self._coming(path, file.tell()):
                file.write(data)

    def _fetch_blob(self, path: Path) -> None:
        """Put content into place once all of it came. DamagedError where it is not what its name says."""
        manifest.make_folder(path.parent, self.root)
        with files.placing(path, manifest.file_mode(self.root)) as stream:
            stream.writelines(blobs.verified(self._coming(path), path.name))

    def _coming(self, path: Path, start: int = 0) -> Iterator[bytes]:
        """The bytes that a file has there from `start` on; none where it is not there."""
        there = path.relative_to(self.root).as_posix()
        while data := self.connection.raw("file", there, start):
            yield data
            start += len(data)
            if start > _MOST_BYTES:
                raise StoreError(f"{there} at {self.connection.remote.address} is too large to be fetched")
