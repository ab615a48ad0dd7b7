"""Axes: from values to places along a line of pixels and back, and calm ticks with readable labels.

Ticks stand at round values: 1, 2 or 5 times a power of ten; at whole minutes, hours and days on an axis of time; at
whole numbers on one of steps.
Every function here takes whatever float64 holds: tiny spans, huge magnitudes, values that are not finite.
"""

import math
import sys
from itertools import pairwise
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from trackside.charts.arrays import Floats
from trackside.model import clock
from trackside.model.numerals import grouped

AxisKind: TypeAlias = Literal["step", "number", "time", "duration"]

NUMBER_WIDTH = 10
_FAR = 1e7
"""Places further off than this many pixels are drawn as if they were this far: the slope looks the same."""
_LEAST_SPAN = 1e-9
"""The least span of an axis, relative to its greatest value: below it, labels would all read the same."""
_ROUNDING = 1e-13
"""Values that differ by less, relative to the greatest, are one value that was computed with."""
_SMALLEST_LOG, _LARGEST_LOG = -323.0, 308.0
_LARGEST = sys.float_info.max
_TINY = 1e-290
"""What is smaller is taken for this on a logarithmic axis, and for zero on a linear one."""
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_DAY = 86400
_LONGEST = _DAY * 20_000
"""Longer than this an axis of time is one of plain numbers of seconds."""
_FINER = 6
"""How many more places are tried where so few leave one of them, or none."""
_FEW_ROWS = 16
_ROOM_TO_BE_EVEN = 1.25
"""How much longer an axis of few rows may become so that its ticks are even; of many one row more is not seen."""
_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


class Scale(msgspec.Struct, frozen=True):
    """An axis from `low` to `high` (low < high; both positive where it is logarithmic)."""

    low: float
    high: float
    log: bool = False

    def place(self, values: Floats, pixels: int) -> Floats:
        """Where the values lie among `pixels` pixels: 0 is the centre of the first. NaN where there is no place."""
        with np.errstate(all="ignore"):
            places = self._part(np.asarray(values, dtype=np.float64))
            places *= pixels - 1
            np.clip(places, -_FAR, _FAR, out=places)
        places[~np.isfinite(values)] = np.nan
        return places

    def value(self, place: float, pixels: int) -> float:
        """The value at a place: the inverse of `place`."""
        part = place / max(pixels - 1, 1)
        if self.log:
            exponent = _log10(self.low) * (1 - part) + _log10(self.high) * part
            return float(10.0 ** min(max(exponent, _SMALLEST_LOG), _LARGEST_LOG))
        return self.low * (1 - part) + self.high * part

    def _part(self, values: Floats) -> Floats:
        """Which part of the axis lies before each value; an array of its own, for curves may be long."""
        if self.log:
            low, high = _log10(self.low), _log10(self.high)
            part = np.log10(np.where(values > 0, values, np.nan))
        else:
            unit = max(abs(self.low), abs(self.high))
            low, high = self.low / unit, self.high / unit
            part = values / unit
        part -= low
        part /= high - low
        return np.asarray(part)


def spanning(low: float, high: float, *, log: bool = False, margin: float = 0.0) -> Scale:
    """A scale that holds `low` and `high`, in whatever order, widened where they are one value or no numbers."""
    if log:
        return _spanning_log(low, high, margin)
    low, high = _ordered(low, high, 0.0, 1.0)
    largest = max(abs(low), abs(high))
    if largest < _TINY:
        return Scale(-1.0, 1.0)
    if high / largest - low / largest < _LEAST_SPAN:
        middle = low / 2 + high / 2
        aside = abs(middle) * (0.1 if high / largest - low / largest < _ROUNDING else _LEAST_SPAN)
        return Scale(_bounded(middle - aside), _bounded(middle + aside))
    aside = high * margin - low * margin
    return Scale(_bounded(low - aside), _bounded(high + aside))


def ticks(scale: Scale, most: int, kind: AxisKind = "number") -> list[tuple[float, str]]:
    """At most about `most` places on the axis with their labels, from low to high.

    Two at least, where `most` allows and round values are there: a scale cannot be read from one.
    """
    found = _ticks(scale, most, kind)
    if len(found) >= 2 or most < 2:
        return found
    finer = (_ticks(scale, count, kind) for count in range(most + 1, most + _FINER))
    lying = next((tried for tried in finer if len(tried) >= 2), None)
    return found if lying is None else [lying[0], lying[-1]]


def evened(scale: Scale, rows: int, most: int) -> Scale:
    """The scale, or a little wider one, in which as many of a few rows lie between each tick and the next."""
    span = scale.high - scale.low
    if scale.log or not 1 < rows <= _FEW_ROWS or not _TINY < span < _LARGEST or _is_even(scale, rows, most):
        return scale
    power = math.floor(math.log10(span))
    steps = [factor * 10.0**exponent for exponent in (power - 1, power) for factor in (1, 2, 5)]
    units = sorted({step / count for step in steps for count in range(1, rows)})
    for unit in (unit for unit in units if span <= unit * (rows - 1) <= span * _ROOM_TO_BE_EVEN):
        low = math.floor(scale.low / unit + 1e-9) * unit
        wider = Scale(low, low + unit * (rows - 1))
        if wider.high >= scale.high and _is_even(wider, rows, most):
            return wider
    return scale


def _is_even(scale: Scale, rows: int, most: int) -> bool:
    places = scale.place(np.array([value for value, _ in ticks(scale, most)], dtype=np.float64), rows)
    return len(set(np.diff(np.round(places)).tolist())) <= 1


def _ticks(scale: Scale, most: int, kind: AxisKind) -> list[tuple[float, str]]:
    if kind == "step":
        return _step_ticks(scale, most)
    if scale.log:
        return _log_ticks(scale, most)
    if kind == "number":
        values = _round_values(scale.low, scale.high, most)
        return list(zip(values, numbers(values), strict=True))
    return _time_ticks(scale, most, kind)


def numbers(values: list[float]) -> list[str]:
    """Labels for the values of one axis, alike in their decimals, one alone with all its own: `0.02`, `12k`, `1e-4`."""
    if not values:
        return []
    largest = max(abs(value) for value in values)
    step = min((b - a for a, b in pairwise(values)), default=0) or _last_place(largest)
    if largest == 0:
        return ["0" for _ in values]
    if largest < 1e-3 or largest >= 1e15:
        exponent = math.floor(math.log10(largest))
        decimals = _decimals(step, 10.0**exponent)
        return [_scientific(value, exponent, decimals) for value in values]
    unit, suffix = next(((unit, suffix) for unit, suffix in _SUFFIXES if largest >= unit * 10), (1.0, ""))
    if step < unit / 1000:
        unit, suffix = 1.0, ""
    decimals = _decimals(step, unit)
    return ["0" if value == 0 else f"{value / unit:.{decimals}f}{suffix}" for value in values]


def number(value: float) -> str:
    """One value to read in at most `NUMBER_WIDTH` characters: five figures, whole numbers up to a million in full."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Inf" if value > 0 else "-Inf")
    if value == int(value) and abs(value) < 1e6:
        return grouped(int(value))
    texts = (_figures(value, figures) for figures in (5, 4, 3, 2))
    return next(text for text in texts if len(text) <= NUMBER_WIDTH)


def position(value: float, kind: AxisKind) -> str:
    """One place on the x axis to read: a step, a date and time, a duration."""
    if kind == "time":
        try:
            return clock.moment(value).strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError, OSError):
            return number(value)
    if kind == "duration":
        return _duration(value)
    return number(value)


def _figures(value: float, figures: int) -> str:
    text = f"{value:.{figures}g}" if abs(value) >= 1e-3 else f"{value:.{figures - 1}e}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else text


def _spanning_log(low: float, high: float, margin: float) -> Scale:
    low, high = (max(value, _TINY) if math.isfinite(value) and value > 0 else math.nan for value in (low, high))
    low, high = _ordered(low, high, 0.1, 1.0)
    first, last = _log10(low), _log10(high)
    aside = max((last - first) * margin, 0.5 if last - first < 1e-6 else 0.0)
    return Scale(10.0 ** (first - aside), 10.0 ** min(last + aside, _LARGEST_LOG), log=True)


def _ordered(low: float, high: float, least: float, most: float) -> tuple[float, float]:
    if not math.isfinite(low) and not math.isfinite(high):
        return least, most
    low = low if math.isfinite(low) else high
    high = high if math.isfinite(high) else low
    return (low, high) if low <= high else (high, low)


def _bounded(value: float) -> float:
    return min(max(value, -1.7e308), 1.7e308)


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else _SMALLEST_LOG


def _round_values(low: float, high: float, most: int) -> list[float]:
    span = high / 2 - low / 2
    if not 0 < span < math.inf:
        return []
    rough = min(span / max(most, 1) * 2, _LARGEST)
    power = math.floor(math.log10(rough)) if rough > 0 else -323
    for factor, exponent in ((1, power), (2, power), (5, power), (1, power + 1), (2, power + 1)):
        step = factor * 10.0 ** max(exponent, -307)
        first, last = math.ceil(low / step), math.floor(high / step)
        if 0 <= last - first < most:
            return [_exact(index, factor, exponent) for index in range(first, last + 1)]
    return []


def _exact(index: int, factor: int, exponent: int) -> float:
    """The value as a person would type it: 3 × 10⁻¹ is 0.3, where the product of floats is 0.30000000000000004."""
    return float(f"{index * factor}e{exponent}")


def _step_ticks(scale: Scale, most: int) -> list[tuple[float, str]]:
    """Steps are whole numbers: none is named that there cannot be."""
    if scale.log:
        return [(value, label) for value, label in _log_ticks(scale, most) if value.is_integer()]
    values = [value for value in _round_values(scale.low, scale.high, most) if value.is_integer()]
    return list(zip(values, numbers(values), strict=True))


def _log_ticks(scale: Scale, most: int) -> list[tuple[float, str]]:
    first, last = _log10(scale.low), _log10(scale.high)
    whole = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    if len(whole) >= 2:
        stride = -(-len(whole) // max(most, 1))
        exponents = [exponent for exponent in whole if exponent % stride == 0]
        plainly = all(-3 <= exponent <= 4 for exponent in exponents)
        return [(10.0**exponent, _power(exponent, plainly=plainly)) for exponent in exponents]
    between = [
        float(f"{factor}e{exponent}")
        for exponent in range(math.floor(first), math.ceil(last) + 1)
        for factor in (1, 2, 3, 5, 7)
        if first <= exponent + math.log10(factor) <= last
    ]
    if 2 <= len(between) <= most:
        return [(value, _plain(value)) for value in between]
    linear = [value for value in _round_values(scale.low, scale.high, most) if value > 0]
    return list(zip(linear, numbers(linear), strict=True))


def _power(exponent: int, *, plainly: bool) -> str:
    return _plain(10.0**exponent) if plainly or exponent == 0 else f"1e{exponent}"


def _plain(value: float) -> str:
    if 1e-3 <= value < 1e4:
        return f"{value:.4g}"
    return numbers([value])[0]


def _last_place(value: float) -> float:
    """The place of the last digit of a value, of ten digits at most: 0.01 of 0.95."""
    mantissa, _, exponent = f"{value:.9e}".partition("e")
    return float(f"1e{int(exponent) - len(mantissa.rstrip('0').partition('.')[2])}")


def _decimals(step: float, unit: float) -> int:
    digits = math.log10(unit) - math.log10(step)
    return min(max(math.ceil(digits - 1e-9), 0), 9)


def _scientific(value: float, exponent: int, decimals: int) -> str:
    if value == 0:
        return "0"
    mantissa = value / 10.0 ** (exponent / 2) / 10.0 ** (exponent / 2)
    return f"{mantissa:.{decimals}f}e{exponent}"


def _time_ticks(scale: Scale, most: int, kind: AxisKind) -> list[tuple[float, str]]:
    span = scale.high - scale.low
    if not 2 <= span <= _LONGEST:
        values = _round_values(scale.low, scale.high, most)
        return [(value, f"{label}s") for value, label in zip(values, numbers(values), strict=True)]
    step = next((step for step in _SECONDS if span / step < most), None)
    if step is None:
        step = _DAY * max(1, math.ceil(span / _DAY / max(most, 1)))
    offset = _utc_offset(scale.low) if kind == "time" else 0.0
    first = math.ceil((scale.low + offset) / step)
    last = math.floor((scale.high + offset) / step)
    values = [index * step - offset for index in range(first, last + 1)]
    return [(value, _clock(value, step) if kind == "time" else _duration(value)) for value in values]


def _utc_offset(seconds: float) -> float:
    try:
        aside = clock.moment(seconds).utcoffset()
    except (ValueError, OverflowError, OSError):
        return 0.0
    return aside.total_seconds() if aside is not None else 0.0


def _clock(seconds: float, step: float) -> str:
    try:
        moment = clock.moment(seconds)
    except (ValueError, OverflowError, OSError):
        return number(seconds)
    if step >= _DAY:
        return moment.strftime("%b %d")
    if step < 60:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%b %d" if moment.hour == moment.minute == 0 else "%H:%M")


def _duration(seconds: float) -> str:
    if not math.isfinite(seconds) or abs(seconds) >= 1e9:
        return number(seconds)
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < 60:
        return f"{sign}{seconds:.3g}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{sign}{minutes}m" + (f"{rest:02}s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{sign}{hours}h" + (f"{minutes:02}m" if minutes else "")
    days, hours = divmod(hours, 24)
    return f"{sign}{days}d" + (f"{hours:02}h" if hours else "")
