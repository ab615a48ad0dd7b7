"""From whatever a training script passes on to what a frame can hold. No framework is imported: objects are asked.

Numbers come out as float where a float holds them exactly; larger whole numbers stay int, text stays text.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from trackside.model.keys import LONGEST, short

Value: TypeAlias = float | int | str
Complain: TypeAlias = Callable[[str, str], None]
"""Hears of a mistake: what it is about, of which it is told once, and the line to tell."""

EXACT = 1 << 53
_INT64 = 1 << 63
_UINT64 = 1 << 64
_DEEPEST = 32
_LONGEST_REPR = 1000


def mapping(value: Any) -> Mapping[Any, Any] | None:
    """A value that is a mapping."""
    return value if isinstance(value, Mapping) else None


def flatten(
    values: Mapping[Any, Any],
    joint: str,
    complain: Complain,
    inside: Callable[[Any], Mapping[Any, Any] | None] = mapping,
) -> Iterator[tuple[str, Any]]:
    """Keys and leaves of what is nested, keys joined by `joint`. `complain(topic, line)` hears of odd keys."""
    stack: list[Iterator[tuple[Any, Any]]] = [iter(values.items())]
    path: list[str] = []
    while stack:
        for key, value in stack[-1]:
            name = key_text(key, complain)
            nested = inside(value) if len(stack) < _DEEPEST else None
            if nested is not None:
                path.append(name)
                stack.append(iter(nested.items()))
                break
            yield key_text(joint.join((*path, name)), complain) if path else name, value
        else:
            stack.pop()
            if path:
                path.pop()


def key_text(key: Any, complain: Complain) -> str:
    """A key as text that can be encoded, of at most 1,000 characters; those that are cut stay told apart."""
    if not isinstance(key, str):
        complain("key", f"the key {short_repr(key)} is not a text; it is kept as {str(key)!r:.80}")
        key = str(key)
    text = encodable(key)
    if len(text) > LONGEST:
        complain("long key", f"a key of {len(text)} characters is cut after {LONGEST}: {text[:60]!r}…")
        return short(text)
    return text


def number(value: Any) -> Value | None:
    """`value` as a number; None where it is none. Scalars of numpy, torch and jax are asked for their `item()`."""
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return _whole(int(value))
    if isinstance(value, str | bytes | complex):
        return None
    for ask in (_item, _index, float):
        found = _asked(ask, value)
        if found is not None:
            return found
    return None


def exact_floats(values: Sequence[Any]) -> tuple[float, ...]:
    """All of `values` as floats. ValueError where one is no number, or a whole number that no float holds."""
    return tuple([value if type(value) is float else _exact_float(value) for value in values])


def encodable(text: str) -> str:
    """`text` with lone surrogates spelled out, since they are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="backslashreplace").decode()
    return text


def short_repr(value: Any) -> str:
    """What an object calls itself, in at most 1,000 characters."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  a foreign object may raise anything, and training goes on
        text = object.__repr__(value)
    return encodable(text if len(text) <= _LONGEST_REPR else text[:_LONGEST_REPR] + "…")


def _exact_float(value: Any) -> float:
    if type(value) is int and -EXACT <= value <= EXACT:
        return float(value)
    found = number(value)
    if isinstance(found, float):
        return found
    raise ValueError("no float is exactly that value")


def _whole(value: int) -> Value:
    if -EXACT <= value <= EXACT:
        return float(value)
    if -_INT64 <= value < _UINT64:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _item(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else None


def _index(value: Any) -> Any:
    return operator.index(value) if hasattr(value, "__index__") else None


def _asked(ask: Callable[[Any], Any], value: Any) -> Value | None:
    try:
        found = ask(value)
    except Exception:  # noqa: BLE001  a foreign object may raise anything, and training goes on
        return None
    if isinstance(found, float):
        return float(found)
    return _whole(int(found)) if isinstance(found, int) else None
