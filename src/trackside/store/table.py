"""The table of all runs as one polars frame: a snapshot in an Arrow file beside the index, and what changed since.

Columns: fields by their names, `param.KEY`, and per metric `metric.KEY` (its last value), `min.KEY`, and so for
`max`, `mean`, `best` and `at_best`. A param's column is Float64 where every run that has it gave a number, else String.
Missing is null.
"""

import os
import shlex
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import polars as pl

from trackside.model.measured_on import measured_on
from trackside.model.params import param_text
from trackside.model.run import MetricSummary, Param, Run
from trackside.store import manifest
from trackside.store.index import Index

_SNAPSHOT_AFTER = 2_000
"""Runs that changed since the snapshot before a new one is worth writing."""

_CHUNK = 2_000
_MOST_CHUNKS = 16
"""Pieces of memory that a frame may lie in: to copy all of it whenever a run changed takes longer than reading."""

_FIELDS: dict[str, tuple[Any, Callable[[Run], Any]]] = {
    "id": (pl.String, attrgetter("id")),
    "name": (pl.String, attrgetter("name")),
    "project": (pl.String, attrgetter("project")),
    "group": (pl.String, attrgetter("group")),
    "status": (pl.String, attrgetter("status")),
    "user": (pl.String, attrgetter("user")),
    "host": (pl.String, attrgetter("host")),
    "store": (pl.String, lambda _: None),
    "source": (pl.String, attrgetter("source")),
    "source_id": (pl.String, attrgetter("source_id")),
    "address": (pl.String, attrgetter("address")),
    "notes": (pl.String, attrgetter("notes")),
    "traceback": (pl.String, attrgetter("traceback")),
    "primary": (pl.String, attrgetter("primary")),
    "measured_on": (pl.String, measured_on),
    "command": (pl.String, lambda run: shlex.join(run.command)),
    "tags": (pl.List(pl.String), attrgetter("tags")),
    "health": (pl.List(pl.String), attrgetter("health")),
    "edited": (pl.List(pl.String), attrgetter("edited")),
    "created": (pl.Float64, attrgetter("began")),
    "ended": (pl.Float64, attrgetter("ended")),
    "duration_s": (pl.Float64, lambda run: None if run.ended is None else run.duration(run.ended)),
    "last_point": (pl.Float64, attrgetter("progress.last_point")),
    "eta_s": (pl.Float64, attrgetter("progress.eta_s")),
    "archived": (pl.Boolean, attrgetter("archived")),
    "exit_code": (pl.Int64, attrgetter("exit_code")),
    "seed": (pl.Int64, attrgetter("seed")),
    "step": (pl.Int64, attrgetter("progress.step")),
    "total_steps": (pl.Int64, attrgetter("progress.total_steps")),
}
"""The columns that every frame has: of which type, and what of a run stands there; stores are told apart elsewhere."""

_STATISTICS: dict[str, Callable[[MetricSummary], float | None]] = {
    "metric": attrgetter("last"),
    "min": attrgetter("min"),
    "max": attrgetter("max"),
    "mean": attrgetter("mean"),
    "best": attrgetter("best"),
    "at_best": attrgetter("at_best"),
}


class Table:
    """Keeps the frame of one index. Safe to call from several threads: one of them builds, the others wait."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._generation = ""
        self._revision = 0
        self._frame = frame_of([])
        self._since_snapshot = 0

    def frame(self) -> pl.DataFrame:
        """One row a run, without those in the trash, as the index stands now."""
        with self._lock:
            generation = self._index.generation()
            if generation != self._generation:
                self._generation = generation
                self._load_snapshot()
            self._take_in_changes()
            return self._frame

    def _take_in_changes(self) -> None:
        parts: list[pl.DataFrame] = []
        changed: list[str] = []
        for runs, revision in _chunks(self._index.changed_since(self._revision)):
            changed.extend(run.id for run in runs)
            parts.append(frame_of([run for run in runs if not run.trashed]))
            self._revision = revision
        if not changed:
            return
        kept = self._frame.filter(~pl.col("id").is_in(changed))
        self._frame = stacked([kept, *parts])
        self._since_snapshot += len(changed)
        if self._since_snapshot >= _SNAPSHOT_AFTER:
            self._write_snapshot()

    @property
    def _snapshot(self) -> Path | None:
        return None if self._index.path is None else self._index.path.with_name("table.arrow")

    def _load_snapshot(self) -> None:
        self._revision, self._frame, self._since_snapshot = 0, frame_of([]), 0
        if self._snapshot is None or not self._snapshot.exists():
            return
        try:
            frame = pl.read_ipc(self._snapshot)
            mark = frame.get_column(_MARK).head(1).to_list()
        except (pl.exceptions.PolarsError, OSError):
            return
        if mark and mark[0].startswith(f"{self._generation} ") and _FIELDS.keys() <= set(frame.columns):
            self._revision = int(mark[0].rpartition(" ")[2])
            self._frame = frame.drop(_MARK)

    def _write_snapshot(self) -> None:
        if self._snapshot is None or not os.access(self._snapshot.parent, os.W_OK):
            return
        temporary = self._snapshot.with_name(f".table-{uuid.uuid4().hex}")
        marked = self._frame.with_columns(pl.lit(f"{self._generation} {self._revision}").alias(_MARK))
        try:
            marked.write_ipc(temporary)
            temporary.chmod(manifest.file_mode(self._snapshot.parent))
            temporary.rename(self._snapshot)
        except OSError:
            # The snapshot saves time and nothing else: on a full disk there is none.
            temporary.unlink(missing_ok=True)
            return
        self._since_snapshot = 0


_MARK = "snapshot, with means, of"


def _chunks(changed: Iterator[tuple[int, Run]]) -> Iterator[tuple[list[Run], int]]:
    runs: list[Run] = []
    latest = 0
    for latest, run in changed:
        runs.append(run)
        if len(runs) == _CHUNK:
            yield runs, latest
            runs = []
    if runs:
        yield runs, latest


def frame_of(runs: Iterable[Run]) -> pl.DataFrame:
    """One row a run."""
    every = list(runs)
    params: defaultdict[str, list[Param]] = defaultdict(lambda: [None] * len(every))
    metrics: defaultdict[str, list[MetricSummary | None]] = defaultdict(lambda: [None] * len(every))
    for place, run in enumerate(every):
        for key, value in run.params.items():
            params[key][place] = value
        for key, metric in run.metrics.items():
            metrics[key][place] = metric
    fields = (_field_series(name, list(map(value, every)), kind) for name, (kind, value) in _FIELDS.items())
    return pl.DataFrame(
        [
            *fields,
            *(_param_series(f"param.{key}", values) for key, values in params.items()),
            *(series for key, summaries in metrics.items() for series in _metric_series(key, summaries)),
        ]
    )


def _field_series(name: str, values: list[Any], kind: Any) -> pl.Series:
    """A list is made once, however many runs have the same: each is a series of its own, and slow to make."""
    if kind != pl.List(pl.String):
        return pl.Series(name, values, dtype=kind)
    places: dict[tuple[str, ...], int] = {}
    found = [places.setdefault(tuple(words), len(places)) for words in values]
    return pl.Series(name, list(map(list, places)), dtype=kind).gather(found)


def _metric_series(key: str, summaries: list[MetricSummary | None]) -> Iterator[pl.Series]:
    for statistic, value in _STATISTICS.items():
        values = [None if summary is None else value(summary) for summary in summaries]
        yield pl.Series(f"{statistic}.{key}", values, dtype=pl.Float64)


def _param_series(key: str, values: list[Param]) -> pl.Series:
    if all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values):
        return pl.Series(key, [None if value is None else float(value) for value in values], dtype=pl.Float64)  # type: ignore[arg-type]
    return pl.Series(key, [param_text(value) for value in values], dtype=pl.String)


def fits_fields(frame: pl.DataFrame) -> bool:
    """Whether a frame from elsewhere has every field, each of its type."""
    return all(frame.schema.get(name) == kind for name, (kind, _) in _FIELDS.items())


def stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames one below the other; a param that is a number in one and a word in another becomes words in all."""
    some = [frame for frame in frames if frame.height]
    if not some:
        return frames[0]
    words = {name for frame in some for name, kind in frame.schema.items() if kind == pl.String}
    whole = pl.concat([_with_words(frame, words) for frame in some], how="diagonal")
    return whole.rechunk() if whole.n_chunks() > _MOST_CHUNKS else whole


def _with_words(frame: pl.DataFrame, words: set[str]) -> pl.DataFrame:
    mixed = [name for name, kind in frame.schema.items() if kind == pl.Float64 and name in words]
    return frame.with_columns(
        pl.Series(name, [param_text(value) for value in frame.get_column(name).to_list()], dtype=pl.String)
        for name in mixed
    )
