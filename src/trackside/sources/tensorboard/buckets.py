"""Buckets of histograms, as event files have them: hundreds at times, most of them empty or very narrow."""

import numpy as np
from numpy.typing import NDArray

from trackside.model.histogram import Histogram, held
from trackside.sources.histograms import sensible
from trackside.sources.protobuf import Message

_LEAST, _GREATEST, _TOTAL, _LIMITS, _COUNTS = 1, 2, 3, 6, 7


def of_limits(histogram: Message) -> Histogram | None:
    """Of a HistogramProto, whose buckets end at their limits; the outermost may reach as far as floats do.

    None where it makes no sense.
    """
    limits, counts = histogram.doubles(_LIMITS), histogram.doubles(_COUNTS)
    first, after = held(counts)
    if first == after and not histogram.double(_TOTAL):
        return Histogram()
    if len(limits) != len(counts) or first == after:
        return None
    before = limits[first - 1] if first else histogram.double(_LEAST)
    edges = [max(before, histogram.double(_LEAST)), *limits[first : after - 1]]
    edges.append(min(limits[after - 1], histogram.double(_GREATEST)))
    return sensible(counts[first:after], edges)


def of_rows(numbers: NDArray[np.float64]) -> Histogram | None:
    """Of rows of left, right, count; None where they do not follow one another."""
    left, right, counts = numbers.reshape(-1, 3).T
    if not len(left):
        return Histogram()
    if not np.array_equal(left[1:], right[:-1]):
        return None
    return sensible(counts.tolist(), [*left.tolist(), float(right[-1])])
