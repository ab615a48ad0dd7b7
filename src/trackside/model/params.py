"""Params as text: what a table, a search and a first page have in common of a value that is no number."""

import math

import msgspec

from trackside.model.run import Param


def param_text(value: Param) -> str | None:
    """A param in a column of words: `true` and `false`, whole floats without their point, lists as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value) if isinstance(value, int) else msgspec.json.encode(value).decode()
