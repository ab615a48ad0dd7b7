"""TOML that a person writes: what of it can be read though a line is mistaken, and on which line what stands.

The standard library alone: recording processes read the configuration file with it.
"""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any


def readable(text: str) -> tuple[dict[str, Any], str | None]:
    """What stands in a TOML text, and None; where a line is mistaken, what stands before it, and what is mistaken."""
    try:
        return tomllib.loads(text), None
    except tomllib.TOMLDecodeError as error:
        return _before(text.splitlines()), str(error)


def line_of(text: str, path: Sequence[str | int], word: str | None = None) -> int | None:
    """The line, from 1, on which the value at `path` begins; None where it is not there.

    In a value over several lines it is the one with `word`, where there is one.
    """
    for begin, statement, document in _statements(text):
        if _holds(document, path):
            further = next((at for at, line in enumerate(statement) if word is not None and word in line), 0)
            return 1 + begin + further
    return None


@lru_cache(1)
def _statements(text: str) -> list[tuple[int, list[str], dict[str, Any]]]:
    """Where each begins, counted from 0, its lines, and what stands in the text from the top to its end."""
    lines = text.splitlines()
    found: list[tuple[int, list[str], dict[str, Any]]] = []
    begin = 0
    for end in range(1, len(lines) + 1):
        document = _parsed(lines[:end])
        if document is not None:
            found.append((begin, lines[begin:end], document))
            begin = end
    return found


def _before(lines: Sequence[str]) -> dict[str, Any]:
    for end in range(len(lines) - 1, 0, -1):
        document = _parsed(lines[:end])
        if document is not None:
            return document
    return {}


def _parsed(lines: Sequence[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _holds(document: Any, path: Sequence[str | int]) -> bool:
    for part in path:
        if isinstance(part, int):
            if not isinstance(document, list) or part >= len(document):
                return False
            document = document[part]
        else:
            if not isinstance(document, dict) or part not in document:
                return False
            document = document[part]
    return True
