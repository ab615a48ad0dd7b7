"""A document of JSON, YAML or TOML as the rows of a tree that folds: containers, what they hold below them, values.

Only what is unfolded is walked. It knows no screen and no file.
"""

import json
from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, Literal, TypeAlias

import msgspec

Path: TypeAlias = tuple[int, ...]
"""Where a value is: its place in each container on the way to it."""

MOST_ROWS = 5_000
FIRST_ROWS = 200
_LONGEST_KEY = 200
_LONGEST_VALUE = 2_000

Kind: TypeAlias = Literal["text", "number", "other", "container"]


class TreeRow(msgspec.Struct, frozen=True):
    """A value below `depth` containers. `folded` is None where there is nothing to fold."""

    path: Path
    depth: int
    key: str
    text: str
    kind: Kind
    folded: bool | None = None


def rows(document: object, unfolded: Collection[Path]) -> list[TreeRow]:
    """The rows that are seen while these containers are unfolded: at most `MOST_ROWS`, and one that says so."""
    found = list(islice(_rows(document, unfolded), MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        found[-1] = TreeRow((), 0, "", f"… and more: only {MOST_ROWS:,} rows are shown, fold some", "other")
    return found


def first_unfolded(document: object, most: int = FIRST_ROWS) -> frozenset[Path]:
    """The containers to unfold at first: level by level, as long as there are no more than so many rows."""
    unfolded: set[Path] = set()
    waiting: deque[tuple[Path, Any]] = deque([((), document)])
    count = 1
    while waiting:
        path, value = waiting.popleft()
        if not _is_container(value):
            continue
        count += len(value)
        if count > most and path:
            break
        unfolded.add(path)
        waiting.extend((below, inside) for below, _, inside in islice(_inside(path, value), most))
    return frozenset(unfolded)


def _rows(document: object, unfolded: Collection[Path]) -> Iterator[TreeRow]:
    waiting: list[Iterator[tuple[Path, str, Any]]] = [iter([((), "", document)])]
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            continue
        path, key, value = following
        folded = path not in unfolded if _is_container(value) and value else None
        yield TreeRow(path, len(path), key, *_said(value), folded)
        if folded is False:
            waiting.append(_inside(path, value))


def _inside(path: Path, container: Any) -> Iterator[tuple[Path, str, Any]]:
    return (((*path, at), key, value) for at, (key, value) in enumerate(_items(container)))


def _items(container: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(container, dict):
        return ((str(key)[:_LONGEST_KEY], value) for key, value in container.items())
    return ((str(number), value) for number, value in enumerate(container))


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list)


def _said(value: Any) -> tuple[str, Kind]:
    if isinstance(value, dict):
        return f"{{{len(value):,}}}", "container"
    if isinstance(value, list):
        return f"[{len(value):,}]", "container"
    if isinstance(value, str):
        shown = json.dumps(value[:_LONGEST_VALUE], ensure_ascii=False)
        left = len(value) - _LONGEST_VALUE
        return (f"{shown} … {left:,} more characters" if left > 0 else shown), "text"
    if isinstance(value, bool) or value is None:
        return json.dumps(value), "other"
    return str(value), "number" if isinstance(value, int | float) else "other"
