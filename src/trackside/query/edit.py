"""Changing a filter's text by list: facets, the tag picker and the filter bar write one and the same text."""

import re
from collections.abc import Iterable

_TERM = re.compile(r'(?P<minus>-?)(?P<key>[A-Za-z_]+):(?P<values>(?:"(?:[^"\\]|\\.)*"|[^\s()"])+)')
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|[^,"]+')
_NEEDS_QUOTES = re.compile(r'[\s()",*]|^$')


def quoted(value: str) -> str:
    """A value as it stands in a filter."""
    if not _NEEDS_QUOTES.search(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def values_of(text: str, key: str) -> list[str]:
    """The values that the filter asks for under `key`, those that it excludes left out."""
    return [value for minus, values in _terms(text, key) if not minus for value in values]


def toggled(text: str, key: str, value: str) -> str:
    """The filter with `key:value` added, or taken out if it was there; several values of one key are alternatives."""
    wanted = values_of(text, key)
    left = [other for other in wanted if other != value] if value in wanted else [*wanted, value]
    return with_any(text, key, left)


def with_any(text: str, key: str, values: Iterable[str]) -> str:
    """The filter with one term that asks for any of the values, in place of those that were there for `key`."""
    joined = ",".join(map(quoted, values))
    return _joined(without(text, key), f"{key}:{joined}" if joined else "")


def with_all(text: str, key: str, values: Iterable[str]) -> str:
    """The filter with a term for each of the values."""
    return _joined(without(text, key), *(f"{key}:{quoted(value)}" for value in values))


def with_none(text: str, key: str, values: Iterable[str]) -> str:
    """The filter that excludes each of the values."""
    return _joined(without(text, key), *(f"-{key}:{quoted(value)}" for value in values))


def without(text: str, key: str) -> str:
    """The filter without its terms for `key`."""
    return " ".join(_TERM.sub(lambda term: "" if term["key"] == key else term[0], text).split())


def _terms(text: str, key: str) -> Iterable[tuple[bool, list[str]]]:
    for term in _TERM.finditer(text):
        if term["key"] == key:
            yield bool(term["minus"]), [_plain(value) for value in _VALUE.findall(term["values"])]


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
