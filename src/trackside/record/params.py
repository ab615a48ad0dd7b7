"""Params from whatever holds them (dict, Namespace, dataclass, OmegaConf, pydantic) to flat keys and plain values.

No library is imported for it: an object is asked for what its kind is known to have.
"""

import dataclasses
import enum
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from trackside.model.errors import UsageError
from trackside.record import values
from trackside.record.values import Complain

LONGEST = 256 << 10
_FRAME_BYTES = 384 << 10
_DEEPEST = 16


def flat(given: Any, complain: Complain) -> dict[str, Any]:
    """Params by keys joined with `.`. UsageError where `given` is nothing that holds params."""
    if given is None:
        return {}
    opened = mapping_of(given)
    if opened is None:
        kind = type(given).__name__
        raise UsageError(f"params= takes a dict, Namespace, dataclass, OmegaConf or pydantic object, not {kind}")
    found = {}
    for key, value in values.flatten(opened, ".", complain, mapping_of):
        known = plain(value, partial(_complain_of, complain, key))
        if isinstance(known, dict) and known:
            _complain_of(complain, key, "has keys that lie too deep; they are kept as text")
        found[key] = values.short_repr(known) if isinstance(known, dict) else known
    return found


def in_frames(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Params in as many parts as the size of a frame asks for; nearly always one."""
    part: dict[str, Any] = {}
    size = 0
    for key, value in params.items():
        taken = len(msgspec.json.encode(key)) + len(msgspec.json.encode(value))
        if part and size + taken > _FRAME_BYTES:
            yield part
            part, size = {}, 0
        part[key] = value
        size += taken
    if part:
        yield part


def too_long(params: Mapping[str, Any]) -> dict[str, bytes]:
    """Those values, as files, that are too long for a frame: texts as they are, lists as JSON."""
    files = {}
    for key, value in params.items():
        if isinstance(value, str | list):
            content = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
            if len(content) > LONGEST:
                files[key] = content
    return files


def mapping_of(value: Any) -> Mapping[Any, Any] | None:
    """The keys and values that an object holds, where it is of a kind that does and lets them be read."""
    try:
        return values.mapping(_opened(value))
    except Exception:  # noqa: BLE001  a foreign object may raise anything; it is kept by its repr then, with a word
        return None


def _opened(value: Any) -> Any:
    if type(value).__module__.startswith("omegaconf.") and "omegaconf" in sys.modules:
        return _container(value)
    if isinstance(value, Mapping | type):
        return value
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    for dump in ("model_dump", "_asdict"):
        if callable(getattr(value, dump, None)):
            return getattr(value, dump)()
    if type(value).__name__ == "Namespace" or hasattr(value, "__attrs_attrs__"):
        return dict(vars(value))
    return None


def _container(config: Any) -> Any:
    """An OmegaConf object with its interpolations resolved, or as it was written where one leads nowhere."""
    to_container = sys.modules["omegaconf"].OmegaConf.to_container
    try:
        return to_container(config, resolve=True)
    except Exception:  # noqa: BLE001  the library has many errors, and it is no reason to stop training
        return to_container(config, resolve=False)


def plain(value: Any, complain: Callable[[str], None], depth: int = 0) -> Any:
    """A value that JSON knows; of an object that has none, its name or its `repr`, and a word about it."""
    if value is None or isinstance(value, bool | float):
        return float(value) if isinstance(value, float) else value
    if isinstance(value, enum.Enum):
        return plain(value.value, complain, depth + 1) if depth < _DEEPEST else values.short_repr(value)
    if isinstance(value, int):
        return int(value) if -(1 << 63) <= value < 1 << 64 else values.short_repr(value)
    if isinstance(value, str):
        return values.encodable(str(value))
    if isinstance(value, os.PathLike):
        return values.encodable(os.fsdecode(value))
    if depth < _DEEPEST:
        if isinstance(value, list | tuple | set | frozenset):
            ordered = value if isinstance(value, list | tuple) else sorted(value, key=values.short_repr)
            return [plain(item, complain, depth + 1) for item in ordered]
        opened = mapping_of(value)
        if opened is not None:
            return {str(key): plain(item, complain, depth + 1) for key, item in opened.items()}
    return _foreign(value, complain, depth)


def _foreign(value: Any, complain: Callable[[str], None], depth: int) -> Any:
    for ask in ("item", "tolist", "isoformat"):
        method = getattr(value, ask, None)
        if callable(method) and not isinstance(value, type) and depth < _DEEPEST:
            try:
                return plain(method(), complain, _DEEPEST - 1 if ask != "tolist" else depth + 1)
            except Exception:  # noqa: BLE001, S112  a foreign object may raise anything; the next way is tried
                continue
    name = getattr(value, "__qualname__", None)
    if isinstance(name, str):
        return f"{getattr(value, '__module__', None) or 'builtins'}.{name}"
    complain(f"is of type {type(value).__name__}; its repr is kept as text")
    return values.short_repr(value)


def _complain_of(complain: Complain, key: str, line: str) -> None:
    complain(f"param {key}", f"param {key!r} {line}")
