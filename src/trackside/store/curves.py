"""Curves of a run: every point of a metric, or an overview of them, from sealed segments and from logs as they grow.

A log that vanishes while it is read was sealed: then all is read again. Points that a resume replaced are left out,
unless they are asked for.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from trackside.model.errors import DamagedError
from trackside.model.histogram import LoggedHistogram
from trackside.store import pyramid, resumes, tails
from trackside.store.decode import Block, Floats, Steps
from trackside.store.layout import LOG, RunPaths
from trackside.store.pyramid import Buckets
from trackside.store.resumes import Resume
from trackside.store.tails import Head, Points, Tail, TailCache, Text

if TYPE_CHECKING:
    from trackside.store.segments import Segment

Overview: TypeAlias = Buckets
Flags: TypeAlias = npt.NDArray[np.bool_]
T = TypeVar("T")

_ATTEMPTS = 5
_NO_STEPS: Steps = np.zeros(0, np.int64)
_NO_FLOATS: Floats = np.zeros(0, np.float64)


class Series(msgspec.Struct, frozen=True):
    """Points of a metric in the order of (step, time): `step` int64[n], `time` float64[n], `value` float64[n].

    `superseded` bool[n] says of each whether a resume replaced it, where such points were asked for. Of an outline,
    `of` is how many points it stands for.
    """

    step: Steps
    time: Floats
    value: Floats
    superseded: Flags | None = None
    of: int | None = None

    @property
    def points(self) -> int:
        """How many points there are, those included that an outline leaves out."""
        return len(self) if self.of is None else self.of

    def __len__(self) -> int:
        return len(self.step)


def series(run: RunPaths, metric: str, cache: TailCache | None = None, *, superseded: bool = False) -> Series:
    """Every point of a metric that counts; `superseded` asks for those too that a resume replaced.

    There is none where the run has no such metric. `NAME@N` is the series of rank N.
    """
    parts = list(_parts(run, metric, cache or TailCache()))
    if superseded:
        kept = [(*points, _flags(points[0], cut)) for points, cut in parts]
        none: tuple[npt.NDArray[Any], ...] = (_NO_STEPS, _NO_FLOATS, _NO_FLOATS, np.zeros(0, np.bool_))
        step, time, value, flags = _in_order(kept or [none])
        return Series(step, time, value, flags)
    counting = [_before(points, cut) for points, cut in parts]
    step, time, value = _in_order(counting or [(_NO_STEPS, _NO_FLOATS, _NO_FLOATS)])
    return Series(step, time, value)


def overview(run: RunPaths, metric: str, points: int, cache: TailCache | None = None) -> Overview:
    """A metric in at most `points` buckets: pyramids of what is sealed, and the logs that are not."""
    from trackside.store import segments

    tail_cache = cache or TailCache()
    found = _read(run, lambda log: tail_cache.read(log, lambda tail: tail.points(metric)))
    parts: list[Buckets] = []
    for some in found.sealed_with(metric):
        whole = segments.buckets(some.segments, some.name_of(metric))
        if some.cut is None or all((buckets.step1 < some.cut).all() for buckets in whole):
            parts += whole
        else:
            parts += map(_buckets, _before_all(segments.points(some.segments, some.name_of(metric)), some.cut))
    for log, cut in found.hot:
        if kept := _before_all(log, cut):
            parts.append(_buckets(_in_order(kept)))
    return pyramid.coarser(pyramid.joined(parts), points)


def texts(run: RunPaths, name: str, cache: TailCache | None = None) -> list[Text]:
    """Step, time and words of what was logged as text under `name`, by (step, time)."""
    return _logged(run, cache, lambda tail: tail.texts(name), lambda text: text[:2])


def histograms(run: RunPaths, name: str, cache: TailCache | None = None) -> list[LoggedHistogram]:
    """The histograms that were logged under `name`, by (step, time)."""
    return _logged(run, cache, lambda tail: tail.histograms(name), lambda one: (one.step, one.time))


def sealed_rows(run: RunPaths, stem: str, metrics: Iterable[str]) -> list[Block]:
    """The rows of a sealed log as far as they are of these metrics, metric by metric, in the order of their times."""
    from trackside.store import segments

    segment = segments.sealed(run.segments)[stem]
    blocks = []
    for metric in sorted(metrics):
        for step, time, value in segments.points([segment], metric):
            order = np.argsort(time, kind="stable")
            blocks.append(Block((metric,), step[order], time[order], value[order][:, None]))
    return blocks


def _logged(
    run: RunPaths, cache: TailCache | None, wanted: Callable[[Tail], list[T]], at: Callable[[T], tuple[int, float]]
) -> list[T]:
    """What is `wanted` of all logs and is no row of floats, as far as it counts, by the (step, time) it is `at`."""
    tail_cache = cache or TailCache()
    found = _read(run, lambda log: tail_cache.read(log, wanted))
    logged = list(found.hot)
    for some in found.sealed:
        logged += [(wanted(tails.sealed(segment.rest)), some.cut) for segment in some.segments]
    return sorted((one for log, cut in logged for one in log if cut is None or at(one)[0] < cut), key=at)


def _parts(run: RunPaths, metric: str, cache: TailCache) -> Iterable[tuple[Points, int | None]]:
    """Points of a metric, and the step from which they are superseded. What reads sealed ones is loaded for these."""
    found = _read(run, lambda log: cache.read(log, lambda tail: tail.points(metric)))
    if sealed := found.sealed_with(metric):
        from trackside.store import segments

        for some in sealed:
            for points in segments.points(some.segments, some.name_of(metric)):
                yield points, some.cut
    for log, cut in found.hot:
        for points in log:
            yield points, cut


def _before(points: Points, cut: int | None) -> Points:
    if cut is None:
        return points
    step, time, value = points
    kept = step < cut
    return step[kept], time[kept], value[kept]


def _before_all(parts: Iterable[Points], cut: int | None) -> list[Points]:
    kept = [_before(points, cut) for points in parts]
    return [points for points in kept if len(points[0])]


def _flags(step: Steps, cut: int | None) -> Flags:
    return np.zeros(len(step), np.bool_) if cut is None else step >= cut


def _buckets(points: Sequence[npt.NDArray[Any]]) -> Buckets:
    step, _, value = points
    return pyramid.of(step, value[:, None])


def _in_order(parts: Sequence[Sequence[npt.NDArray[Any]]]) -> tuple[npt.NDArray[Any], ...]:
    """Columns of all points by (step, time), which come first; equal ones as they come."""
    columns = tuple(parts[0]) if len(parts) == 1 else tuple(map(np.concatenate, zip(*parts, strict=True)))
    step, time = columns[:2]
    if pyramid.in_order(step, time):
        return columns
    order = np.lexsort((time, step))
    return tuple(column[order] for column in columns)


class _Sealed(msgspec.Struct, frozen=True):
    """Segments that can be read together: their series end in `suffix`, and are superseded from `cut` on."""

    suffix: str
    cut: int | None
    segments: list["Segment"]

    def name_of(self, metric: str) -> str:
        """The name that a metric has in these: `NAME@N` is `NAME` in the logs of rank N."""
        return metric.removesuffix(self.suffix)


class _Found(msgspec.Struct, Generic[T], frozen=True):
    """What there is of a run: what was read of each log that is not sealed, with its cut, and the segments."""

    hot: list[tuple[T, int | None]]
    sealed: list[_Sealed]

    def sealed_with(self, metric: str) -> list[_Sealed]:
        """Those segments that may hold a metric."""
        return [some for some in self.sealed if metric.endswith(some.suffix)]


def _read(run: RunPaths, read: Callable[[Path], tuple[Head, T]]) -> _Found[T]:
    """What `read` gives for each log that is not sealed, and the segments of the others: none is in both or in neither.

    `w/` is listed before `seg/`, so that a log that is sealed in between is seen as sealed; one that is sealed after
    both cannot be opened any more, and all is listed again.
    """
    for _ in range(_ATTEMPTS):
        logs = _logs(run)
        segments = _segments(run)
        try:
            hot = [read(log) for log in logs if log.name.removesuffix(LOG) not in segments]
            return _found(hot, list(segments.values()))
        except FileNotFoundError:
            continue
    raise DamagedError(f"the files of {run.root} vanish while they are read; `trackside doctor` tells what is there")


def _found(hot: list[tuple[Head, T]], segments: list["Segment"]) -> _Found[T]:
    heads = [tails.sealed_head(segment.rest) for segment in segments]
    resumed = [head.resume for head in (*heads, *(head for head, _ in hot)) if head.resume is not None]
    together: dict[tuple[str, int | None], list[Segment]] = {}
    for head, segment in zip(heads, segments, strict=True):
        together.setdefault((resumes.whose(head.opened), _cut(head, resumed)), []).append(segment)
    sealed = [_Sealed(suffix, cut, some) for (suffix, cut), some in together.items()]
    return _Found([(read, _cut(head, resumed)) for head, read in hot], sealed)


def _cut(head: Head, resumed: Sequence[Resume]) -> int | None:
    return resumes.superseded_from(head.opened, resumed) if resumed else None


def _logs(run: RunPaths) -> list[Path]:
    """Inside a store no link is followed."""
    try:
        with os.scandir(run.logs) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return [run.logs / name for name in sorted(names) if name.endswith(LOG) and name[0] != "."]


def _segments(run: RunPaths) -> dict[str, "Segment"]:
    if not run.segments.is_dir():
        return {}
    from trackside.store import segments

    return segments.sealed(run.segments)
