"""A log in short: its frames that are no rows, and what its rows come to, as a sealer leaves them beside the columns.

A table of runs needs no more of a log that has ended, which may be a thousandth of it. The standard library of Python
3.8 alone. `store/journal.py` describes the frames, `store/stats.py` the numbers.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence
from math import isfinite
from operator import gt
from typing import Any
from zlib import crc32

_HEAD = struct.Struct("<IH")
_CRC = struct.Struct("<I")
_AROUND = 8
"""Bytes of a frame beside its body: the length and the checksum."""

_BEFORE_VALUES = 18
"""Bytes of a row's body before its values: kind, step and time."""

_SCHEMA, _SUMMARY, _HEARTBEAT, _CLOSE = 0xFF00, 0xFF03, 0xFF05, 0xFF0A
_FIRST_RESERVED = 0xFF00
_NOT_SHORTENED = frozenset({_SUMMARY, 0xFF09, 0xFF0B})
"""Sparse rows, and what a sealer wrote."""

_ROWS_AT_ONCE = 4096
_METRICS_A_FRAME = 256
_COUNT, _BAD, _FIRST_BAD, _TOTAL, _MIN, _MIN_STEP, _MAX, _MAX_STEP, _LAST, _LAST_STEP, _LAST_TIME = range(11)
_FIRST_STEP, _FIRST_TIME = 11, 12


class _LongError(Exception):
    """A log that cannot be told in short: it goes on, is damaged, or has rows out of their order."""


def in_short(log: bytes) -> bytes | None:
    """The frames that stand for it. None where it has to be sent as it is."""
    try:
        return _shortened(log)
    except (_LongError, struct.error, LookupError, UnicodeDecodeError, OverflowError):
        return None


def _shortened(log: bytes) -> bytes:
    said = bytearray()
    beat = b""
    schemas: dict[int, list[str]] = {}
    stats: dict[str, list[Any]] = {}
    at, kind = 0, 0
    while at < len(log):
        size, kind = _HEAD.unpack_from(log, at)
        end = at + size + _AROUND
        if size < 2 or end > len(log) or kind in _NOT_SHORTENED:
            raise _LongError
        if kind < _FIRST_RESERVED:
            at = _take_rows(stats, schemas[kind], log, at, end)
            continue
        frame = log[at:end]
        if kind == _SCHEMA:
            number, keys = _schema(frame[6:-4])
            schemas[number] = keys
        if kind == _HEARTBEAT:
            beat = frame
        else:
            said += frame
        at = end
    if kind != _CLOSE:
        raise _LongError
    every = list(stats.items())
    summaries = [_summary(every[start : start + _METRICS_A_FRAME]) for start in range(0, len(every), _METRICS_A_FRAME)]
    return bytes(said) + beat + b"".join(summaries)


def _take_rows(stats: dict[str, list[Any]], keys: list[str], log: bytes, start: int, end: int) -> int:
    """Take in the rows of one key set that follow each other, some thousands at once; where the next frame begins."""
    size = end - start
    if size != _AROUND + _BEFORE_VALUES + 8 * len(keys):
        raise _LongError
    head = log[start : start + _HEAD.size]
    most = min(len(log) - size, start + size * _ROWS_AT_ONCE)
    while end <= most and log[end : end + _HEAD.size] == head:
        end += size
    rows = struct.iter_unpack(f"<6xqd{len(keys)}d4x", memoryview(log)[start:end])
    step, time, *columns = zip(*rows)  # noqa: B905  which Python 3.8 has no `strict` for
    if any(map(gt, step, step[1:])) or max(time[bisect_left(step, step[-1]) :]) != time[-1]:
        raise _LongError
    for key, values in zip(keys, columns):  # noqa: B905  there is no strict before 3.10
        newer = _stats(step, time, values)
        known = stats.setdefault(key, newer)
        if known is not newer:
            _merge(known, newer)
    return end


def _stats(step: Sequence[int], time: Sequence[float], values: Sequence[float]) -> list[Any]:
    """What some points of a metric come to, in the order of the fields of `store.stats.Stats`."""
    finite: Sequence[float] = values
    steps = step
    first_bad = None
    if not all(map(isfinite, values)):
        kept = [place for place, value in enumerate(values) if isfinite(value)]
        first_bad = step[next(place for place, value in enumerate(values) if not isfinite(value))]
        finite, steps = [values[place] for place in kept], [step[place] for place in kept]
    low = min(finite) if finite else None
    high = max(finite) if finite else None
    return [
        len(values),
        len(values) - len(finite),
        first_bad,
        float(sum(finite)),
        low,
        None if low is None else steps[finite.index(low)],
        high,
        None if high is None else steps[finite.index(high)],
        values[-1],
        step[-1],
        time[-1],
        step[0],
        min(time),
    ]


def _merge(known: list[Any], newer: list[Any]) -> None:
    """Take in what came later in the same log."""
    if newer[_FIRST_STEP] < known[_LAST_STEP] or newer[_LAST_TIME] < known[_LAST_TIME]:
        raise _LongError
    for place in (_COUNT, _BAD, _TOTAL):
        known[place] += newer[place]
    if known[_FIRST_BAD] is None:
        known[_FIRST_BAD] = newer[_FIRST_BAD]
    if newer[_MIN] is not None and (known[_MIN] is None or newer[_MIN] < known[_MIN]):
        known[_MIN], known[_MIN_STEP] = newer[_MIN], newer[_MIN_STEP]
    if newer[_MAX] is not None and (known[_MAX] is None or newer[_MAX] > known[_MAX]):
        known[_MAX], known[_MAX_STEP] = newer[_MAX], newer[_MAX_STEP]
    known[_LAST : _LAST_TIME + 1] = newer[_LAST : _LAST_TIME + 1]
    known[_FIRST_TIME] = min(known[_FIRST_TIME], newer[_FIRST_TIME])


def _summary(stats: list[tuple[str, list[Any]]]) -> bytes:
    body = (
        struct.pack("<H", _SUMMARY)
        + struct.pack(">BH", 0xDE, len(stats))
        + b"".join(
            _packed(key) + struct.pack(">B", 0x90 | len(values)) + b"".join(map(_packed, values))
            for key, values in stats
        )
    )
    return _CRC.pack(len(body)) + body + _CRC.pack(crc32(body))


def _packed(value: Any) -> bytes:
    """A text, a number or None in msgpack."""
    if value is None:
        return b"\xc0"
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return struct.pack(">BI", 0xDB, len(text)) + text
    if isinstance(value, int):
        return struct.pack(">Bq", 0xD3, value)
    return struct.pack(">Bd", 0xCB, value)


def _schema(payload: bytes) -> tuple[int, list[str]]:
    """Number and keys of a key set, out of msgpack. Sparse rows have a key set of number -1."""
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        if at > len(payload):
            raise _LongError
        return payload[at - size : at]

    def length(kinds: dict[int, int], fixed: int, most: int) -> int:
        """Of an array or a text, by the byte that it begins with."""
        first = take(1)[0]
        if fixed <= first <= fixed + most:
            return first - fixed
        return int.from_bytes(take(kinds[first]), "big")

    if length({0xDC: 2, 0xDD: 4}, 0x90, 0x0F) != 2:
        raise _LongError
    number = length({0xCC: 1, 0xCD: 2}, 0x00, 0x7F)
    count = length({0xDC: 2, 0xDD: 4}, 0x90, 0x0F)
    keys = [take(length({0xD9: 1, 0xDA: 2, 0xDB: 4}, 0xA0, 0x1F)).decode() for _ in range(count)]
    return number, keys
