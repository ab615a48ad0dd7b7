"""Changing a filter's text by list: facets, the tag picker and the filter bar write one and the same text.

Only terms that hold for the whole filter are read and replaced; one in parentheses or beside an `or` is left alone.
"""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from trackside.query.parse import FilterError, parse
from trackside.query.quoting import QUOTED, quoted_value
from trackside.query.tree import And, Node, Not, Or, Term

_PARENTHESES = re.compile(rf"{QUOTED}|[()]", re.DOTALL)


class _Place(msgspec.Struct, frozen=True):
    """A term in the text, its minus included."""

    start: int
    end: int
    excluded: bool
    values: list[str]


def values_of(text: str, key: str) -> list[str]:
    """The values that the filter asks for under `key`, those that it excludes left out."""
    return [value for place in _places(text, key) if not place.excluded for value in place.values]


def excluded_of(text: str, key: str) -> list[str]:
    """The values that the filter excludes under `key`."""
    return [value for place in _places(text, key) if place.excluded for value in place.values]


def way_of(text: str, key: str) -> Literal["any", "all", "none"]:
    """Whether the filter asks for any, all or none of the values under `key`, as `with_any` and its kin write it."""
    places = _places(text, key)
    asked = sum(not place.excluded for place in places)
    return "all" if asked > 1 else "any" if asked or not places else "none"


def toggled(text: str, key: str, value: str) -> str:
    """The filter with `key:value` added, or taken out if it was there; several values of one key are alternatives."""
    wanted, excluded = values_of(text, key), excluded_of(text, key)
    return _with(text, key, _toggled(wanted, value), [other for other in excluded if other != value])


def toggled_out(text: str, key: str, value: str) -> str:
    """The filter with the value excluded, or not any more if it was."""
    wanted, excluded = values_of(text, key), excluded_of(text, key)
    return _with(text, key, [other for other in wanted if other != value], _toggled(excluded, value))


def with_any(text: str, key: str, values: Iterable[str]) -> str:
    """The filter with one term that asks for any of the values, in place of those that were there for `key`."""
    joined = ",".join(map(quoted_value, values))
    return with_terms(without(text, key), [f"{key}:{joined}"] if joined else [])


def with_all(text: str, key: str, values: Iterable[str]) -> str:
    """The filter with a term for each of the values."""
    return with_terms(without(text, key), [f"{key}:{quoted_value(value)}" for value in values])


def with_none(text: str, key: str, values: Iterable[str]) -> str:
    """The filter that excludes each of the values."""
    return with_terms(without(text, key), [f"-{key}:{quoted_value(value)}" for value in values])


def without(text: str, key: str) -> str:
    """The filter without its terms for `key`."""
    for place in reversed(_places(text, key)):
        text = f"{text[: place.start].rstrip()} {text[place.end :].lstrip()}"
    return text.strip()


def with_terms(text: str, terms: list[str]) -> str:
    """The filter with the terms added: an `or` in parentheses, since they would hold for its last part alone."""
    if not terms or not text:
        return " ".join(terms) or text
    if _tree(text) is None:
        return " ".join([*terms, text])
    joined = " ".join([text, *terms])
    return " ".join([f"({text})", *terms]) if isinstance(_tree(joined), Or) else joined


def _toggled(values: list[str], value: str) -> list[str]:
    return [other for other in values if other != value] if value in values else [*values, value]


def _with(text: str, key: str, wanted: Iterable[str], excluded: Iterable[str]) -> str:
    joined = ",".join(map(quoted_value, excluded))
    return with_terms(with_any(text, key, wanted), [f"-{key}:{joined}"] if joined else [])


def _places(text: str, key: str) -> list[_Place]:
    found = []
    for part in _parts(_tree(text)):
        term = part.part if isinstance(part, Not) else part
        if not isinstance(term, Term) or (term.key.name, term.key.statistic, term.operator) != (key, None, ":"):
            continue
        start = part.start if isinstance(part, Not) else term.key.start
        values = [value.text for value in term.values]
        if not _is_enclosed(text, start):
            found.append(_Place(start, term.values[-1].end, isinstance(part, Not), values))
    return found


def _tree(text: str) -> Node | None:
    try:
        return parse(text)
    except FilterError:
        return None


def _parts(tree: Node | None) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, And) else () if tree is None else (tree,)


def _is_enclosed(text: str, place: int) -> bool:
    signs = [sign[0] for sign in _PARENTHESES.finditer(text, 0, place)]
    return signs.count("(") > signs.count(")")
