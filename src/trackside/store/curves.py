"""Curves of a run: every point of a metric, or an overview of them, from sealed segments and from logs as they grow.

A log that vanishes while it is read was sealed: then all is read again. Of logs that are still written to only what is
new is decoded, as long as the caller keeps its `TailCache`.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from trackside.model.errors import DamagedError
from trackside.store import journal, pyramid
from trackside.store.decode import Block, Chunk, Decoder, Floats, Steps, joined
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths
from trackside.store.pyramid import Buckets

if TYPE_CHECKING:
    from trackside.store.segments import Segment

Overview: TypeAlias = Buckets
Points: TypeAlias = tuple[Steps, Floats, Floats]
Text: TypeAlias = tuple[int, float, str]
T = TypeVar("T")

_ATTEMPTS = 5
_READ_BYTES = 16 << 20
_CACHED_BYTES = 256 << 20
_OPEN_BYTES = 4_096
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


@dataclass
class _Tail:
    """A log as far as it was decoded. Rows stand in few blocks, however few came at a time."""

    inode: int
    offset: int = 0
    decoder: Decoder = field(default_factory=Decoder)
    rank: str = ""
    blocks: dict[tuple[str, ...], list[Block]] = field(default_factory=dict)
    texts: dict[str, list[Text]] = field(default_factory=dict)

    def take(self, chunk: Chunk) -> None:
        """Take in what was decoded after `offset`."""
        for frame in chunk.others:
            if frame.kind == Kind.OPEN:
                self.rank = _rank_said(frame.payload)
            elif frame.kind == Kind.MIXED:
                self._take_texts(frame.payload)
        for block in chunk.blocks:
            blocks = self.blocks.setdefault(block.keys, [])
            blocks.append(block)
            while len(blocks) > 1 and len(blocks[-2].step) <= 2 * len(blocks[-1].step):
                blocks[-2:] = [joined(blocks[-2:])]
        self.offset += chunk.end

    def points(self, metric: str) -> list[Points]:
        """The points of a metric, `NAME@N` where the log is that of rank N."""
        if not metric.endswith(self.rank):
            return []
        name = metric.removesuffix(self.rank)
        return [
            (block.step, block.time, block.values[:, keys.index(name)])
            for keys, blocks in self.blocks.items()
            if name in keys
            for block in blocks
        ]

    def _take_texts(self, payload: bytes) -> None:
        said = journal.unpacked(payload)
        for key, value in said["values"].items():
            if isinstance(value, str | dict):
                words = value if isinstance(value, str) else str(value.get("blob", ""))
                self.texts.setdefault(key + self.rank, []).append((int(said["step"]), float(said["time"]), words))


class TailCache:
    """Logs that were decoded lately. Safe to use from several threads."""

    def __init__(self) -> None:
        self._tails: OrderedDict[Path, _Tail] = OrderedDict()
        self._lock = threading.Lock()

    def points(self, log: Path, metric: str) -> list[Points]:
        """The points of a metric in the log as it stands now. FileNotFoundError where it has been sealed."""
        with self._lock:
            return self._tail(log).points(metric)

    def texts(self, log: Path, name: str) -> list[Text]:
        """The texts of that name in the log as it stands now. FileNotFoundError where it has been sealed."""
        with self._lock:
            return list(self._tail(log).texts.get(name, ()))

    def _tail(self, log: Path) -> _Tail:
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
        while data := os.pread(descriptor, min(_READ_BYTES, found.st_size - tail.offset), tail.offset):
            chunk = tail.decoder.feed(data, verify="tail")
            tail.take(chunk)
            if chunk.end == 0:
                break
        while len(self._tails) > 1 and sum(kept.offset for kept in self._tails.values()) > _CACHED_BYTES:
            self._tails.popitem(last=False)
        return tail


def series(run: RunPaths, metric: str, tails: TailCache | None = None) -> Series:
    """Every point of a metric; none where the run has no such metric. `NAME@N` is the series of rank N."""
    from trackside.store import segments

    cache = tails or TailCache()
    hot, sealed = _read(run, lambda log: cache.points(log, metric))
    parts = [part for some, name in _of_metric(sealed, metric) for part in segments.points(some, name)]
    parts += [part for log in hot for part in log]
    if not parts:
        return Series(_NO_STEPS, _NO_FLOATS, _NO_FLOATS)
    return Series(*_in_order(parts))


def overview(run: RunPaths, metric: str, points: int, tails: TailCache | None = None) -> Overview:
    """A metric in at most `points` buckets: pyramids of what is sealed, and the logs that are not."""
    from trackside.store import segments

    cache = tails or TailCache()
    hot, sealed = _read(run, lambda log: cache.points(log, metric))
    parts = [part for some, name in _of_metric(sealed, metric) for part in segments.buckets(some, name)]
    for log in filter(None, hot):
        step, _, value = _in_order(log)
        parts.append(pyramid.of(step, value[:, None]))
    return pyramid.coarser(pyramid.joined(parts), points)


def texts(run: RunPaths, name: str, tails: TailCache | None = None) -> list[Text]:
    """Step, time and words of what was logged as text under `name`, by (step, time)."""
    cache = tails or TailCache()
    hot, sealed = _read(run, lambda log: cache.texts(log, name))
    found = [text for log in hot for text in log]
    for segment in sealed:
        rest = _Tail(0)
        rest.take(Decoder().feed(segment.rest.read_bytes()))
        found += rest.texts.get(name, ())
    return sorted(found, key=lambda text: text[:2])


def _in_order(parts: Sequence[Points]) -> Points:
    """All points by (step, time), equal ones as they come."""
    step, time, value = parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))
    if pyramid.in_order(step, time):
        return step, time, value
    order = np.lexsort((time, step))
    return step[order], time[order], value[order]


def _read(run: RunPaths, read: Callable[[Path], T]) -> tuple[list[T], list["Segment"]]:
    """What `read` gives for each log that is not sealed, and the segments of the others: none is in both or in neither.

    `w/` is listed before `seg/`, so that a log that is sealed in between is seen as sealed; one that is sealed after
    both cannot be opened any more, and all is listed again.
    """
    for _ in range(_ATTEMPTS):
        logs = _logs(run)
        segments = _segments(run)
        try:
            hot = [read(log) for log in logs if log.name.removesuffix(".log") not in segments]
        except FileNotFoundError:
            continue
        return hot, list(segments.values())
    raise DamagedError(f"the files of {run.root} vanish while they are read; `trackside doctor` tells what is there")


def _logs(run: RunPaths) -> list[Path]:
    """Inside a store no link is followed."""
    try:
        with os.scandir(run.logs) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return [run.logs / name for name in sorted(names) if name.endswith(".log") and name[0] != "."]


def _segments(run: RunPaths) -> dict[str, "Segment"]:
    if not run.segments.is_dir():
        return {}
    from trackside.store import segments

    return segments.sealed(run.segments)


def _of_metric(segments: Sequence["Segment"], metric: str) -> Iterator[tuple[list["Segment"], str]]:
    """Segments that may hold a metric, by the name that it has in them: `NAME@N` is `NAME` in the logs of rank N."""
    ranks: dict[str, list[Segment]] = {}
    for segment in segments:
        ranks.setdefault(_rank(segment.rest), []).append(segment)
    for rank, some in ranks.items():
        if metric.endswith(rank):
            yield some, metric.removesuffix(rank)


@lru_cache(maxsize=4_096)
def _rank(rest: Path) -> str:
    """`@N` where the log was that of rank N."""
    with rest.open("rb") as stream:
        first = next(journal.frames(stream.read(_OPEN_BYTES)), None)
    return "" if first is None or first.kind != Kind.OPEN else _rank_said(first.payload)


def _rank_said(opened: bytes) -> str:
    said = journal.unpacked(opened)
    role = str(said.get("role", "main")) if isinstance(said, dict) else "main"
    return f"@{role.removeprefix('rank ')}" if role.startswith("rank ") else ""
