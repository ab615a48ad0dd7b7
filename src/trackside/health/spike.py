"""A loss jumps far above where it was, and comes back."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from trackside.health.curve import Curve, middle, noise, told
from trackside.health.shape import Floats
from trackside.model.health import Finding

_BEFORE = 12
_SIGMAS = 7.0
_RATIO = math.log(1.5)
_RANGE = 0.25
_BACK = 0.3


def spike(curve: Curve) -> Finding | None:
    """The highest jump of those that came back."""
    shape = curve.shape
    if len(shape) < _BEFORE + 2:
        return None
    cells, level = shape.cells, shape.level
    low, high, least = cells["low"], cells["high"], _RANGE * float(level.max() - level.min())
    if curve.is_positive():
        low, high, level, least = np.log(low), np.log(high), np.log(level), _RATIO
    if (high[1:] - np.minimum.accumulate(level)[:-1]).max() <= least:
        return None
    before = _medians(level, _BEFORE)[:-2]
    above = high[_BEFORE:-1] - before
    after = np.minimum(level[_BEFORE + 1 :], np.append(level[_BEFORE + 2 :], np.inf))
    spread = noise(shape, low, high)
    jumped = (above > np.maximum(least, _SIGMAS * middle(spread))) & (after - before < _BACK * above)
    if jumped.any():
        # Only now, for it takes as long as all before: also against the noise just before each.
        jumped &= above > _SIGMAS * _medians(spread, _BEFORE - 1)[:-2]
    if not jumped.any():
        return None
    place = int(np.argmax(np.where(jumped, above, -np.inf)))
    cell = _BEFORE + place
    step = int(cells["high_at"][cell])
    usual, top = told(float(shape.level[cell - 1])), told(float(cells["high"][cell]))
    others = int(jumped.sum()) - 1
    more = f"; smaller jumps besides: {others}" if others else ""
    sentence = f"{curve.metric} jumped from {usual} to {top} at step {step:,} and came back{more}."
    return Finding(f"spike:{curve.metric}", sentence, step)


def _medians(values: Floats, window: int) -> Floats:
    """The median of each window."""
    medians: Floats = np.sort(sliding_window_view(values, window), axis=1)[:, window // 2]
    return medians
