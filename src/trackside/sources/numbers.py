"""Cells of text and values of JSON as numbers, steps and times."""

import math
from datetime import UTC, datetime, tzinfo
from typing import Any

from trackside.model.bounds import LATEST

_LONGEST = 1_000
_INT64 = 1 << 63
_MILLISECONDS = 100_000_000_000
_MICROSECONDS = 100_000_000_000_000
_NANOSECONDS = 100_000_000_000_000_000
_SPELLED = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity"}


def of_cell(text: str) -> float | None:
    """A cell as a number; None where it is none. `1_000` and `1,5` are text."""
    if len(text) > _LONGEST or "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def of_json(value: Any) -> float | None:
    """A value as a number, also where `NaN` and infinities are spelled as text; None for bools and all else."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str) and value.lower() in _SPELLED:
        return float(value)
    return None


def step_of(value: Any) -> int | None:
    """A whole number that 64 bits hold, given as one, as a float or as text; None for all else."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if len(text) < 20 and text.isascii() and text.removeprefix("-").isdigit() else of_cell(text)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and -_INT64 <= value < _INT64 else None


def moment_of(value: Any, zone: tzinfo | None = UTC) -> float | None:
    """Seconds since the epoch from such seconds, milli-, micro- or nanoseconds (told by their size) or ISO text.

    ISO text without a zone is of `zone`; None is that of this machine. None where it is no time, or one before 1970 or
    after the year 9999.
    """
    if isinstance(value, str):
        found = _iso(value.strip(), zone)
        number = of_cell(value) if found is None else found
    else:
        number = of_json(value)
    if number is None or not math.isfinite(number):
        return None
    for least, unit in ((_NANOSECONDS, 1e9), (_MICROSECONDS, 1e6), (_MILLISECONDS, 1e3)):
        if number >= least:
            number /= unit
            break
    return number if 0 <= number < LATEST else None


def _iso(text: str, zone: tzinfo | None) -> float | None:
    if len(text) > 64 or not text[:4].isdigit() or "-" not in text[4:8]:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return None
