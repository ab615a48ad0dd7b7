"""Points of a metric as they are sent, and what the other side makes of them and of those it knew before."""

from collections.abc import Sequence

import numpy as np

from trackside.services.remote.protocol import numbers
from trackside.services.remote.protocol.calls import Known, Numbers, Points
from trackside.store.curves import Series
from trackside.store.pyramid import Buckets

NOTHING: Known = (0, 0, 0.0)


def packed_points(series: Series, known: Known = NOTHING) -> Points:
    """The points after those known; all where the last of these stands elsewhere by now."""
    start, step, time = known
    there = 0 < start <= len(series) and (series.step[start - 1], series.time[start - 1]) == (step, time)
    start = start if there else 0
    return Points(
        start=start,
        of=series.points,
        count=len(series) - start,
        step=numbers.packed(series.step[start:]),
        time=numbers.packed(series.time[start:]),
        value=numbers.packed(series.value[start:]),
        superseded=b"" if series.superseded is None else series.superseded.tobytes(),
    )


def known_of(series: Series | None) -> Known:
    """What is known already, as the other side is told it."""
    if series is None or not len(series):
        return NOTHING
    return series.points, int(series.step[-1]), float(series.time[-1])


def joined(before: Series | None, came: Points, *, superseded: bool = False) -> Series:
    """The points that were known, and those that came. ValueError where these make no sense."""
    flags = np.frombuffer(came.superseded, np.bool_) if superseded else None
    if flags is not None and len(flags) != came.count:
        raise ValueError(f"{len(flags)} flags are not those of {came.count} points")
    step = numbers.integers(came.step, came.count)
    time, value = numbers.floats(came.time, came.count), numbers.floats(came.value, came.count)
    if came.start and before is not None and came.start == before.points:
        step = np.concatenate([before.step, step])
        time, value = np.concatenate([before.time, time]), np.concatenate([before.value, value])
    elif came.start:
        raise ValueError("they go on after points that are not known here")
    return Series(step, time, value, flags, None if came.of == len(step) else came.of)


def between(series: Series, low: float | None, high: float | None) -> Series:
    """The points between two steps, and the ones next to these."""
    start = 0 if low is None else int(np.searchsorted(series.step, low, side="left")) - 1
    end = len(series) if high is None else int(np.searchsorted(series.step, high, side="right")) + 1
    piece = slice(max(0, start), end)
    return Series(series.step[piece], series.time[piece], series.value[piece])


def inside(around: Series, part: Series) -> Series:
    """An outline, with a part of its steps closer up."""
    if not len(part):
        return around
    before, after = around.step < part.step[0], around.step > part.step[-1]
    step, time, value = (
        np.concatenate([whole[before], piece, whole[after]])
        for whole, piece in ((around.step, part.step), (around.time, part.time), (around.value, part.value))
    )
    return Series(step, time, value, of=around.of)


def packed_buckets(buckets: Buckets) -> list[Numbers]:
    """All columns of buckets."""
    return [numbers.packed(column) for column in buckets]


def buckets_of(columns: Sequence[Numbers]) -> Buckets:
    """The same buckets. ValueError where the columns are no such."""
    count = len(columns[0].planes) // 8 if columns else 0
    whole = [numbers.integers(column, count) for column in columns]
    if len(whole) != len(Buckets._fields):
        raise ValueError("these are no buckets")
    return Buckets._make(
        column if name in ("step0", "step1", "n", "nonfinite") else column.view(np.float64)
        for name, column in zip(Buckets._fields, whole, strict=True)
    )
