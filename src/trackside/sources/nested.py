"""Dicts within dicts as flat keys; lists stay lists."""

from collections.abc import Iterator, Mapping
from typing import Any

_DEEPEST = 32


def leaves(values: Mapping[Any, Any], joint: str, depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Keys joined by `joint`, and what they lead to. What lies deeper than 32 dicts stays a dict; empty ones vanish."""
    for key, value in values.items():
        if isinstance(value, Mapping) and depth < _DEEPEST:
            for inner, leaf in leaves(value, joint, depth + 1):
                yield f"{key}{joint}{inner}", leaf
        else:
            yield str(key), value
