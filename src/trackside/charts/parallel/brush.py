"""Brushes as keys make them: a part of an axis that begins, moves along it, and grows, in steps.

A numeric axis has STEPS of them, of equal height; one of categories has one for each. Ends within a numeric axis are
rounded well within a step, so that the filter that a brush means can be read.
"""

import math

import msgspec

from trackside.charts.parallel.axis import bounds_of, brushed_part, value_at
from trackside.charts.parallel.spec import Axis, Brush, Picked, Span

STEPS = 20

_FIRST = 4
"""A brush begins as one part of so many."""


class _Part(msgspec.Struct, frozen=True):
    """The steps from `low` to before `high`, of `steps` in all; 0 is at the bottom."""

    low: int
    high: int
    steps: int


def begun(axis: Axis) -> Brush | None:
    """A brush of the upper quarter of an axis; None where the axis has fewer than two values."""
    bounds = bounds_of(axis)
    if bounds is None or bounds[0] == bounds[1]:
        return None
    steps = len(axis.categories) or STEPS
    return _brush(axis, _Part(steps - max(1, steps // _FIRST), steps, steps))


def slid(axis: Axis, by: int) -> Brush | None:
    """The brush moved by so many steps towards the upper end, as far as there are any."""
    part = _part(axis)
    if part is None:
        return None
    by = min(max(by, -part.low), part.steps - part.high)
    return _brush(axis, _Part(part.low + by, part.high + by, part.steps))


def grown(axis: Axis, by: int) -> Brush | None:
    """The brush with so many steps more below, or above where there are none below; with one step at least."""
    part = _part(axis)
    if part is None:
        return None
    low = part.low - by
    high = min(part.high - min(low, 0), part.steps)
    return _brush(axis, _Part(min(max(low, 0), high - 1), high, part.steps))


def _part(axis: Axis) -> _Part | None:
    match axis.brush:
        case None:
            return None
        case Picked(categories):
            places = [place for place, name in enumerate(axis.categories) if name in categories]
            return _Part(min(places), max(places) + 1, len(axis.categories)) if places else None
        case _:
            lying = brushed_part(axis)
            if lying is None:
                return None
            low = min(round(lying[0] * STEPS), STEPS - 1)
            return _Part(low, max(round(lying[1] * STEPS), low + 1), STEPS)


def _brush(axis: Axis, part: _Part) -> Brush:
    if axis.kind == "category":
        return Picked(frozenset(axis.categories[part.low : part.high]))
    ends = sorted(_end(axis, step, part.steps) for step in (part.low, part.high))
    return Span(*ends)


def _end(axis: Axis, step: int, steps: int) -> float:
    value = value_at(axis, step / steps)
    if step in (0, steps):
        return value
    if axis.kind == "log":
        return float(f"{value:.3g}")
    nearby = value_at(axis, (step + 1) / steps)
    return round(value, 1 - math.floor(math.log10(abs(nearby - value))))
