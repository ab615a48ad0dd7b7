"""The clock that people are told times by: that of the machine's time zone, unless they chose another.

One zone holds for the whole process, as a locale does: tables, axes, filters and sentences tell the same time.
"""

from datetime import UTC, datetime, tzinfo

LOCAL, UNIVERSAL = "local", "utc"

_zone: tzinfo | None = None
"""None is the machine's own."""


def zone_named(name: str) -> tzinfo | None:
    """The zone of `local` (None), `utc` or a name such as `Europe/Berlin`. KeyError where the machine knows none."""
    if name.lower() in (LOCAL, UNIVERSAL):
        return None if name.lower() == LOCAL else UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise KeyError(name) from None


def tell_by(name: str) -> None:
    """Tell all times by this zone from now on. KeyError as above."""
    global _zone
    _zone = zone_named(name)


def moment(seconds: float) -> datetime:
    """The time on the clock, with its offset. ValueError, OverflowError or OSError where no calendar has it."""
    return datetime.fromtimestamp(seconds, _zone) if _zone is not None else datetime.fromtimestamp(seconds).astimezone()


def seconds(shown: datetime) -> float:
    """Since the epoch, of a time as the clock shows it, without an offset. Errors as above."""
    return shown.replace(tzinfo=_zone).timestamp()
