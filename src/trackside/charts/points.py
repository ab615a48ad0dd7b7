"""Finding points of a curve by x: by bisection where x never falls, so that a key costs the same at any length."""

from collections.abc import Sequence

import numpy as np

from trackside.charts.arrays import Floats, Indices
from trackside.charts.spec import Curve


def around(curve: Curve, values: Sequence[float]) -> Indices:
    """Indices of the points before, at and after each of the values; of all points where x may fall."""
    if not curve.rising:
        return np.flatnonzero(np.isfinite(curve.x))
    first, after = (np.searchsorted(curve.x, values, side=side) for side in ("left", "right"))
    found = np.unique(np.concatenate([first - 1, first, after - 1, after]))
    return np.asarray(found[(found >= 0) & (found < len(curve.x))])


def nearest(curve: Curve, value: float, *, log: bool = False) -> int | None:
    """The index of the point nearest to a value of x: of several the first. None without points."""
    found = around(curve, [value])
    if len(found) == 0:
        return None
    x = curve.x[found]
    with np.errstate(all="ignore"):
        away = np.abs(np.log(x) - np.log(value)) if log else np.abs(x - value)
    return int(found[np.nanargmin(away)]) if np.isfinite(away).any() else None


def extent(curve: Curve, *, log: bool = False) -> Floats:
    """The least and the greatest x that has a place on the axis, or nothing."""
    x = curve.x
    if curve.rising:
        x = x[int(np.searchsorted(x, 0.0, side="right")) :] if log else x
        return np.asarray(x[[0, -1]] if len(x) else x)
    x = x[np.isfinite(x) & (x > 0)] if log else x[np.isfinite(x)]
    return np.array([x.min(), x.max()]) if len(x) else x
