"""Run ids: 26-character ULIDs, which sort by the time at which they were made.

Source: the ULID specification (Crockford's base 32, 48 bits of milliseconds, 80 random bits).
"""

import os
import time
from datetime import UTC, datetime
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
LENGTH = 26
SHOWN = 8
"""Tables show the end of an id, so many characters of it."""

_DAY_MS = 86_400_000
_LATEST = "76EZ6FJZZZ"
"""How ids begin at the latest, before the last day of the year 9999: a calendar has no later days."""


def new_id(seconds: float | None = None) -> str:
    """A fresh id for a run made at `seconds` since the epoch (now, when left out)."""
    milliseconds = int((time.time() if seconds is None else seconds) * 1000)
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def foreign_id(*parts: str) -> str:
    """The id of a run that another system recorded: always the same for the same parts.

    It says nothing of the run's time. Its day is one of 256 of the year 1970, so that no folder of days grows too long.
    """
    import hashlib

    digest = hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).digest()
    number = (digest[0] * _DAY_MS << 80) | int.from_bytes(digest[1:11], "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Whether `text` is a whole run id, and not merely a part of one."""
    return len(text) == LENGTH and text[:10] <= _LATEST and all(letter in _VALUES for letter in text)


def created(run_id: str) -> float:
    """Seconds since the epoch at which `run_id` was made, to the millisecond."""
    number = 0
    for letter in run_id[:10]:
        number = number << 5 | _VALUES[letter]
    return number / 1000


def day(run_id: str) -> str:
    """The UTC day of `run_id`, as `YYYY-MM-DD`: the folder in which its run lies."""
    return _day(int(created(run_id) // 86_400))


@lru_cache(maxsize=1_024)
def _day(number: int) -> str:
    """The day so many days after the epoch; runs of many share few."""
    return datetime.fromtimestamp(number * 86_400, UTC).strftime("%Y-%m-%d")
