"""From what stands in a TOML file to a value of a type, part by part: what is mistaken is told, the rest is taken."""

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypeVar, cast, get_args, get_origin

import msgspec

from trackside.model.nearest import meant

StructT = TypeVar("StructT", bound=msgspec.Struct)

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: `("numbers", "digits")`."""
Faults: TypeAlias = dict[Path, str]
"""What is mistaken where, in words that follow the name of the place."""

_WRONG: Any = object()
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
    "null": "nothing",
}
_TYPE = re.compile("`(" + "|".join(_TYPES) + ")`")
_PLACE = re.compile(r" - at `.*`$")


def typed(said: Mapping[str, Any], kind: type[StructT]) -> tuple[StructT | None, Faults]:
    """The value, with defaults in the place of what is mistaken or missing, and what is mistaken.

    None where something is that has no default.
    """
    faults: Faults = {}
    found = _struct(said, kind, (), faults)
    return None if found is _WRONG else found, faults


def nearest(word: str, known: list[str]) -> str:
    """`; did you mean this?`, or what there is where nothing is near and there is little of it."""
    return meant(word, known, ";") or (f"; there is {', '.join(known)}" if len(known) <= 12 else "")


def _struct(said: Mapping[str, Any], kind: type[StructT], at: Path, faults: Faults) -> Any:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    values = {}
    for key, value in said.items():
        if key not in fields:
            faults[(*at, key)] = f"is no setting{nearest(key, list(fields))}"
        elif (found := _value(value, fields[key].type, (*at, key), faults)) is not _WRONG:
            values[key] = found
    missing = [name for name, field in fields.items() if field.required and name not in said]
    if missing:
        faults[at] = f"lacks {' and '.join(missing)}"
    return _WRONG if any(field.required and name not in values for name, field in fields.items()) else kind(**values)


def _value(value: Any, kind: Any, at: Path, faults: Faults) -> Any:
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        return _struct(value, kind, at, faults)
    if origin is dict and isinstance(value, dict):
        entries = {key: _value(entry, get_args(kind)[1], (*at, key), faults) for key, entry in value.items()}
        return {key: entry for key, entry in entries.items() if entry is not _WRONG}
    if origin is tuple and isinstance(value, list):
        items = (_value(item, get_args(kind)[0], (*at, place), faults) for place, item in enumerate(value))
        return tuple(item for item in items if item is not _WRONG)
    if origin is Literal and isinstance(value, str) and value not in get_args(kind):
        known = [str(word) for word in get_args(kind)]
        faults[at] = f"is one of {', '.join(map(repr, known))}, not {value!r}"
        return _WRONG
    try:
        return cast("Any", msgspec.convert(value, kind))
    except msgspec.ValidationError as error:
        words = _PLACE.sub("", str(error)).replace("Expected ", "is to be ").replace(" | null", "")
        faults[at] = _TYPE.sub(lambda found: _TYPES[found[1]], words)
        return _WRONG
