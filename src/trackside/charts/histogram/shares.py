"""How the values of histograms are shared out: over the rows of a strip, and below a value."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trackside.charts.arrays import Floats
from trackside.charts.axis import spanning
from trackside.charts.histogram.spec import Histograms, columns
from trackside.model.histogram import Histogram, LoggedHistogram

_TAIL = 0.005
"""The part of the values at either end that may be left out of the range, if that makes it much smaller."""

_MUCH = 3.0
_KEPT = 8


class Quantile(NamedTuple):
    """A value below which a part of all values lie: nothing tells more than that it is from `low` to `high`.

    It is `value` if the values of each bin are evenly spread.
    """

    value: float
    low: float
    high: float


def of(logged: Sequence[LoggedHistogram]) -> Histograms:
    """Histograms in the order of their steps, and the range that shows them: all, or without a few far out."""
    held = [one for one in logged if one.total]
    if not held:
        return Histograms(tuple(logged), 0.0, 1.0)
    low, high = min(one.edges[0] for one in held), max(one.edges[-1] for one in held)
    left, right, counts = _pooled(held, [1 / one.total for one in held])
    order = np.argsort(left / 2 + right / 2, kind="stable")
    left, right, until = left[order], right[order], np.cumsum(counts[order])
    first, last = np.searchsorted(until, np.array([_TAIL, 1 - _TAIL]) * until[-1])
    near, far = float(left[first]), float(right[last])
    if not high / _MUCH - low / _MUCH > far - near > 0:
        scale = spanning(low, high)
        return Histograms(tuple(logged), scale.low, scale.high)
    outside = 1 - float(np.mean([np.diff(_below(one, np.array([near, far])))[0] for one in held]))
    return Histograms(tuple(logged), near, far, outside)


def quantiles(logged: Sequence[Histogram], parts: Sequence[float]) -> list[Quantile]:
    """The values below which these parts of all values lie, as closely as the bins can tell."""
    left, right, counts = _pooled(logged, [1.0] * len(logged))
    wanted = np.array(parts) * counts.sum()
    found = []
    for number, low, high in zip(wanted, _reached(left, counts, wanted), _reached(right, counts, wanted), strict=True):
        near = (right >= low) & (left <= high)
        rest = float(number - counts[right < low].sum())
        found.append(Quantile(_spread(left[near], right[near], counts[near], rest, low, high), low, high))
    return found


@lru_cache(_KEPT)
def shares(histograms: Histograms, cells: int, rows: int) -> Floats:
    """The part of the values in each row, from the bottom, of each column: float64[columns, rows].

    A column of several histograms has the mean of theirs. What lies outside of the range is in the outermost rows.
    """
    parts = columns(len(histograms.logged), cells)
    along = np.arange(rows + 1) / rows
    borders = histograms.low * (1 - along) + histograms.high * along
    found = np.zeros((parts.count, rows))
    for column in range(parts.count):
        held = [one for one in histograms.logged[parts.inside(column)] if one.total]
        if held:
            found[column] = np.mean([np.diff(_whole(_below(one, borders))) for one in held], axis=0)
    return found


def _below(histogram: Histogram, places: Floats) -> Floats:
    """The part of its values that lies below each place."""
    until = np.concatenate([[0.0], np.cumsum(histogram.counts)])
    return np.asarray(np.interp(places, histogram.all_edges(), until / until[-1]))


def _whole(below: Floats) -> Floats:
    """With all that lies outside of the first and the last place."""
    below[0], below[-1] = 0.0, 1.0
    return below


def _pooled(logged: Sequence[Histogram], weights: Sequence[float]) -> tuple[Floats, Floats, Floats]:
    """The bins of all histograms that are not empty, each count times the weight of its histogram: edges, counts."""
    edges = [np.array(one.all_edges()) for one in logged]
    left, right = (np.concatenate([one[span] for one in edges]) for span in (slice(-1), slice(1, None)))
    counts = np.concatenate([np.array(one.counts) * weight for one, weight in zip(logged, weights, strict=True)])
    held = counts > 0
    return left[held], right[held], counts[held]


def _reached(edges: Floats, counts: Floats, wanted: Floats) -> list[float]:
    """Where each of these numbers of values is reached if those of each bin are all at its edge."""
    order = np.argsort(edges)
    found: list[float] = edges[order][np.searchsorted(np.cumsum(counts[order]), wanted)].tolist()
    return found


def _spread(left: Floats, right: Floats, counts: Floats, wanted: float, low: float, high: float) -> float:
    """Where, from `low` to `high`, so many values are reached if those of each bin are evenly spread."""
    width = right / 2 - left / 2

    def below(place: float) -> float:
        full = (place > left).astype(float)
        return float(counts @ np.divide(place / 2 - left / 2, width, out=full, where=width > 0).clip(0, 1))

    edges = np.unique(np.concatenate([left, right]))
    edges = edges[(edges >= low) & (edges <= high)]
    after = bisect_left(edges, wanted, key=below)
    if after == len(edges):
        return high
    before = float(edges[max(after - 1, 0)])
    until = below(before) + float(counts[(width == 0) & (left == before)].sum())
    if wanted <= until:
        return before
    part = (wanted - until) / (below(float(edges[after])) - until)
    return before * (1 - part) + float(edges[after]) * part
