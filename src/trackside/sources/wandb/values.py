"""Values as W&B writes them, each a JSON text of its own, opened with care."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from trackside.model.histogram import Histogram
from trackside.model.keys import short
from trackside.sources import numbers
from trackside.sources.histograms import sensible

HISTOGRAM = "histogram"
"""The `_type` of a histogram."""

_DEEPEST = 32


class _PackedBins(msgspec.Struct):
    min: float
    size: float


class NotReadError(ValueError):
    """The text is no JSON, or nested too deep."""


def decoded(text: str | bytes) -> Any:
    """The value of a JSON text in which NaN and infinities may stand bare."""
    if text in ("-0", b"-0"):
        return -0.0
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadError from error


def number(value: Any) -> float | None:
    """A value as a point of a curve: a bool is 1 or 0."""
    return float(value) if isinstance(value, bool) else numbers.of_json(value)


def is_media(value: Any) -> bool:
    """Whether a value stands for an object of W&B's own, such as an image or a table."""
    return isinstance(value, Mapping) and isinstance(value.get("_type"), str)


def histogram(media: Mapping[str, Any]) -> Histogram | None:
    """A histogram of W&B's: counts, and all edges or the first, a width and how many bins. None where it is none."""
    packed = media.get("packedBins")
    try:
        counts = msgspec.convert(media.get("values"), list[int | float])
        if packed is None:
            return sensible(counts, msgspec.convert(media.get("bins"), list[float]))
        bins = msgspec.convert(packed, _PackedBins)
        return sensible(counts, [bins.min + bins.size * place for place in range(len(counts) + 1)])
    except msgspec.ValidationError:
        return None


def flat(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Keys joined by dots, and leaves; objects of W&B's own are leaves, and what lies too deep is JSON as text."""
    for key, value in values.items():
        name = (*path, key)
        if isinstance(value, Mapping) and not is_media(value):
            if len(name) < _DEEPEST:
                yield from flat(value, name)
            else:
                yield short(text_of(".".join(name))), json.dumps(value)
        else:
            yield short(text_of(".".join(name))), value


def put(values: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a value at a path of keys; what stands in its way is replaced."""
    for key in path[:-1]:
        inner = values.get(key)
        if not isinstance(inner, dict):
            inner = values[key] = {}
        values = inner
    values[path[-1]] = value


def plain(value: Any) -> Any:
    """A value as a param may be: texts can be encoded, whole numbers are of 64 bits, dicts in lists are kept."""
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(1 << 63) <= value < 1 << 64 else str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {text_of(str(key)): plain(item) for key, item in value.items()}
    return value


def text_of(text: str) -> str:
    """A text with lone surrogates replaced, since they are not UTF-8."""
    return text if text.isascii() else text.encode(errors="replace").decode()
