"""A curve in buckets: made from points, joined, and made coarser until it fits a screen. It knows arrays, no file."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trackside.store.decode import Floats, Steps

BUCKET = 256
"""Points that the finest bucket holds."""


class Buckets(NamedTuple):
    """Neighbouring points taken together. Statistics are over finite values, NaN where a bucket has none."""

    step0: Steps
    step1: Steps
    min: Floats
    max: Floats
    mean: Floats
    last: Floats
    n: Steps
    nonfinite: Steps

    def piece(self, start: int, end: int) -> "Buckets":
        """Some of the buckets; no array is copied."""
        return Buckets._make(column[start:end] for column in self)


_STEPS, _VALUES = np.zeros(0, np.int64), np.zeros(0, np.float64)
NONE = Buckets(_STEPS, _STEPS, _VALUES, _VALUES, _VALUES, _VALUES, _STEPS, _STEPS)


def of(step: Steps, values: Floats) -> Buckets:
    """The buckets of `values[n, k]` in the order of (step, time), metric after metric."""
    if not values.size:
        return NONE
    starts = np.arange(0, len(step), BUCKET)
    ends = np.minimum(starts + BUCKET, len(step)) - 1
    finite = np.isfinite(values)
    whole = bool(finite.all())
    count = (ends - starts + 1).astype(np.int64)[:, None]
    known = np.broadcast_to(count, (len(starts), values.shape[1]))
    if not whole:
        known = np.add.reduceat(finite, starts, axis=0, dtype=np.int64)
    low, high, summed = (values if whole else np.where(finite, values, other) for other in (np.inf, -np.inf, 0.0))
    some = known > 0
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduceat(summed, starts, axis=0)
        columns = (
            np.broadcast_to(step[starts][:, None], known.shape),
            np.broadcast_to(step[ends][:, None], known.shape),
            np.where(some, np.minimum.reduceat(low, starts, axis=0), np.nan),
            np.where(some, np.maximum.reduceat(high, starts, axis=0), np.nan),
            np.where(some, total / np.maximum(known, 1), np.nan),
            values[ends],
            np.broadcast_to(count, known.shape),
            count - known,
        )
    return Buckets._make(np.ascontiguousarray(column.T).reshape(-1) for column in columns)


def joined(parts: Sequence[Buckets]) -> Buckets:
    """The buckets of all parts, by their steps."""
    some = [part for part in parts if len(part.step0)]
    if not some:
        return NONE
    every = Buckets._make(map(np.concatenate, zip(*some, strict=True)))
    if in_order(every.step0, every.step1):
        return every
    order = np.lexsort((every.step1, every.step0))
    return Buckets._make(column[order] for column in every)


def coarser(buckets: Buckets, points: int) -> Buckets:
    """Neighbouring buckets taken together until at most `points` are left."""
    together = -(-len(buckets.step0) // max(1, points))
    if together <= 1:
        return buckets
    starts = np.arange(0, len(buckets.step0), together)
    ends = np.minimum(starts + together, len(buckets.step0)) - 1
    n, nonfinite = (np.add.reduceat(column, starts) for column in (buckets.n, buckets.nonfinite))
    weights = buckets.n - buckets.nonfinite
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduceat(np.where(weights > 0, buckets.mean * weights, 0.0), starts)
        return Buckets(
            np.minimum.reduceat(buckets.step0, starts),
            np.maximum.reduceat(buckets.step1, starts),
            np.fmin.reduceat(buckets.min, starts),
            np.fmax.reduceat(buckets.max, starts),
            np.where(n > nonfinite, total / np.maximum(n - nonfinite, 1), np.nan),
            buckets.last[ends],
            n,
            nonfinite,
        )


def in_order(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64] | Floats) -> bool:
    """Whether pairs are sorted already, as those of a run that was never resumed are."""
    if (first[1:] > first[:-1]).all():
        return True
    return bool(((first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] >= second[:-1]))).all())
