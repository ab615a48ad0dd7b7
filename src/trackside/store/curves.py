"""Curves of a run: every point of a metric, or an overview of them, from sealed segments and from logs as they grow.

A log that vanishes while it is read was sealed: then all is read again. Of logs that are still written to only what is
new is decoded, as long as the caller keeps its `TailCache`.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from trackside.model.errors import DamagedError
from trackside.store import journal
from trackside.store.decode import Chunk, Decoder, Floats, Steps
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths

if TYPE_CHECKING:
    import polars as pl

Points = tuple[Steps, Floats, Floats]

_ATTEMPTS = 5
_READ_BYTES = 16 << 20
_CACHED_LOGS = 64
_NO_STEPS: Steps = np.zeros(0, np.int64)
_NO_FLOATS: Floats = np.zeros(0, np.float64)


@dataclass(frozen=True, slots=True)
class Series:
    """Every point of a metric in the order of (step, time): `step` int64[n], `time` float64[n], `value` float64[n]."""

    step: Steps
    time: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True)
class Overview:
    """A metric in buckets along its steps. Statistics are over finite values, NaN where a bucket has none."""

    step0: Steps
    step1: Steps
    min: Floats
    max: Floats
    mean: Floats
    last: Floats
    n: Steps
    nonfinite: Steps


@dataclass
class _Tail:
    """A log as far as it was decoded."""

    inode: int
    offset: int = 0
    decoder: Decoder = field(default_factory=Decoder)
    rank: str = ""
    points: dict[str, list[Points]] = field(default_factory=dict)
    texts: dict[str, list[tuple[int, float, str]]] = field(default_factory=dict)

    def take(self, chunk: Chunk) -> None:
        """Take in what was decoded after `offset`."""
        for frame in chunk.others:
            if frame.kind == Kind.OPEN:
                role = str(journal.unpacked(frame.payload).get("role", "main"))
                self.rank = f"@{role.removeprefix('rank ')}" if role.startswith("rank ") else ""
            elif frame.kind == Kind.MIXED:
                self._take_texts(frame.payload)
        for block in chunk.blocks:
            for place, key in enumerate(block.keys):
                self.points.setdefault(key + self.rank, []).append((block.step, block.time, block.values[:, place]))
        self.offset += chunk.end

    def _take_texts(self, payload: bytes) -> None:
        said = journal.unpacked(payload)
        for key, value in said["values"].items():
            if not isinstance(value, int | float):
                words = value if isinstance(value, str) else str(value.get("blob", ""))
                self.texts.setdefault(key, []).append((said["step"], said["time"], words))


class TailCache:
    """Logs that were decoded lately. Safe to use from several threads."""

    def __init__(self) -> None:
        self._tails: OrderedDict[Path, _Tail] = OrderedDict()
        self._lock = threading.Lock()

    def tail(self, log: Path) -> _Tail:
        """The log as it stands now. FileNotFoundError where it has been sealed."""
        with self._lock:
            descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                return self._read(log, descriptor)
            finally:
                os.close(descriptor)

    def _read(self, log: Path, descriptor: int) -> _Tail:
        found = os.fstat(descriptor)
        tail = self._tails.get(log)
        if tail is None or tail.inode != found.st_ino or tail.offset > found.st_size:
            tail = self._tails[log] = _Tail(found.st_ino)
        self._tails.move_to_end(log)
        while len(self._tails) > _CACHED_LOGS:
            self._tails.popitem(last=False)
        while data := os.pread(descriptor, min(_READ_BYTES, found.st_size - tail.offset), tail.offset):
            chunk = tail.decoder.feed(data, verify="tail")
            tail.take(chunk)
            if chunk.end == 0:
                break
        return tail


def series(run: RunPaths, metric: str, tails: TailCache | None = None) -> Series:
    """Every point of a metric; none where the run has no such metric. `NAME@N` is the series of rank N."""
    parts = _gathered(run, metric, tails or TailCache())
    if not parts:
        return Series(_NO_STEPS, _NO_FLOATS, _NO_FLOATS)
    step, time, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((time, step))
    if (order[1:] > order[:-1]).all():
        return Series(step, time, value)
    return Series(step[order], time[order], value[order])


def overview(run: RunPaths, metric: str, points: int, tails: TailCache | None = None) -> Overview:
    """A metric in at most about `points` buckets: pyramids of what is sealed, and the logs that are not."""
    import polars as pl

    from trackside.store import segments

    hot, stems = _read(run, tails or TailCache())
    frames = [segments.buckets(run.segments, stem, metric) for stem in stems]
    for tail in hot:
        for step, time, value in tail.points.get(metric, ()):
            order = np.lexsort((time, step))
            frames.append(segments.bucketed(metric, step[order], time[order], value[order]))
    some = [frame for frame in frames if frame.height]
    if not some:
        return _overview(segments.bucketed(metric, _NO_STEPS, _NO_FLOATS, _NO_FLOATS))
    return _overview(_coarser(pl.concat(some).sort("step0", "step1", maintain_order=True), points))


def texts(run: RunPaths, name: str, tails: TailCache | None = None) -> list[tuple[int, float, str]]:
    """Step, time and words of what was logged as text under `name`, by (step, time)."""
    hot, stems = _read(run, tails or TailCache())
    for stem in stems:
        rest = _Tail(0)
        rest.take(Decoder().feed((run.segments / f"{stem}.rest").read_bytes()))
        hot.append(rest)
    return sorted((text for tail in hot for text in tail.texts.get(name, ())), key=lambda text: text[:2])


def _gathered(run: RunPaths, metric: str, tails: TailCache) -> list[Points]:
    hot, stems = _read(run, tails)
    sealed = [part for stem in stems for part in _sealed(run, stem, metric)]
    return sealed + [part for tail in hot for part in tail.points.get(metric, ())]


def _read(run: RunPaths, tails: TailCache) -> tuple[list[_Tail], list[str]]:
    """The logs as they stand, and the stems of those that are sealed: none is in both, and none in neither.

    `w/` is listed before `seg/`, so that a log that is sealed in between is seen as sealed; one that is sealed after
    both cannot be opened any more, and all is listed again.
    """
    for _ in range(_ATTEMPTS):
        logs = sorted(path for path in run.logs.glob("*.log") if not path.name.startswith("."))
        stems = _stems(run)
        sealed = set(stems)
        try:
            return [tails.tail(log) for log in logs if log.name.removesuffix(".log") not in sealed], stems
        except FileNotFoundError:
            continue
    raise DamagedError(f"the files of {run.root} vanish while they are read; `trackside doctor` tells what is there")


def _stems(run: RunPaths) -> list[str]:
    if not run.segments.is_dir():
        return []
    from trackside.store import segments

    return segments.stems(run.segments)


def _sealed(run: RunPaths, stem: str, metric: str) -> Iterator[Points]:
    from trackside.store import segments

    rank = _rank(run, stem)
    if metric.endswith(rank):
        yield from segments.points(run.segments, stem, metric.removesuffix(rank) if rank else metric)


def _rank(run: RunPaths, stem: str) -> str:
    """`@N` where the log was that of rank N."""
    with (run.segments / f"{stem}.rest").open("rb") as stream:
        first = next(journal.frames(stream.read(4_096)), None)
    if first is None or first.kind != Kind.OPEN:
        return ""
    role = str(msgspec.convert(journal.unpacked(first.payload), dict[str, object]).get("role", "main"))
    return f"@{role.removeprefix('rank ')}" if role.startswith("rank ") else ""


def _coarser(frame: "pl.DataFrame", points: int) -> "pl.DataFrame":
    """Neighbouring buckets taken together until at most `points` are left."""
    import polars as pl

    together = -(-frame.height // max(1, points))
    if together == 1:
        return frame
    known = pl.col("n") - pl.col("nonfinite")
    return (
        frame.with_row_index("row")
        .group_by(pl.col("row") // together, maintain_order=True)
        .agg(
            pl.col("step0").min(),
            pl.col("step1").max(),
            pl.col("min").fill_nan(None).min().fill_null(np.nan),
            pl.col("max").fill_nan(None).max().fill_null(np.nan),
            ((pl.col("mean").fill_nan(0.0) * known).sum() / known.sum()).alias("mean"),
            pl.col("last").last(),
            pl.col("n").sum(),
            pl.col("nonfinite").sum(),
        )
    )


def _overview(frame: "pl.DataFrame") -> Overview:
    names = ("step0", "step1", "min", "max", "mean", "last", "n", "nonfinite")
    return Overview(*(frame.get_column(name).to_numpy() for name in names))
