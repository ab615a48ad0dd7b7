"""Scalars of many events at once: those that are laid out as the common writers lay them out, and others one by one.

An event of one scalar is `09 time | 10 step | 2A summary`, a summary of one value `0A value`, a value `0A tag` and the
number in one of a few ways. So all events of one length whose steps take equally many bytes have everything at the
same places; bytes that are not as a writer's are left to whoever reads events field by field.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trackside.model.foreign import Points
from trackside.sources.tensorboard.records import Batch

_TIME, _STEP, _SUMMARY, _FIRST = 0x09, 0x10, 0x2A, b"\x0a"
_STEP_AT = 9
_STEP_BYTES = 5
_FEWEST = 8
_LONGEST = 1_024


class Layout(NamedTuple):
    """How a writer puts a number after the tag: the bytes `before` and `after` it, and its type."""

    before: bytes
    after: bytes
    type: str


_SCALARS = b"\x4a\x0b\x0a\x09\x0a\x07scalars"
LAYOUTS = (
    Layout(b"\x15", b"", "<f4"),  # simple_value
    Layout(b"\x42\x0a\x08\x01\x12\x00\x22\x04", _SCALARS, "<f4"),  # TensorFlow 2
    Layout(b"\x42\x0a\x08\x01\x12\x00\x2a\x04", _SCALARS, "<f4"),  # TensorBoard's own helper
    Layout(b"\x42\x08\x08\x01\x2a\x04", _SCALARS, "<f4"),  # torch, new_style
    Layout(b"\x42\x0c\x08\x02\x32\x08", _SCALARS, "<f8"),  # torch, double_precision
)


class Scalars:
    """Scalars of one batch of records, in the order of the records, until they are taken as points.

    What stands `before` and `after` each tag makes it the name of a metric.
    """

    def __init__(self, before: str, after: str) -> None:
        self._around = (before, after)
        self._numbers: dict[bytes, int] = {}
        self._metrics: dict[str, int] = {}
        self._columns: list[tuple[NDArray[Any], ...]] = []
        self._single: list[tuple[int, int, int, float, float]] = []

    @property
    def metrics(self) -> dict[str, int]:
        """The metrics that were seen so far, each with a number of its own."""
        return self._metrics

    def add(self, record: int, tag: bytes, step: int, time: float, value: float) -> None:
        """A scalar of an event that was read field by field."""
        self._single.append((record, self._number(tag), step, time, value))

    def add_common(self, batch: Batch) -> NDArray[np.int64]:
        """All scalars of the batch that are laid out as is common; the numbers of the records that are not."""
        data = np.frombuffer(batch.data, np.uint8)
        order = np.argsort(batch.sizes, kind="stable")
        borders = np.flatnonzero(np.diff(batch.sizes[order])) + 1
        others: list[NDArray[np.int64]] = []
        for records in np.split(order, borders):
            size = int(batch.sizes[records[0]]) if len(records) else 0
            if len(records) < _FEWEST or size > _LONGEST:
                others.append(records)
                continue
            rows = np.lib.stride_tricks.sliding_window_view(data, size)[batch.starts[records]]
            others.append(records[~self._add_equal(rows, records)])
        return np.sort(np.concatenate(others)) if others else np.empty(0, np.int64)

    def take(self, before: int | None = None) -> Iterator[Points]:
        """The scalars, or those of the records before one; metrics that stand in the same records together."""
        record, metric, step, time, value = self._taken(before)
        order = np.lexsort((record, metric))
        together: dict[bytes, list[tuple[int, NDArray[np.int64]]]] = {}
        for of_one in np.split(order, np.flatnonzero(np.diff(metric[order])) + 1):
            if len(of_one):
                together.setdefault(record[of_one].tobytes(), []).append((int(metric[of_one[0]]), of_one))
        names = list(self._metrics)
        for columns in together.values():
            keys = tuple(names[number] for number, _ in columns)
            rows = columns[0][1]
            yield Points(keys, step[rows], time[rows], np.column_stack([value[of_one] for _, of_one in columns]))

    def _taken(self, before: int | None) -> list[NDArray[Any]]:
        if self._single:
            types = (np.int64, np.int64, np.int64, np.float64, np.float64)
            columns = zip(*self._single, strict=True)
            self._columns.append(tuple(np.array(column, kind) for column, kind in zip(columns, types, strict=True)))
            self._single = []
        if not self._columns:
            return [np.empty(0, np.int64)] * 3 + [np.empty(0)] * 2
        whole = [np.concatenate(column) for column in zip(*self._columns, strict=True)]
        taken = whole[0] < (np.inf if before is None else before)
        self._columns = [] if taken.all() else [tuple(column[~taken] for column in whole)]
        return [column[taken] for column in whole]

    def _add_equal(self, rows: NDArray[np.uint8], records: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Take those of `rows`, the bytes of events of one length, that have a common layout; which they were."""
        places = np.ascontiguousarray(rows.T)
        timed: NDArray[np.bool_] = places[0] == _TIME
        left = timed.copy()
        for step_bytes in range(_STEP_BYTES + 1):
            for layout in LAYOUTS:
                if not left.any():
                    return timed
                spans = _spans(len(places), step_bytes, layout)
                if spans is not None:
                    alike = left & _has_step(places, step_bytes) & _has(places, spans.fixed)
                    left &= ~alike
                    self._add_alike(rows, records, alike, step_bytes, spans)
        return timed & ~left

    def _add_alike(
        self,
        rows: NDArray[np.uint8],
        records: NDArray[np.int64],
        alike: NDArray[np.bool_],
        step_bytes: int,
        spans: "_Spans",
    ) -> None:
        if not alike.all():
            rows, records = rows[alike], records[alike]
        if len(rows):
            value = _as(rows[:, spans.value], spans.type).astype(np.float64)
            time = _as(rows[:, 1:_STEP_AT], "<f8")
            metric = self._all_numbers(rows[:, spans.tag])
            self._columns.append((records, metric, _steps(rows, step_bytes), time, value))

    def _all_numbers(self, tags: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The numbers of the metrics of tags of one length, which most often are all the same."""
        if (tags == tags[0]).all():
            return np.full(len(tags), self._number(tags[0].tobytes()))
        each = _as(tags, f"V{tags.shape[1]}").tolist()
        for tag in set(each):
            self._number(tag)
        return np.fromiter(map(self._numbers.__getitem__, each), np.int64, len(each))

    def _number(self, tag: bytes) -> int:
        number = self._numbers.get(tag)
        if number is None:
            before, after = self._around
            metric = before + (tag.decode(errors="replace") or "untagged") + after
            number = self._numbers[tag] = self._metrics.setdefault(metric, len(self._metrics))
        return number


class _Spans(NamedTuple):
    """Where everything stands in events of one length, one length of step, and one layout."""

    fixed: list[tuple[int, bytes]]
    tag: slice
    value: slice
    type: str


def _spans(size: int, step_bytes: int, layout: Layout) -> _Spans | None:
    """None where no such event is so long."""
    summary = _STEP_AT + (step_bytes and 1 + step_bytes)
    value_end = size - len(layout.after)
    value = slice(value_end - np.dtype(layout.type).itemsize, value_end)
    tag_end = value.start - len(layout.before)
    head, tag = _head(size - summary, tag_end - summary)
    if not head:
        return None
    fixed = [(summary, head), (tag_end, layout.before), (value_end, layout.after)]
    return _Spans(fixed, slice(summary + tag, tag_end), value, layout.type)


def _has(places: NDArray[np.uint8], fixed: list[tuple[int, bytes]]) -> NDArray[np.bool_]:
    """Which events have the fixed bytes in their places."""
    given = np.ones(places.shape[1], bool)
    for start, content in fixed:
        for place, byte in enumerate(content, start=start):
            given &= places[place] == byte
    return given


def _has_step(places: NDArray[np.uint8], step_bytes: int) -> NDArray[np.bool_]:
    """Which events have a step of so many bytes; 0 is left out by writers, and takes none."""
    if not step_bytes:
        return np.ones(places.shape[1], bool)
    given: NDArray[np.bool_] = places[_STEP_AT] == _STEP
    for place in range(_STEP_AT + 1, _STEP_AT + step_bytes):
        given &= places[place] >= 0x80
    given &= places[_STEP_AT + step_bytes] < 0x80
    return given


def _steps(rows: NDArray[np.uint8], step_bytes: int) -> NDArray[np.int64]:
    step = np.zeros(len(rows), np.int64)
    for place in range(step_bytes):
        step |= (rows[:, _STEP_AT + 1 + place].astype(np.int64) & 0x7F) << 7 * place
    return step


def _head(room: int, to_value: int) -> tuple[bytes, int]:
    """What stands before the tag of a summary of one value that takes `room` bytes, the tag ending after `to_value`.

    Nothing where no tag fits. And where the tag begins.
    """
    head = b""
    for key in (bytes([_SUMMARY]), _FIRST):
        said = _sized(room - len(head) - 1)
        head += key + said
        if not said:
            return b"", 0
    said = _sized(to_value - len(head) - 1)
    head += _FIRST + said
    return (head, len(head)) if said and len(head) < to_value else (b"", 0)


def _sized(room: int) -> bytes:
    """The length that fills `room` together with what it is the length of; nothing if there is none."""
    for length in (room - 1, room - 2):
        if length >= 0:
            said = _varint(length)
            if len(said) + length == room:
                return said
    return b""


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80, number >> 7])


def _as(columns: NDArray[np.uint8], kind: str) -> NDArray[Any]:
    return np.ascontiguousarray(columns).view(kind).ravel()
