"""A loss does not get better any more, or never did."""

import numpy as np

from trackside.health.curve import Curve, told
from trackside.health.shape import Floats
from trackside.model.health import Finding

_FEWEST = 24
_FIRST = 3
_SMALL = 0.01
_OF_LEVEL = 0.2
_ERRORS = 2.0


def plateau(curve: Curve, *, running: bool) -> Finding | None:
    """What was gained over the last two thirds is surely less than 1 % of all that was gained.

    Of a run that has ended only that it never gained anything: to be flat in the end is as it should be.
    """
    level = curve.shape.level
    if len(level) < _FEWEST:
        return None
    start, middle, end = (level[len(level) * third // 3 : len(level) * (third + 1) // 3] for third in range(3))
    first, last = float(level[:_FIRST].mean()), float(end.mean())
    scale = max(first - last, _OF_LEVEL * abs(first))
    if not running and first - last > _SMALL * abs(first):
        return None
    if abs(middle.mean() - last) > _SMALL * scale or _most_gained(middle, end) > _SMALL * scale:
        return None
    never = max(_most_gained(start, end), first - last) < _SMALL * abs(first)
    if never:
        sentence = f"{curve.metric} has not got better since the start: it stays at {told(last)}."
        return Finding(f"plateau:{curve.metric}", sentence, curve.shape.start(0))
    if not running:
        return None
    step = curve.shape.start(int(np.flatnonzero(level <= middle.mean() + _SMALL * scale)[0]))
    sentence = f"{curve.metric} has not got better since about step {step:,}: it stays at {told(last)}."
    return Finding(f"plateau:{curve.metric}", sentence, step)


def _most_gained(earlier: Floats, later: Floats) -> float:
    """The upper bound of how much better the later levels are."""
    error = np.sqrt(earlier.var(ddof=1) / len(earlier) + later.var(ddof=1) / len(later))
    return float(earlier.mean() - later.mean() + _ERRORS * error)
