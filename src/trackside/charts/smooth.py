"""Exponential moving average over all points of a curve, before any of them is reduced away.

The average is divided by the weight that it has gathered (Adam's bias correction, Kingma & Ba 2015, section 3), so
that its first values are not drawn towards zero. A value that is not finite stays where it is and is not averaged.
"""

import numpy as np
from msgspec.structs import replace

from trackside.charts.arrays import Floats
from trackside.charts.spec import Curve

_BLOCK = 4096


def smoothed(values: Floats, weight: float) -> Floats:
    """The average, `weight` of it (0 ≤ weight < 1) from what came before. Same length as `values`."""
    if not 0 < weight < 1:
        return values
    finite = np.isfinite(values)
    result = values.copy()
    result[finite] = _averaged(values[finite], weight)
    return result


def smoothed_curve(curve: Curve, weight: float) -> Curve:
    """The curve with its raw values, smoothed or not, behind the smoothed ones. A weight of 0 leaves it as it is."""
    if not 0 < weight < 1:
        return curve
    raw = raw_curve(curve).y
    return replace(curve, y=smoothed(raw, weight), behind=raw)


def raw_curve(curve: Curve) -> Curve:
    """The curve as it is without smoothing."""
    return curve if curve.behind is None else replace(curve, y=curve.behind, behind=None)


def _averaged(values: Floats, weight: float) -> Floats:
    """The recurrence a ← w·a + (1-w)·v, block by block: in a block so short that wⁿ is no underflow, it is one sum."""
    length = max(1, min(_BLOCK, int(-200 / np.log10(weight)))) if weight > 1e-200 else 1
    result = np.empty_like(values)
    scale = max(float(np.max(np.abs(values), initial=0.0)), 1e-300)
    average, gathered = 0.0, 0.0
    for start in range(0, len(values), length):
        part = values[start : start + length] / scale
        powers = weight ** np.arange(1, len(part) + 1)
        sums = powers * (average + np.cumsum(part * (1 - weight) / powers))
        weights = 1 - (1 - gathered) * powers
        result[start : start + length] = np.clip(sums / weights, -1, 1) * scale
        average, gathered = float(sums[-1]), float(weights[-1])
    return result
