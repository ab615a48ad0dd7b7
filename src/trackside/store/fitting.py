"""Values of others as the frames of a log can hold them: what is too long is cut, what lies too deep is its JSON."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from trackside.model.bounds import LATEST
from trackside.model.keys import short
from trackside.model.visible import is_encodable

_LONGEST_VALUE = 256 << 10
_MOST_IN_FRAME = 384 << 10
_DEEPEST = 32
_INTEGERS = range(-(1 << 63), 1 << 64)


def in_parts(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Values in as many parts as the size of a frame asks for; nearly always one."""
    part: dict[str, Any] = {}
    size = 0
    for key, value in values.items():
        fitting = held(value)
        taken = len(msgspec.msgpack.encode(fitting)) + len(key)
        if part and size + taken > _MOST_IN_FRAME:
            yield part
            part, size = {}, 0
        part[short(key)] = fitting
        size += taken
    if part:
        yield part


def held(value: Any) -> Any:
    """A value as a frame can hold it: what is too long is cut, what lies too deep is its JSON."""
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if value in _INTEGERS else str(value)
    return value if _is_plain(value) and len(_json(value)) <= _LONGEST_VALUE else cut(_json(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_plain(value: Any, depth: int = _DEEPEST) -> bool:
    """Whether a value is made of what a frame has words for, and not too deep."""
    if isinstance(value, list | dict):
        inside = value.values() if isinstance(value, dict) else value
        named = not isinstance(value, dict) or all(isinstance(key, str) and is_encodable(key) for key in value)
        return depth > 0 and named and all(_is_plain(part, depth - 1) for part in inside)
    if isinstance(value, str):
        return is_encodable(value)
    return value is None or isinstance(value, float) or (isinstance(value, int) and value in _INTEGERS)


def cut(text: str) -> str:
    """Text of which the end is left out if it is very long, and that can be encoded."""
    kept = text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
    return kept.encode(errors="replace").decode()


def moment(time: float | None) -> float | None:
    """A moment that a calendar has a date for."""
    return time if time is not None and math.isfinite(time) and 0 <= time < LATEST else None


def int64(number: int | None) -> int | None:
    """A whole number that 64 bits hold: a step, an exit code. One that they do not is the nearest to it."""
    return None if number is None else min(max(number, -(1 << 63)), (1 << 63) - 1)
