"""A log in short: its frames that are no rows, and what its rows come to, as a sealer leaves them beside the columns.

A table of runs needs no more of a log that has ended, which may be a thousandth of it. The standard library of Python
3.8 alone. `store/journal.py` describes the frames, `store/stats.py` the numbers.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from math import isfinite, nan
from operator import gt
from typing import Any

from trackside.model.keys import short
from trackside.services.remote.bare.messagepack import decoded

_HEAD = struct.Struct("<IH")
_CRC = struct.Struct("<I")
_BEAT = struct.Struct("<dQ")
_BODY = 4
"""Where the body of a frame begins, after its length."""

_AROUND = 8
"""Bytes of a frame beside its body: the length and the checksum."""

_BEFORE_VALUES = 18
"""Bytes of a row's body before its values: kind, step and time."""

_MOST_BODY = 1 << 20
_SCHEMA, _SUMMARY, _HEARTBEAT, _MIXED, _CLOSE = 0xFF00, 0xFF03, 0xFF05, 0xFF06, 0xFF0A
_FIRST_RESERVED = 0xFF00
_NOT_SHORTENED = frozenset({_SUMMARY, 0xFF09, 0xFF0B})
"""Sparse rows, and what a sealer wrote."""

_ROWS_AT_ONCE = 4096
_METRICS_A_FRAME = 256
_COUNT, _BAD, _FIRST_BAD, _TOTAL, _MIN, _MIN_STEP, _MAX, _MAX_STEP, _LAST, _LAST_STEP, _LAST_TIME = range(11)
_FIRST_STEP, _FIRST_TIME, _SHAPE = 11, 12, 13


class _LongError(Exception):
    """A log that cannot be told in short: it goes on, is damaged, or has rows out of their order."""


CANNOT_BE_TOLD = (_LongError, struct.error, LookupError, ValueError, TypeError, AttributeError, OverflowError)
"""What is raised by a log that makes no sense."""


def in_short(log: bytes, metrics: Collection[str] | None = None, *, texts: bool = True) -> list[list[Any]] | None:
    """The frames that stand for it, their values of these metrics alone. None where it has to be sent as it is.

    What was logged and is no number, which may be long, stands there with `texts` only.
    """
    try:
        return _shortened(log, metrics, texts)
    except CANNOT_BE_TOLD:
        return None


def sealed_in_short(rest: bytes, metrics: Collection[str] | None, *, texts: bool) -> list[list[Any]] | None:
    """The same of the frames of a log that was sealed, without the shapes of its curves."""
    try:
        frames = [_said(frame) for kind, frame in _parted(rest) if texts or kind != _MIXED]
        for frame in frames:
            if frame[0] == _SUMMARY:
                named = ((short(key), stats[:_SHAPE]) for key, stats in frame[1].items())
                frame[1] = {key: _held_back(key, stats, metrics) for key, stats in named}
    except CANNOT_BE_TOLD:
        return None
    return frames


def _parted(log: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind of each of the frames, and its bytes."""
    at = 0
    while at < len(log):
        kind, end = _frame_at(log, at)
        _check(memoryview(log)[at:end], end - at)
        yield kind, log[at:end]
        at = end


def _frame_at(log: bytes, at: int) -> tuple[int, int]:
    """The kind of a frame, and where it ends."""
    size, kind = _HEAD.unpack_from(log, at)
    end = at + size + _AROUND
    if not 2 <= size <= _MOST_BODY or end > len(log):
        raise _LongError
    return kind, end


def _said(frame: bytes) -> list[Any]:
    """The kind of a frame, and what it says: a heartbeat [time, lost rows], bytes where it cannot be read."""
    kind, payload = _HEAD.unpack_from(frame)[1], frame[_HEAD.size : -_CRC.size]
    if kind == _HEARTBEAT:
        return [kind, list(_BEAT.unpack(payload))]
    try:
        return [kind, decoded(payload)]
    except (ValueError, LookupError, struct.error):
        return [kind, payload]


def _check(frames: memoryview, size: int) -> None:
    """Frames of one size are what was written: who is told of them in short sees no checksum of theirs."""
    bodies = (frames[at + _BODY : at + size - _CRC.size] for at in range(0, len(frames), size))
    sums = struct.iter_unpack(f"<{size - _CRC.size}xI", frames)
    if any(zlib.crc32(body) != crc for body, (crc,) in zip(bodies, sums)):  # noqa: B905  there is no strict before 3.10
        raise _LongError


def row_runs(log: bytes) -> Iterator[tuple[list[str], memoryview]]:
    """The rows of a log that can be told in short: of one key set as they follow each other, some thousands at once."""
    return ((keys, rows) for keys, rows in _parts(log) if isinstance(rows, memoryview))


def _shortened(log: bytes, metrics: Collection[str] | None, texts: bool) -> list[list[Any]]:
    said: list[list[Any]] = []
    beat: list[list[Any]] = []
    stats: dict[str, list[Any]] = {}
    kind = 0
    for keys, part in _parts(log):
        if isinstance(part, memoryview):
            kind = 0
            _take_rows(stats, keys, part)
        else:
            kind = part[0]
            if kind == _HEARTBEAT:
                beat = [part]
            elif texts or kind != _MIXED:
                said.append(part)
    if kind != _CLOSE:
        raise _LongError
    every = [(key, _held_back(key, values, metrics)) for key, values in stats.items()]
    summaries = (dict(every[start : start + _METRICS_A_FRAME]) for start in range(0, len(every), _METRICS_A_FRAME))
    return [*said, *beat, *([_SUMMARY, summary] for summary in summaries)]


def _held_back(key: str, stats: list[Any], metrics: Collection[str] | None) -> list[Any]:
    """What is told of a metric: how many points it has, where it begins and ends; its values where it is asked for."""
    if metrics is None or key in metrics:
        return stats
    held_back = {_TOTAL: nan, _MIN: None, _MIN_STEP: None, _MAX: None, _MAX_STEP: None, _LAST: None}
    return [held_back.get(place, value) for place, value in enumerate(stats)]


def _schema(said: Any) -> tuple[int, list[str]]:
    """Number and keys of a key set, cut as all names are. Sparse rows have one of number -1."""
    number, keys = said
    if not isinstance(number, int) or number < 0 or not all(isinstance(key, str) for key in keys):
        raise _LongError
    names = list(map(short, keys))
    if len(set(names)) < len(names):
        raise _LongError
    return number, names


def _parts(log: bytes) -> Iterator[tuple[list[str], Any]]:
    """Rows of a key set that follow each other, as they lie in the log, or a frame that is none, without keys."""
    schemas: dict[int, list[str]] = {}
    at = 0
    while at < len(log):
        kind, end = _frame_at(log, at)
        if kind in _NOT_SHORTENED:
            raise _LongError
        size = end - at
        if kind < _FIRST_RESERVED:
            end = _end_of_rows(log, at, end, schemas[kind])
        _check(memoryview(log)[at:end], size)
        if kind < _FIRST_RESERVED:
            yield schemas[kind], memoryview(log)[at:end]
        else:
            frame = _said(log[at:end])
            if kind == _SCHEMA:
                number, keys = _schema(frame[1])
                schemas[number] = keys
            elif kind == _MIXED and _has_numbers(frame[1]):
                raise _LongError
            yield [], frame
        at = end


def _has_numbers(row: dict[str, Any]) -> bool:
    """Whether there is a whole number in it that no float holds: it counts as a point of its metric."""
    return any(isinstance(value, (int, float)) for value in row["values"].values())


def _end_of_rows(log: bytes, start: int, end: int, keys: list[str]) -> int:
    size = end - start
    if size != _AROUND + _BEFORE_VALUES + 8 * len(keys):
        raise _LongError
    head = log[start : start + _HEAD.size]
    most = min(len(log) - size, start + size * _ROWS_AT_ONCE)
    while end <= most and log[end : end + _HEAD.size] == head:
        end += size
    return end


def _take_rows(stats: dict[str, list[Any]], keys: list[str], part: memoryview) -> None:
    """Take in the rows of one key set."""
    rows = struct.iter_unpack(f"<6xqd{len(keys)}d4x", part)
    step, time, *columns = zip(*rows)  # noqa: B905  which Python 3.8 has no `strict` for
    if any(map(gt, step, step[1:])) or max(time[bisect_left(step, step[-1]) :]) != time[-1]:
        raise _LongError
    for key, values in zip(keys, columns):  # noqa: B905  there is no strict before 3.10
        newer = _stats(step, time, values)
        known = stats.setdefault(key, newer)
        if known is not newer:
            _merge(known, newer)


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
