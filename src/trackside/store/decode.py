"""From the bytes of a log to columns. It knows no file: what follows the last whole frame is given again next time.

Rows of floats make up nearly all of a log, and a training loop logs the same key sets over and over in the same order.
So a few frames are read one by one, the period in which their kinds repeat is taken for a record of fixed size, and
as many such records as follow are viewed as one array, whose headers are compared all at once. Where no period shows,
the offsets of frames are gathered first, of ever more as long as none shows, and those of each kind are copied out
together.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt

from trackside.model.keys import short
from trackside.store import journal
from trackside.store.journal import FIRST_RESERVED, MAX_BODY, Frame, Kind

Verify: TypeAlias = Literal["all", "tail"]
"""Which checksums of rows are computed; of every other frame it always is."""

Steps: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

_PROBED = 24
_COMPARED_FIRST = 256
_HEAD_BITS = (1 << 48) - 1
_GATHERED = 4_096
_LONG_REPEAT = 64 << 10
_TAIL_BYTES = 4 << 10
_KNOWN_KINDS = frozenset(int(kind) for kind in Kind)
_WITHOUT_ROWS = _KNOWN_KINDS - {Kind.SCHEMA, Kind.SPARSE, Kind.MIXED}
_HEAD = struct.Struct("<IH")
_CRC = struct.Struct("<I")
_PAIR = np.dtype([("key", "<u4"), ("value", "<f8")])
_WHERE = struct.Struct("<qd")


class Block(NamedTuple):
    """Rows of one key set in the order of the file: `step` int64[n], `time` float64[n], `values` float64[n, k].

    Arrays may be views of the bytes that were read, neither contiguous nor aligned: copying costs as much as reading.
    """

    keys: tuple[str, ...]
    step: Steps
    time: Floats
    values: Floats

    def before(self, step: int | None) -> "Block":
        """Its rows at smaller steps; all where None is given."""
        if step is None:
            return self
        kept = self.step < step
        return self if kept.all() else Block(self.keys, self.step[kept], self.time[kept], self.values[kept])


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks of one key set, one after the other."""
    if len(blocks) == 1:
        return blocks[0]
    step, time, values = (np.concatenate(columns) for columns in zip(*(block[1:] for block in blocks), strict=True))
    return Block(blocks[0].keys, step, time, values)


class Chunk(msgspec.Struct):
    """What some bytes of a log held.

    `end` is the offset in those bytes up to which frames were whole, `others` every frame that is no row of floats,
    `damage` the `(start, end)` of what was passed over because it could not be read.
    """

    end: int = 0
    blocks: list[Block] = msgspec.field(default_factory=list)
    others: list[Frame] = msgspec.field(default_factory=list)
    damage: list[tuple[int, int]] = msgspec.field(default_factory=list)


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


class _MixedRow(msgspec.Struct):
    step: Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
    time: float
    values: dict[str, Any]


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
        self._patience = _PROBED
        self._sizes = {schema: journal.row_size(len(keys)) for schema, keys in schemas.items()}

    def chunk(self) -> Chunk:
        position = 0
        while True:
            repeated = self._repeated_rows(position)
            self._patience = _PROBED if repeated - position > _LONG_REPEAT else min(2 * self._patience, _GATHERED)
            position = self._gathered_rows(repeated)
            frame = self._frame(position)
            if frame is None:
                resumed = self._after_damage(position)
                if resumed is None:
                    self._note_unreadable(position)
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
        if not self._holds(start, end):
            return None
        return Frame(start, end, kind, bytes(self._view[start + 6 : end - 4]))

    def _after_damage(self, start: int) -> int | None:
        """Where reading goes on after what is no frame; None where nothing more is proved, or the rest may yet come."""
        rest = self._view[start:]
        if len(rest) < 10 or (self._is_unfinished(rest) and not self._search_all) or _is_zero(rest):
            return None
        return journal.next_provable(self._view, start + 1, self._sizes)

    def _note_unreadable(self, start: int) -> None:
        """What is neither a frame, nor the beginning of one, nor zeros will not become readable by waiting."""
        rest = self._view[start:]
        if self._search_all and len(rest) >= _HEAD.size and not self._is_unfinished(rest) and not _is_zero(rest):
            self._chunk.damage.append((start, len(self._view)))

    def _is_unfinished(self, rest: memoryview) -> bool:
        """Whether it begins a frame whose end is not there."""
        size, kind = _HEAD.unpack_from(rest)
        return 2 <= size <= MAX_BODY and size + 8 > len(rest) and self._is_plausible(kind, size)

    def _is_plausible(self, kind: int, size: int) -> bool:
        if kind >= FIRST_RESERVED:
            return kind in _KNOWN_KINDS
        return self._sizes.get(kind) == size + 8

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
        except (msgspec.MsgspecError, struct.error, LookupError, TypeError, ValueError, ArithmeticError):
            self._chunk.damage.append((frame.start, frame.end))

    def _take_row(self, frame: Frame) -> None:
        keys = self._schemas[frame.kind]
        if len(frame.payload) != 16 + 8 * len(keys):
            raise ValueError("a row of another width than its key set")
        step, time = _WHERE.unpack_from(frame.payload)
        values = np.frombuffer(frame.payload, "<f8", offset=16)
        self._rows.add_one(keys, step, time, values)

    def _take_schema(self, frame: Frame) -> None:
        schema, said = msgspec.convert(journal.unpacked(frame.payload), tuple[int, tuple[str, ...]])
        keys = tuple(map(short, said))
        if schema < 0:
            self._table.extend(keys)
        elif len(set(keys)) < len(keys):
            raise ValueError("a key set that has a name twice")
        else:
            self._schemas[schema] = keys
            self._sizes[schema] = journal.row_size(len(keys))

    def _take_sparse(self, frame: Frame) -> None:
        step, time = _WHERE.unpack_from(frame.payload)
        pairs = np.frombuffer(frame.payload, _PAIR, offset=_WHERE.size)
        for key, value in zip(pairs["key"].tolist(), pairs["value"], strict=True):
            self._rows.add_one((self._table[key],), step, time, value)

    def _take_mixed(self, frame: Frame) -> None:
        said = msgspec.msgpack.decode(frame.payload, type=_MixedRow)
        numbers = {short(key): float(value) for key, value in said.values.items() if isinstance(value, int | float)}
        if numbers:
            self._rows.add_one(tuple(numbers), said.step, said.time, np.array(list(numbers.values())))

    def _repeated_rows(self, start: int) -> int:
        """Take as many rows as repeat one period of kinds; the offset after them, `start` where there are none."""
        period = self._period(start)
        if not period:
            return start
        record = _record(tuple(len(self._schemas[kind]) for kind in period))
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
            if self._sizes.get(kind) != size + 8:
                break
            kinds.append(kind)
            position += size + 8
        for length in range(1, len(kinds) // 2 + 1):
            if kinds[length:] == kinds[:-length]:
                return kinds[:length]
        return []

    def _good(self, rows: npt.NDArray[Any], period: Sequence[int]) -> int:
        """How many records have the headers that they should have. A few are compared, then ever more."""
        start, many = 0, _COMPARED_FIRST
        while start < len(rows):
            some = rows[start : start + many]
            good = len(some)
            for place, kind in enumerate(period):
                wrong = (some[f"head{place}"] & _HEAD_BITS) != (self._sizes[kind] - 8 | kind << 32)
                if wrong.any():
                    good = min(good, int(wrong.argmax()))
            start += good
            if good < len(some):
                break
            many *= 4
        return start

    def _verified(self, rows: npt.NDArray[Any], period: Sequence[int], start: int, good: int) -> int:
        """How many of the first `good` records hold their checksums, computed from where verifying begins."""
        size = rows.dtype.itemsize
        widths = [self._sizes[kind] for kind in period]
        for record in range(max(0, (self._verify_from - start) // size), good):
            position = start + record * size
            for width in widths:
                end = position + width
                if not self._holds(position, end):
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

    def _gathered_rows(self, start: int) -> int:
        """Take the rows that follow in any order of kinds; the offset after them."""
        offsets: dict[int, list[int]] = {}
        position, most = start, len(self._view) - 10
        for _ in range(self._patience):
            if position > most:
                break
            size, kind = _HEAD.unpack_from(self._view, position)
            end = position + size + 8
            if self._sizes.get(kind) == size + 8 and end <= len(self._view):
                if end > self._verify_from and not self._holds(position, end):
                    break
                offsets.setdefault(kind, []).append(position)
            elif kind in _WITHOUT_ROWS and (frame := self._frame(position)):
                self._chunk.others.append(frame)
            else:
                break
            position = end
        whole = np.frombuffer(self._view, np.uint8)
        for kind, places in offsets.items():
            frames = np.lib.stride_tricks.sliding_window_view(whole, self._sizes[kind])[places]
            self._add(frames.view(_record((len(self._schemas[kind]),))).reshape(-1), [kind])
        return position

    def _holds(self, start: int, end: int) -> bool:
        """Whether the checksum of the frame at `start` is right."""
        return bool(crc32(self._view[start + 4 : end - 4]) == _CRC.unpack_from(self._view, end - 4)[0])


def _is_zero(data: memoryview) -> bool:
    return not np.frombuffer(data, np.uint8).any()


def _interleaved(columns: tuple[npt.NDArray[Any], ...]) -> npt.NDArray[Any]:
    if len(columns) == 1:
        return columns[0]
    return np.stack(columns, axis=1).reshape(len(columns) * len(columns[0]), *columns[0].shape[1:])


@lru_cache(maxsize=256)
def _record(widths: tuple[int, ...]) -> np.dtype[Any]:
    """Frames of rows, one after the other. `head` is the size, the kind, and two bytes of the step that are masked."""
    names: list[str] = []
    formats: list[Any] = []
    offsets: list[int] = []
    start = 0
    for place, width in enumerate(widths):
        names += [f"{part}{place}" for part in ("head", "step", "time", "values")]
        formats += ["<u8", "<i8", "<f8", ("<f8", (width,))]
        offsets += [start, start + 6, start + 14, start + 22]
        start += journal.row_size(width)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": start})


class _Rows:
    """Rows as they come, gathered by key set in the order of the file."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, ...], list[Block]] = {}
        self._singles: dict[tuple[str, ...], tuple[list[int], list[float], list[Any]]] = {}

    def add_one(self, keys: tuple[str, ...], step: int, time: float, values: Any) -> None:
        steps, times, rows = self._singles.setdefault(keys, ([], [], []))
        steps.append(step)
        times.append(time)
        rows.append(values)

    def add_many(self, keys: tuple[str, ...], step: Steps, time: Floats, values: Floats) -> None:
        self._flush(keys)
        self._parts.setdefault(keys, []).append(Block(keys, step, time, values))

    def blocks(self) -> list[Block]:
        for keys in list(self._singles):
            self._flush(keys)
        return [joined(parts) for parts in self._parts.values()]

    def _flush(self, keys: tuple[str, ...]) -> None:
        singles = self._singles.pop(keys, None)
        if singles is not None:
            step, time, rows = singles
            values = np.array(rows, dtype=np.float64).reshape(len(step), len(keys))
            self._parts.setdefault(keys, []).append(
                Block(keys, np.array(step, np.int64), np.array(time, np.float64), values)
            )
