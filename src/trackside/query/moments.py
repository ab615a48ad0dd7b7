"""Times and durations as a person types them: `2h`, `1h30m`, `2026-11-01`, `yesterday`.

Days are those of the clock that times are told by; what time it is now is told to it.
"""

import re
from datetime import datetime, timedelta

from trackside.model import clock

_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_PARTS = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_WHOLE = re.compile(rf"(?:{_PARTS.pattern})+")
_SECONDS = re.compile(r"\d+(?:\.\d+)?")
_FORMS = (
    ("%Y-%m-%d", timedelta(days=1)),
    ("%Y-%m-%dT%H", timedelta(hours=1)),
    ("%Y-%m-%dT%H:%M", timedelta(minutes=1)),
    ("%Y-%m-%dT%H:%M:%S", timedelta(seconds=1)),
)


def duration(text: str) -> float | None:
    """Seconds of `90`, `90s`, `1h30m`, `2d`, `1w`; None for anything else."""
    if _SECONDS.fullmatch(text):
        return float(text)
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PARTS.findall(text))


def moment(text: str, now: float) -> tuple[float, float] | None:
    """From when until when `text` is, in seconds since the epoch: a day lasts a day, `2h` is two hours before `now`."""
    ago = duration(text) if not _SECONDS.fullmatch(text) else None
    if ago is not None:
        return now - ago, now - ago
    today = clock.moment(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    named = {"now": (now, now), "today": _day(today), "yesterday": _day(today - timedelta(days=1))}
    if text.lower() in named:
        return named[text.lower()]
    for form, length in _FORMS:
        try:
            start = datetime.strptime(text, form)
            return clock.seconds(start), clock.seconds(start + length)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _day(start: datetime) -> tuple[float, float]:
    return clock.seconds(start), clock.seconds(start + timedelta(days=1))
