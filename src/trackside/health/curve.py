"""A shape as the rules look at it: levels, and how far single points lie from them by chance."""

from functools import cache
from statistics import NormalDist

import msgspec
import numpy as np

from trackside.health.shape import Floats, Shape

_SPAN_POWERS = 63
_LARGEST = 1e150
"""The squares of what lies within are finite, and so are their sums."""


class Curve(msgspec.Struct, frozen=True):
    """A metric by its name, its shape, and its smallest finite point: value and step."""

    metric: str
    shape: Shape
    low: float | None = None
    low_at: int | None = None

    def can_be_judged(self) -> bool:
        """Whether it has finite points, none of them so large that reckoning with them would overflow."""
        cells = self.shape.cells
        return len(cells) > 0 and bool(cells["low"].min() > -_LARGEST and cells["high"].max() < _LARGEST)

    def is_positive(self) -> bool:
        """Whether all its values are above 0, so that they can be compared by ratios."""
        return bool(self.shape.cells["low"].min() > 0)


def noise(shape: Shape, low: Floats, high: Floats) -> Floats:
    """Standard deviation of single points, of each cell with the one before it; float64[len(shape) - 1].

    It is the range of the points over the range that so many Gaussian ones have on average: d2 of the control charts.
    A trend counts as noise, which keeps rules silent where a curve falls steeply.
    """
    count = shape.cells["count"]
    span = np.maximum(high[1:], high[:-1]) - np.minimum(low[1:], low[:-1])
    powers, spans = _spans()
    spread: Floats = span / np.interp(np.log2(count[1:] + count[:-1]), powers, spans)
    return spread


def middle(values: Floats) -> float:
    """The upper of the medians."""
    return float(np.sort(values)[len(values) // 2])


@cache
def _spans() -> tuple[Floats, Floats]:
    """The expected range of 2^k standard Gaussian values for k = 1, 2, …, by Blom's approximation."""
    powers = np.arange(1.0, _SPAN_POWERS)
    normal = NormalDist()
    tails = [0.625 / (2.0**power + 0.25) for power in powers]
    return powers, np.array([-2 * normal.inv_cdf(tail) for tail in tails])


def told(value: float) -> str:
    """A value in a sentence, to three digits."""
    return f"{value:.3g}"
