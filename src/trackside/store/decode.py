"""From the bytes of a log to columns. It knows no file: what follows the last whole frame is given again next time.

Rows of floats make up nearly all of a log, and a training loop logs the same key sets over and over in the same order.
So a few frames are read one by one, the period in which their kinds repeat is taken for a record of fixed size, and
as many such records as follow are viewed as one array, whose headers are compared all at once.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt

from trackside.store import journal
from trackside.store.journal import FIRST_RESERVED, MAX_BODY, Frame, Kind

Verify: TypeAlias = Literal["all", "tail"]
"""Which checksums of rows are computed; of every other frame it always is."""

Steps: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

_PROBED = 24
_TAIL_BYTES = 4 << 10
_KNOWN_KINDS = frozenset(int(kind) for kind in Kind)
_HEAD = struct.Struct("<IH")
_CRC = struct.Struct("<I")
_PAIR = np.dtype([("key", "<u4"), ("value", "<f8")])
_WHERE = struct.Struct("<qd")


class Block(NamedTuple):
    """Rows of one key set in the order of the file: `step` int64[n], `time` float64[n], `values` float64[n, k]."""

    keys: tuple[str, ...]
    step: Steps
    time: Floats
    values: Floats


@dataclass
class Chunk:
    """What some bytes of a log held.

    `end` is the offset in those bytes up to which frames were whole, `others` every frame that is no row of floats,
    `damage` the `(start, end)` of what was passed over because it could not be read.
    """

    end: int = 0
    blocks: list[Block] = field(default_factory=list)
    others: list[Frame] = field(default_factory=list)
    damage: list[tuple[int, int]] = field(default_factory=list)


class Decoder:
    """Reads a log in pieces, each from the end of the one before. It remembers the key sets."""

    def __init__(self) -> None:
        self._schemas: dict[int, tuple[str, ...]] = {}
        self._table: list[str] = []

    def state(self) -> bytes:
        """All that is remembered, for `from_state`."""
        return msgspec.msgpack.encode([list(self._schemas.items()), self._table])

    @classmethod
    def from_state(cls, state: bytes) -> "Decoder":
        """A decoder that goes on where another one stopped. msgspec.MsgspecError on what `state` did not give."""
        schemas, table = msgspec.msgpack.decode(state, type=tuple[list[tuple[int, tuple[str, ...]]], list[str]])
        decoder = cls()
        decoder._schemas = dict(schemas)
        decoder._table = table
        return decoder

    def feed(self, data: bytes | memoryview, *, verify: Verify = "all") -> Chunk:
        """Decode what is whole in `data`, which begins at a frame."""
        return _Reading(self._schemas, self._table, memoryview(data), verify).chunk()


class _Reading:
    """One piece of a log while it is read."""

    def __init__(self, schemas: dict[int, tuple[str, ...]], table: list[str], view: memoryview, verify: Verify) -> None:
        self._schemas = schemas
        self._table = table
        self._view = view
        self._verify_from = 0 if verify == "all" else max(0, len(view) - _TAIL_BYTES)
        self._search_all = verify == "all"
        self._chunk = Chunk()
        self._rows = _Rows()

    def chunk(self) -> Chunk:
        position = 0
        while True:
            position = self._many_rows(position)
            frame = self._frame(position)
            if frame is None:
                resumed = self._after_damage(position)
                if resumed is None:
                    break
                self._chunk.damage.append((position, resumed))
                position = resumed
            else:
                self._take(frame)
                position = frame.end
        self._chunk.end = position
        self._chunk.blocks = self._rows.blocks()
        return self._chunk

    def _frame(self, start: int) -> Frame | None:
        """The frame at `start`; None where it is torn, damaged or not there yet."""
        if start + 10 > len(self._view):
            return None
        size, kind = _HEAD.unpack_from(self._view, start)
        end = start + size + 8
        if not 2 <= size <= MAX_BODY or end > len(self._view):
            return None
        if crc32(self._view[start + 4 : end - 4]) != _CRC.unpack_from(self._view, end - 4)[0]:
            return None
        return Frame(start, end, kind, bytes(self._view[start + 6 : end - 4]))

    def _after_damage(self, start: int) -> int | None:
        """Where reading goes on after what is no frame; None where nothing more is proved, or the rest may yet come."""
        rest = self._view[start:]
        if len(rest) < 10:
            return None
        size, kind = _HEAD.unpack_from(rest)
        unfinished = 2 <= size <= MAX_BODY and size + 8 > len(rest) and self._is_plausible(kind, size)
        if unfinished and not self._search_all:
            return None
        if not np.frombuffer(rest, np.uint8).any():
            return None
        sizes = {schema: journal.row_size(len(keys)) for schema, keys in self._schemas.items()}
        return journal.next_provable(self._view, start + 1, sizes)

    def _is_plausible(self, kind: int, size: int) -> bool:
        if kind >= FIRST_RESERVED:
            return kind in _KNOWN_KINDS
        keys = self._schemas.get(kind)
        return keys is not None and journal.row_size(len(keys)) == size + 8

    def _take(self, frame: Frame) -> None:
        try:
            if frame.kind < FIRST_RESERVED:
                self._take_row(frame)
            elif frame.kind == Kind.SCHEMA:
                self._take_schema(frame)
                self._chunk.others.append(frame)
            elif frame.kind == Kind.SPARSE:
                self._take_sparse(frame)
            else:
                if frame.kind == Kind.MIXED:
                    self._take_mixed(frame)
                self._chunk.others.append(frame)
        except (msgspec.MsgspecError, struct.error, KeyError, IndexError, TypeError, ValueError):
            self._chunk.damage.append((frame.start, frame.end))

    def _take_row(self, frame: Frame) -> None:
        keys = self._schemas[frame.kind]
        if len(frame.payload) != 16 + 8 * len(keys):
            raise ValueError("a row of another width than its key set")
        step, time = _WHERE.unpack_from(frame.payload)
        values = np.frombuffer(frame.payload, "<f8", offset=16)
        self._rows.add_one(keys, step, time, values)

    def _take_schema(self, frame: Frame) -> None:
        schema, keys = msgspec.convert(journal.unpacked(frame.payload), tuple[int, tuple[str, ...]])
        if schema < 0:
            self._table.extend(keys)
        else:
            self._schemas[schema] = keys

    def _take_sparse(self, frame: Frame) -> None:
        step, time = _WHERE.unpack_from(frame.payload)
        pairs = np.frombuffer(frame.payload, _PAIR, offset=_WHERE.size)
        for key, value in zip(pairs["key"].tolist(), pairs["value"], strict=True):
            self._rows.add_one((self._table[key],), step, time, value)

    def _take_mixed(self, frame: Frame) -> None:
        said = journal.unpacked(frame.payload)
        numbers = {key: float(value) for key, value in said["values"].items() if isinstance(value, int | float)}
        if numbers:
            self._rows.add_one(tuple(numbers), int(said["step"]), float(said["time"]), np.array(list(numbers.values())))

    def _many_rows(self, start: int) -> int:
        """Take as many rows as repeat one period of kinds; the offset after them, `start` where there are none."""
        period = self._period(start)
        if not period:
            return start
        record = _record([(kind, len(self._schemas[kind])) for kind in period])
        count = (len(self._view) - start) // record.itemsize
        if count < 2:
            return start
        rows = np.frombuffer(self._view, record, count, start)
        good = self._good(rows, period)
        if self._verify_from < start + good * record.itemsize:
            good = self._verified(rows, period, start, good)
        if good:
            self._add(rows[:good], period)
        return start + good * record.itemsize

    def _period(self, start: int) -> list[int]:
        """The shortest sequence of row kinds that repeats in the next few frames; empty where none does."""
        kinds: list[int] = []
        position = start
        while len(kinds) < _PROBED and position + 10 <= len(self._view):
            size, kind = _HEAD.unpack_from(self._view, position)
            keys = self._schemas.get(kind)
            if keys is None or size + 8 != journal.row_size(len(keys)):
                break
            kinds.append(kind)
            position += size + 8
        for length in range(1, len(kinds) // 2 + 1):
            if kinds[length:] == kinds[:-length]:
                return kinds[:length]
        return []

    def _good(self, rows: npt.NDArray[Any], period: Sequence[int]) -> int:
        """How many records have the headers that they should have."""
        for place, kind in enumerate(period):
            size = journal.row_size(len(self._schemas[kind])) - 8
            for part, right in (("size", size), ("kind", kind)):
                wrong = rows[f"{part}{place}"] != right
                if wrong.any():
                    rows = rows[: int(wrong.argmax())]
        return len(rows)

    def _verified(self, rows: npt.NDArray[Any], period: Sequence[int], start: int, good: int) -> int:
        """How many of the first `good` records hold their checksums, computed from where verifying begins."""
        size = rows.dtype.itemsize
        widths = [journal.row_size(len(self._schemas[kind])) for kind in period]
        for record in range(max(0, (self._verify_from - start) // size), good):
            position = start + record * size
            for width in widths:
                end = position + width
                if crc32(self._view[position + 4 : end - 4]) != _CRC.unpack_from(self._view, end - 4)[0]:
                    return record
                position = end
        return good

    def _add(self, rows: npt.NDArray[Any], period: Sequence[int]) -> None:
        for kind in dict.fromkeys(period):
            places = [place for place, other in enumerate(period) if other == kind]
            keys = self._schemas[kind]
            columns = [tuple(rows[f"{part}{place}"] for place in places) for part in ("step", "time", "values")]
            step, time = (_interleaved(column) for column in columns[:2])
            values = _interleaved(columns[2]).reshape(len(step), len(keys))
            self._rows.add_many(keys, step, time, values)


def _interleaved(columns: tuple[npt.NDArray[Any], ...]) -> npt.NDArray[Any]:
    if len(columns) == 1:
        return np.ascontiguousarray(columns[0])
    return np.stack(columns, axis=1).reshape(len(columns) * len(columns[0]), *columns[0].shape[1:])


def _record(kinds: Sequence[tuple[int, int]]) -> np.dtype[Any]:
    fields: list[Any] = []
    for place, (_, width) in enumerate(kinds):
        fields += [
            (f"size{place}", "<u4"),
            (f"kind{place}", "<u2"),
            (f"step{place}", "<i8"),
            (f"time{place}", "<f8"),
            (f"values{place}", "<f8", (width,)),
            (f"crc{place}", "<u4"),
        ]
    return np.dtype(fields)


class _Rows:
    """Rows as they come, gathered by key set in the order of the file."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, ...], list[tuple[Steps, Floats, Floats]]] = {}
        self._singles: dict[tuple[str, ...], tuple[list[int], list[float], list[Any]]] = {}

    def add_one(self, keys: tuple[str, ...], step: int, time: float, values: Any) -> None:
        steps, times, rows = self._singles.setdefault(keys, ([], [], []))
        steps.append(step)
        times.append(time)
        rows.append(values)

    def add_many(self, keys: tuple[str, ...], step: Steps, time: Floats, values: Floats) -> None:
        self._flush(keys)
        self._parts.setdefault(keys, []).append((step, time, values))

    def blocks(self) -> list[Block]:
        for keys in list(self._singles):
            self._flush(keys)
        return [
            Block(keys, *parts[0]) if len(parts) == 1 else Block(keys, *map(np.concatenate, zip(*parts, strict=True)))
            for keys, parts in self._parts.items()
        ]

    def _flush(self, keys: tuple[str, ...]) -> None:
        singles = self._singles.pop(keys, None)
        if singles is not None:
            step, time, rows = singles
            values = np.array(rows, dtype=np.float64).reshape(len(step), len(keys))
            self._parts.setdefault(keys, []).append((np.array(step, np.int64), np.array(time, np.float64), values))
