"""An axis of parallel coordinates: what kind it is, where values lie on it, and which runs its brush asks for."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from trackside.charts.arrays import Flags, Floats
from trackside.charts.axis import Scale, spanning, ticks
from trackside.charts.parallel.spec import Axis, ParallelSpec, Picked
from trackside.model.goals import Goal
from trackside.model.natural import natural
from trackside.model.params import param_text
from trackside.model.run import Param
from trackside.model.visible import visible

FEW = 6
"""On parallel axes so many different numbers, of which runs share each, are categories: each has its label."""

_RUNS_A_CATEGORY = 2
"""Numbers that fewer runs share on average are laid out as numbers."""

DECADES = 2.0
"""Positive values that span so many powers of ten may be laid out by their logarithm."""


class Tick(msgspec.Struct, frozen=True):
    """A label at a place of an axis, from 0 at the bottom to 1 at the top."""

    place: float
    text: str
    category: str | None = None


def axis_of(key: str, values: Sequence[Param], goal: Goal | None = None, *, few: int = FEW) -> Axis:
    """The axis of a key, of the kind that its values have; None and what is not finite is no value.

    Numbers without a goal are categories where they are `few` or fewer and runs share them.
    """
    words = [param_text(value) for value in values]
    if any(value is not None and (isinstance(value, bool) or not isinstance(value, int | float)) for value in values):
        names = sorted({word for word in words if word is not None}, key=natural, reverse=True)
        return _categories(key, words, names, goal)
    numbers = np.array([value if isinstance(value, int | float) else math.nan for value in values], dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    different = np.unique(finite).tolist()
    if goal is None and 0 < len(different) <= min(few, len(finite) // _RUNS_A_CATEGORY):
        return _categories(key, words, [str(param_text(value)) for value in different], goal)
    return Axis(key, numbers, "log" if _spans_decades(finite) else "number", goal=goal)


def places(axis: Axis) -> Floats:
    """Where each run lies on the axis: 0 at the bottom, 1 at the top, NaN without a value."""
    if axis.kind == "category":
        return (axis.values + 0.5) / len(axis.categories)
    bounds = bounds_of(axis)
    if bounds is None or bounds[0] == bounds[1]:
        return np.where(np.isfinite(axis.values), 0.5, np.nan)
    return _place(axis, axis.values)


def value_at(axis: Axis, place: float) -> float:
    """The value at a place of a numeric axis that has two values or more: at 0 and 1 its ends, to the last digit."""
    bounds = bounds_of(axis)
    assert bounds is not None
    part = 1 - place if axis.goal == "min" else place
    return bounds[int(part)] if part in (0, 1) else _scale(axis).value(part, 2)


def bounds_of(axis: Axis) -> tuple[float, float] | None:
    """The least and the greatest of its values; None without any."""
    finite = axis.values[np.isfinite(axis.values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None


def kept(spec: ParallelSpec) -> Flags:
    """Which runs every brush asks for. A run without a value on a brushed axis is not asked for."""
    found = np.ones(spec.runs, dtype=np.bool_)
    for axis in spec.axes:
        found &= asked_for(axis)
    return found


def asked_for(axis: Axis) -> Flags:
    """Which runs the brush of this axis asks for."""
    match axis.brush:
        case None:
            return np.ones(len(axis.values), dtype=np.bool_)
        case Picked(categories):
            wanted = [place for place, name in enumerate(axis.categories) if name in categories]
            return np.isin(axis.values, wanted)
        case span:
            return np.asarray((axis.values >= span.low) & (axis.values <= span.high), dtype=np.bool_)


def brushed_part(axis: Axis) -> tuple[float, float] | None:
    """The places between which a numeric axis is brushed; None where it is not."""
    if axis.brush is None or isinstance(axis.brush, Picked):
        return None
    bounds = bounds_of(axis)
    if bounds is None:
        return None
    inside = np.clip(np.array([axis.brush.low, axis.brush.high]), *bounds)
    low, high = sorted(_place(axis, inside).tolist())
    return low, high


def ends(axis: Axis) -> tuple[str, str]:
    """The labels of the lower and of the upper end; empty where there is one value, or a label for each category."""
    bounds = bounds_of(axis)
    if axis.kind == "category" or bounds is None or bounds[0] == bounds[1]:
        return "", ""
    low, high = map(label, bounds)
    return (high, low) if axis.goal == "min" else (low, high)


def inner_ticks(axis: Axis, most: int) -> list[Tick]:
    """The labels within the axis: of the categories, of the only value, or of at most about `most` round values."""
    if axis.kind == "category":
        size = len(axis.categories)
        return [Tick((place + 0.5) / size, visible(name), name) for place, name in enumerate(axis.categories)]
    bounds = bounds_of(axis)
    if bounds is None:
        return []
    if bounds[0] == bounds[1]:
        return [Tick(0.5, label(bounds[0]))]
    values = ticks(_scale(axis), most) if most else []
    lying = _place(axis, np.array([value for value, _ in values], dtype=np.float64))
    return [Tick(float(place), text) for place, (_, text) in zip(lying, values, strict=True)]


def label(value: float) -> str:
    """A value of an axis to read: three figures, whole thousands in full."""
    size = abs(value)
    if size and not 1e-3 <= size < 1e5:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{float(f'{value:.3g}'):.10g}" if size < 1e3 else f"{value:,.0f}"


def ranks(axis: Axis) -> Floats:
    """The rank of each run on the axis, from 0 to 1, the best 1; equal values share theirs. NaN without a value."""
    values = -axis.values if axis.goal == "min" else axis.values
    finite = np.isfinite(values)
    found = np.full(len(values), np.nan)
    _, group, counts = np.unique(values[finite], return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    found[finite] = ((before + (counts - 1) / 2) / max(int(finite.sum()) - 1, 1))[group]
    return found


def _categories(key: str, words: Sequence[str | None], names: Sequence[str], goal: Goal | None) -> Axis:
    """The axis of these names, from the bottom up; a word that is none of them is no value."""
    place = {name: number for number, name in enumerate(names)}
    values = np.array([math.nan if word is None else place.get(word, math.nan) for word in words], dtype=np.float64)
    return Axis(key, values, "category", tuple(names), goal)


def _spans_decades(numbers: Floats) -> bool:
    """Whether positive numbers span decades, and lie less to one side by their logarithm than as they are."""
    if len(numbers) == 0 or not numbers.min() > 0 or math.log10(numbers.max()) - math.log10(numbers.min()) < DECADES:
        return False
    aside = [
        abs(float(np.median(values) - values.min()) / float(np.ptp(values)) - 0.5)
        for values in (np.log10(numbers), numbers / numbers.max())
    ]
    return aside[0] < aside[1]


def _place(axis: Axis, values: Floats) -> Floats:
    lying = np.clip(_scale(axis).place(values, 2), 0.0, 1.0)
    return 1 - lying if axis.goal == "min" else lying


def _scale(axis: Axis) -> Scale:
    bounds = bounds_of(axis)
    assert bounds is not None
    return spanning(*bounds, log=axis.kind == "log")
