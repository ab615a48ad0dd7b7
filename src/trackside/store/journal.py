"""The bytes of a log: frames, how they are made and how they are found again.

    frame = u32 n | body (n bytes) | u32 crc32(body)        little endian, 2 <= n <= 1 MiB
    body  = u16 kind | rest

A kind below 0xFF00 is a schema id, and the frame a row of floats: `i64 step, f64 time, f64 x k`.
This module is part of every training process: standard library and msgspec only. It knows no file.
"""

import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

FORMAT = 1
MAX_BODY = 1 << 20
MAX_SCHEMAS = 64
"""Key sets of a log that get a schema of their own; rows of later ones are sparse."""


class Kind(IntEnum):
    """What a frame holds, for all but rows of floats. Unless said otherwise the rest of the body is one msgpack map."""

    SCHEMA = 0xFF00  # [id, keys]; id -1 appends to the key table that sparse rows count in
    STATE = 0xFF01  # {section: {key: value}}, the last writer of a key wins
    TAGS = 0xFF02  # {stamp, add, remove}
    SUMMARY = 0xFF03  # written by the sealer alone
    STATUS = 0xFF04  # {status, time, exit_code, traceback}
    HEARTBEAT = 0xFF05  # f64 time, u64 rows that could not be kept so far
    MIXED = 0xFF06  # {step, time, values}: a row that is not all floats: texts, blobs, histograms
    MARK = 0xFF07  # {kind, time, step, text}
    OPEN = 0xFF08  # {format, run, writer, seq, role, resume, step, boot, pid, pid_start, user, host, inode, time, why}
    SPARSE = 0xFF09  # i64 step, f64 time, (u32 key, f64 value) x k
    CLOSE = 0xFF0A  # {rotated}: nothing follows in this log
    SEALED = 0xFF0B  # {file: blake3}, written by the sealer alone: the other files of the segment


SEALERS = (Kind.SUMMARY, Kind.SEALED)
"""What the sealer adds to the frames of a log."""

FIRST_RESERVED = 0xFF00
_HEAD = struct.Struct("<IH")
_CRC = struct.Struct("<I")
_BEAT = struct.Struct("<dQ")
_POINT = struct.Struct("<qd")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class Frame(NamedTuple):
    """One whole frame of a log: the offset at which it starts and ends, its kind, and its body less the kind."""

    start: int
    end: int
    kind: int
    payload: bytes


def frame(kind: int, payload: bytes) -> bytes:
    """The bytes of one frame. ValueError if it would be larger than a frame may be."""
    size = len(payload) + 2
    if size > MAX_BODY:
        raise ValueError(f"a frame holds at most {MAX_BODY} bytes, not {size}")
    head = _HEAD.pack(size, kind)
    return b"".join((head, payload, _CRC.pack(crc32(payload, crc32(head[4:])))))


def packed(kind: Kind, value: Any) -> bytes:
    """A frame whose payload is `value` in msgpack."""
    return frame(kind, _encoder.encode(value))


def unpacked(payload: bytes) -> Any:
    """What `packed` was given. msgspec.DecodeError on anything else."""
    return _decoder.decode(payload)


class RowFormat:
    """Packs rows of one key set: `pack(step, time, values)` gives a whole frame."""

    __slots__ = ("_body", "_size", "schema")

    def __init__(self, schema: int, width: int) -> None:
        self.schema = schema
        self._body = struct.Struct(f"<Hqd{width}d")
        self._size = struct.pack("<I", self._body.size)

    def pack(self, step: int, time: float, values: Sequence[float]) -> bytes:
        """The frame of one row; `values` in the order of the schema's keys."""
        body = self._body.pack(self.schema, step, time, *values)
        return self._size + body + _CRC.pack(crc32(body))


def row_size(width: int) -> int:
    """Bytes of a whole row frame of `width` floats."""
    return 4 + 2 + 16 + 8 * width + 4


def sparse(step: int, time: float, pairs: Sequence[tuple[int, float]]) -> bytes:
    """The frame of a row whose keys are counted in the log's key table."""
    flat = [part for pair in pairs for part in pair]
    return frame(Kind.SPARSE, _POINT.pack(step, time) + struct.pack("<" + "Id" * len(pairs), *flat))


def sparse_parts(payload: bytes) -> tuple[int, float, list[tuple[int, float]]]:
    """Step, time and `(key, value)` pairs of a sparse row."""
    step, time = _POINT.unpack_from(payload)
    return step, time, list(struct.iter_unpack("<Id", payload[_POINT.size :]))


def heartbeat(time: float, dropped: int) -> bytes:
    """The frame that says: alive at `time`, `dropped` rows could not be kept so far."""
    return frame(Kind.HEARTBEAT, _BEAT.pack(time, dropped))


def heartbeat_parts(payload: bytes) -> tuple[float, int]:
    """Time and number of rows not kept."""
    time, dropped = _BEAT.unpack(payload)
    return time, dropped


def frames(data: bytes | memoryview, start: int = 0) -> Iterator[Frame]:
    """Whole frames of `data` from `start`, up to the first that is torn, damaged or zero.

    The end of the last frame is the offset from which a reader goes on. Every checksum is verified.
    """
    view = memoryview(data)
    size = len(view)
    while start + 10 <= size:
        body_size, kind = _HEAD.unpack_from(view, start)
        end = start + body_size + 8
        if not 2 <= body_size <= MAX_BODY or end > size:
            return
        if crc32(view[start + 4 : end - 4]) != _CRC.unpack_from(view, end - 4)[0]:
            return
        yield Frame(start, end, kind, bytes(view[start + 6 : end - 4]))
        start = end


def next_provable(data: bytes | memoryview, start: int, row_sizes: dict[int, int]) -> int | None:
    """Offset of the first whole frame at or after `start`, after damage; None where there is none.

    `row_sizes` maps the schema ids known so far to the sizes of their frames. Kind and size must be
    plausible before a checksum is computed, so that a gap is searched in linear time.
    """
    view = memoryview(data)
    for offset in range(start, len(view) - 9):
        body_size, kind = _HEAD.unpack_from(view, offset)
        end = offset + body_size + 8
        if not 2 <= body_size <= MAX_BODY or end > len(view):
            continue
        known = kind in Kind._value2member_map_ if kind >= FIRST_RESERVED else row_sizes.get(kind) == body_size + 8
        if known and crc32(view[offset + 4 : end - 4]) == _CRC.unpack_from(view, end - 4)[0]:
            return offset
    return None
