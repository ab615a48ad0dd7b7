"""Numbers as far as everything can hold them that shows a run: decoding refuses others.

Source of the limits: `datetime` ends with the year 9999, SQLite and Arrow count in 64 bits.
"""

from typing import Annotated, TypeAlias

import msgspec

LATEST = 253_402_214_400
"""The last day of the year 9999, UTC, in seconds since the epoch: before it, every time zone has a date."""

Moment: TypeAlias = Annotated[float, msgspec.Meta(ge=0, lt=LATEST)]
"""Seconds since the epoch that a calendar has a date for; NaN is none."""

Int64: TypeAlias = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""A step, an exit code."""

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""How many of something; a float holds it, too, and the sum of a thousand logs."""
