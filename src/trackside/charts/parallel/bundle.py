"""The lines between two neighbouring axes: how many runs pass through each dot, and how they rank.

A line leaves each axis level, so that the eye follows it across. Of many runs, those that go from one region of an
axis to one of the next are drawn together half-way (bundled as in McDonnell & Mueller 2008), which leaves room between
the bundles; on the axes themselves every line lies where its value is. All sums are exact, so that the order of runs
changes nothing.
"""

import msgspec
import numpy as np

from trackside.charts.arrays import Floats, Indices

_REGIONS = 6
"""Regions of an axis between which lines are bundled."""

_LOOSE, _TIGHT = 0.15, 0.7
"""Up to so many runs for each dot of an axis nothing is bundled; from so many on, as tightly as it gets."""

_TIGHTEST = 0.9


class Panel(msgspec.Struct, frozen=True):
    """What lies between two axes: dots across and up, of which the lowest `base` are for runs without a value."""

    columns: int
    rows: int
    base: int

    def dots(self, places: Floats) -> Floats:
        """Places on an axis, 0 to 1, as dots and 64ths of dots; NaN lies in the middle of the base's lower half."""
        dots = self.base + np.rint(places * (self.rows - self.base - 1) * 64) / 64
        return np.where(np.isnan(places), (self.base // 2 - 1) // 2, dots)


class Weave(msgspec.Struct, frozen=True):
    """Runs through each dot, and the sum of their ranks; row 0 lowest."""

    runs: Floats
    ranks: Floats


def lines(left: Floats, right: Floats, panel: Panel) -> Indices:
    """The dot of each run (a row) at the edges of the columns, from places on the `left` axis to those on the `right`.

    Places are 0 to 1, NaN without a value.
    """
    low, high = panel.dots(left), panel.dots(right)
    along = np.linspace(0, 1, panel.columns + 1)
    level = along * along * (3 - 2 * along)
    middle = (low + high) / 2
    pull = _tightness(len(left) / panel.rows) * (_bundled(_region(left), _region(right), middle) - middle)
    dots = low[:, None] + (high - low)[:, None] * level + pull[:, None] * (4 * along * (1 - along)) ** 2
    return np.clip(np.rint(dots), 0, panel.rows - 1).astype(np.intp)


def weave(drawn: Indices, ranks: Floats, panel: Panel) -> Weave:
    """Adds up some lines and the ranks of their runs, which are whole numbers.

    A line covers in each column what lies from its dot there to just before its dot in the next one.
    """
    here, there = drawn[:, :-1], drawn[:, 1:]
    first = np.where(there < here, there + 1, here)
    last = np.where(there > here, there - 1, here)
    column = np.arange(panel.columns)
    begins, ends = (first * panel.columns + column).ravel(), ((last + 1) * panel.columns + column).ravel()

    def summed(weights: Floats | None) -> Floats:
        size = (panel.rows + 1) * panel.columns
        change = np.bincount(begins, weights, size) - np.bincount(ends, weights, size)
        return np.asarray(np.cumsum(change.reshape(-1, panel.columns), axis=0)[:-1], dtype=np.float64)

    return Weave(summed(None), summed(np.repeat(ranks, panel.columns)))


def _tightness(runs_a_dot: float) -> float:
    return _TIGHTEST * min(max((runs_a_dot - _LOOSE) / (_TIGHT - _LOOSE), 0.0), 1.0)


def _bundled(left: Indices, right: Indices, middle: Floats) -> Floats:
    """The mean of `middle` over the lines that go from one region to the same other one."""
    bundle = left * (_REGIONS + 1) + right
    means = np.bincount(bundle, middle) / np.maximum(np.bincount(bundle), 1)
    return np.asarray(means[bundle], dtype=np.float64)


def _region(places: Floats) -> Indices:
    """0 for no value, else 1 and up."""
    known = np.nan_to_num(places, nan=-1.0)
    return np.where(known < 0, 0, 1 + np.clip(known * _REGIONS, 0, _REGIONS - 1).astype(np.intp))
