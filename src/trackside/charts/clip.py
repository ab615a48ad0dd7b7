"""Clipping: line segments to the canvas, and the y axis to where the curves mostly are.

Source of the segment clipping: Liang and Barsky, ACM Transactions on Graphics 3(1), 1984, here for arrays.
"""

import msgspec
import numpy as np

from trackside.charts.arrays import Flags, Floats, Indices

_OUTLIERS = 0.02
"""The largest part of the values that may lie outside a clipped axis, half of it on either side."""
_WORTH_IT = 10.0
"""How many times longer the axis must be with the outliers than without, before they are clipped."""


class Segments(msgspec.Struct, frozen=True):
    """Line segments in pixels, one a row, and which of those asked for they were."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    source: Indices


def clipped(x: Floats, y: Floats, joined: Flags, width: int, height: int) -> Segments:
    """The segments between consecutive points, where they are joined, cut to 0 ≤ x ≤ width-1, 0 ≤ y ≤ height-1."""
    source = np.flatnonzero(joined & np.isfinite(x[:-1] + x[1:]) & np.isfinite(y[:-1] + y[1:]))
    x0, y0 = x[source], y[source]
    dx, dy = x[source + 1] - x0, y[source + 1] - y0
    enter, leave = np.zeros(len(source)), np.ones(len(source))
    within = np.ones(len(source), dtype=bool)
    for towards, distance in ((-dx, x0), (dx, width - 1 - x0), (-dy, y0), (dy, height - 1 - y0)):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            cut = distance / towards
        enter = np.where(towards < 0, np.maximum(enter, cut), enter)
        leave = np.where(towards > 0, np.minimum(leave, cut), leave)
        within &= (towards != 0) | (distance >= 0)
    within &= enter <= leave
    x0, y0, dx, dy, enter, leave = (part[within] for part in (x0, y0, dx, dy, enter, leave))
    return Segments(x0 + enter * dx, y0 + enter * dy, x0 + leave * dx, y0 + leave * dy, source[within])


def without_outliers(values: Floats) -> tuple[float, float]:
    """The span to show of some finite values: all of it, unless a few outliers would squash the rest.

    Bounds are moved only on the side where the outliers are.
    """
    if len(values) == 0:
        return np.nan, np.nan
    low, high = float(np.min(values)), float(np.max(values))
    if len(values) < 2 / _OUTLIERS:
        return low, high
    beyond = int(len(values) * _OUTLIERS / 2)
    ordered = np.partition(values, [beyond, len(values) - 1 - beyond])
    near_low, near_high = float(ordered[beyond]), float(ordered[-1 - beyond])
    near = near_high / 2 - near_low / 2
    aside = near * 0.2
    if near > 0:
        if near_low / 2 - low / 2 > near * _WORTH_IT:
            low = near_low - aside
        if high / 2 - near_high / 2 > near * _WORTH_IT:
            high = near_high + aside
    return low, high
