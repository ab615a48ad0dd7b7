"""Rows of numbers from many history records at once, each set of keys as columns.

Numbers come out to the bit as Python's `float` reads them. Rows that hold anything else, or keys that hardly any other
row has, are left to be read one by one.
"""

import math
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.sources.wandb.items import Items
from trackside.sources.wandb.keys import Keys

STEP, TIME, RUNTIME = "_step", "_timestamp", "_runtime"
OWN_KEYS = frozenset((STEP, TIME, RUNTIME))
"""What the client adds to each row."""

SPELLED = {b"NaN": math.nan, b"Infinity": math.inf, b"-Infinity": -math.inf, b"true": 1.0, b"false": 0.0}
"""Values that are numbers, or count as such, and are not written in digits."""

_FEW = 6
_WIDEST = 32
_MINUS, _ZERO, _BLANK, _COMMA = (np.uint8(ord(letter)) for letter in "-0 ,")
_FLOATS = msgspec.json.Decoder(list[float])
_INTS = msgspec.json.Decoder(list[int])


class Rows(msgspec.Struct, frozen=True):
    """Rows of one set of metrics: `order` tells when each was written; shapes (n,), (n,), (n,) and (n, k)."""

    keys: tuple[str, ...]
    order: NDArray[np.int64]
    step: NDArray[np.int64]
    time: NDArray[np.float64]
    value: NDArray[np.float64]


class OddError(ValueError):
    """These records hold something else than numbers."""


def table(
    buffer: bytearray, found: Items, records: NDArray[np.int64], order: NDArray[np.int64], keys: Keys
) -> Iterator[Rows | NDArray[np.int64]]:
    """The rows that these histories are, which seem to have the same keys; and the `order` of those that are left.

    `order` is that of all records of `found`.
    """
    first = found.first[records]
    width = int(found.first[records[0] + 1] - first[0])
    known = found.key[first[0] : first[0] + width]
    names = [keys.names[number] for number in known]
    alike = found.first[records + 1] - first == width
    if len(records) < _FEW or len(set(names)) < width or STEP not in names or not alike.all():
        yield order[records]
        return
    at = first[:, None] + np.arange(width)
    place_of = np.full(len(keys.names), -1)
    place_of[known] = np.arange(width)
    column = place_of[found.key[at]]
    if (column < 0).any():
        yield order[records]
        return
    column += np.arange(len(records))[:, None] * width
    start, size = np.empty_like(at), np.empty_like(at)
    start.ravel()[column] = found.start[at]
    size.ravel()[column] = found.size[at]
    metrics = [place for place in np.argsort(names).tolist() if names[place] not in OWN_KEYS]
    needed = [names.index(STEP), *([names.index(TIME)] if TIME in names else []), *metrics]
    plain = _written_in_digits(buffer, start[:, needed], size[:, needed]).all(axis=1)
    if not plain.all():
        yield order[records[~plain]]
        records, start, size = records[plain], start[plain], size[plain]
    if not len(records):
        return
    try:
        step = _whole(buffer, start[:, needed[0]], size[:, needed[0]])
        rest = needed[1:]
        value = floats(buffer, start[:, rest].ravel(), size[:, rest].ravel()).reshape(len(records), len(rest))
    except OddError:
        yield order[records]
        return
    timed = TIME in names
    time = value[:, 0].copy() if timed else np.full(len(records), math.nan)
    yield Rows(tuple(names[place] for place in metrics), order[records], step, time, value[:, timed:])


def _written_in_digits(buffer: bytearray, start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether texts begin as a number does, or as one that is spelled out."""
    letter = np.frombuffer(buffer, np.uint8)[start]
    begins: NDArray[np.bool_] = (letter - _ZERO < 10) | (letter == _MINUS)
    if not begins.all():
        begins |= np.isin(letter, np.frombuffer(b"NItf", np.uint8))
    return begins & (size <= _WIDEST)


def _whole(buffer: bytearray, start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    try:
        found = _INTS.decode(_list(_texts(buffer, start, size)))
        if len(found) == len(start):
            return np.array(found, np.int64)
    except (msgspec.MsgspecError, OverflowError) as error:
        raise OddError from error
    raise OddError


def floats(buffer: bytearray, start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.float64]:
    """The number in each text of at most 32 bytes, none empty. `OddError` where one is none."""
    if not len(start):
        return np.empty(0)
    texts = _texts(buffer, start, size)
    second = np.minimum(size - 1, 1)
    letter = np.where(texts[:, 0] == _MINUS, texts[np.arange(len(texts)), second], texts[:, 0])
    spelled = np.flatnonzero(letter - _ZERO >= 10)
    words = [bytes(texts[place, : size[place]]) for place in spelled.tolist()]
    texts[spelled] = _BLANK
    texts[spelled, 0] = _ZERO
    texts[:, -1] = _COMMA
    try:
        found = _FLOATS.decode(_list(texts))
        spelled_out = [SPELLED[word] for word in words]
    except (msgspec.MsgspecError, KeyError) as error:
        raise OddError from error
    if len(found) != len(start):
        raise OddError
    values = np.array(found)
    values[spelled] = spelled_out
    return values


def _texts(buffer: bytearray, start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The texts side by side, filled up with blanks, a comma behind each."""
    width = int(size.max()) + 1
    row = f"V{width}"
    places = np.arange(width)
    inside = places < places[:, None]
    kept = np.where(inside, np.uint8(0xFF), np.uint8(0))
    filled = np.where(inside, np.uint8(0), _BLANK)
    filled[:, -1] = _COMMA
    texts = np.ndarray((len(buffer) - width,), row, buffer, strides=(1,))[start].view(np.uint8)
    texts &= kept.view(row)[size, 0].view(np.uint8)
    texts |= filled.view(row)[size, 0].view(np.uint8)
    return texts.reshape(len(start), width)


def _list(texts: NDArray[np.uint8]) -> bytes:
    return b"[" + texts.tobytes()[:-1] + b"]"
