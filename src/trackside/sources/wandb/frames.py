"""The records of a `.wandb` file: a log in blocks of 32 KiB, as LevelDB has them, with checksums of W&B's own.

After a header of 7 bytes, a block holds parts, each `u32 crc | u16 size | u8 kind | data`, little endian, where the
CRC is plain CRC-32 of kind and data. A record is one part, or a first, middle ones and a last; no part crosses the
end of a block, and fewer than 7 bytes at that end are padding. Nothing here knows what is in a record.
"""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trackside.sources.protocol import SourceError
from trackside.sources.wandb import checksums

HEADER = b":W&B\xe1\xbe\x00"
"""What a file begins with: a name, a magic number and the version of the format, 0."""
PADDING = bytes(2048)
"""Stands behind the records of a batch, so that looking a little too far is harmless."""

Positions: TypeAlias = NDArray[np.int64]

_BLOCK = 1 << 15
_MANY = 16
_CHUNK = 8 << 20
_LONGEST = 64 << 20
_HEAD = 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole records in order: each is `buffer[start:end]`; `start` and `end` have shape (n,).

    Those of several parts were put together and lie from `joined` of the buffer on.

    All records that begin before `offset` of the file are in this batch or those before it. `damaged` counts the
    places where something was passed over because it cannot be read.
    """

    buffer: bytes
    start: Positions
    end: Positions
    joined: int
    offset: int
    damaged: int


@dataclass(slots=True)
class _Parts:
    """The sound parts of a chunk: where their headers lie; how far it was read, and what was passed over."""

    heads: Positions
    stop: int
    damaged: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of a chunk that lies in one block: its bounds, where its parts end, and which parts are its own."""

    begin: int
    end: int
    filled: int
    parts: slice

    @property
    def whole(self) -> bool:
        return self.end - self.begin == _BLOCK


def begins(head: bytes, name: str) -> None:
    """SourceError where a file cannot begin with `head`, its first 7 bytes or as many as there are."""
    if head[:6] != HEADER[: len(head)][:6]:
        raise SourceError(f"{name}: does not begin as a file of W&B does; it is not read")
    if len(head) >= len(HEADER) and head[6] != HEADER[6]:
        raise SourceError(f"{name}: version {head[6]} of W&B's file format is not known here; it is not read")


def batches(descriptor: int, offset: int, size: int) -> Iterator[Batch]:
    """The records from `offset` of a file on, as far as they are whole; `offset` is 0 or came with a batch.

    `size` is how much of the file is to be read. A record of more than 64 MiB is passed over.
    """
    chain = _Chain()
    at = max(offset, len(HEADER))
    while at < size:
        data = _read(descriptor, at, min(at - at % _CHUNK + _CHUNK, size))
        parts = _parts(data, at, to_the_end=at + len(data) >= size)
        if not parts.stop:
            return
        yield chain.records(data, at, parts)
        at += parts.stop


def _read(descriptor: int, at: int, stop: int) -> bytes:
    pieces = []
    while at < stop and (piece := os.pread(descriptor, stop - at, at)):
        pieces.append(piece)
        at += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _parts(data: bytes, base: int, *, to_the_end: bool) -> _Parts:
    """The parts in `data`, which lies at `base` of the file and ends with a block, or where the file ends."""
    begins = np.append(0, np.arange(_BLOCK - base % _BLOCK, len(data), _BLOCK))
    ends = np.append(begins[1:], len(data))
    heads, counts, filled = (_side_by_side if len(begins) >= _MANY else _one_by_one)(data, begins, ends)
    blocks: list[_Block] = []
    first = damaged = stop = 0
    for begin, end, at, count in zip(begins.tolist(), ends.tolist(), filled, counts, strict=True):
        blocks.append(_Block(begin, end, at, slice(first, first + count)))
        first += count
        torn = to_the_end and ((base + end) % _BLOCK != 0 or (end - at >= _HEAD and not any(data[at:])))
        stop = at if torn else end
        if torn:
            break
        damaged += end - at >= _HEAD
    return _sound(data, heads[:first], blocks, _Parts(heads, stop, damaged))


def _one_by_one(data: bytes, begins: Positions, ends: Positions) -> tuple[Positions, list[int], list[int]]:
    """Where parts begin, how many there are in each block, and where the last of them ends."""
    heads: list[int] = []
    counts, filled = [], []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        before, at = len(heads), begin
        while end - at >= _HEAD:
            behind = at + _HEAD + (data[at + 4] | data[at + 5] << 8)
            if behind > end or not _FULL <= data[at + 6] <= _LAST:
                break
            heads.append(at)
            at = behind
        counts.append(len(heads) - before)
        filled.append(at)
    return np.array(heads, np.int64), counts, filled


def _side_by_side(data: bytes, begins: Positions, ends: Positions) -> tuple[Positions, list[int], list[int]]:
    """The same for many blocks: the first part of each, then the second of each."""
    plain = np.frombuffer(data + PADDING, np.uint8)
    heads: list[Positions] = []
    counts, filled = np.zeros(len(begins), np.int64), begins.copy()
    block, at, end = np.arange(len(begins)), begins, ends
    while len(block):
        behind = at + _HEAD + plain[at + 4] + (plain[at + 5].astype(np.int64) << 8)
        good = (behind <= end) & (plain[at + 6] - np.uint8(_FULL) < _LAST)
        if not good.all():
            counts[block] = len(heads) + good
            filled[block] = np.where(good, behind, at)
            block, at, behind, end = block[good], at[good], behind[good], end[good]
        heads.append(at)
        at = behind
    return np.sort(np.concatenate(heads)), counts.tolist(), filled.tolist()


def _sound(data: bytes, heads: Positions, blocks: list[_Block], parts: _Parts) -> _Parts:
    """The same without parts whose checksum does not hold, and without all that follows them in their block.

    Such a part at the very end of a file may still be written: it is not read yet.
    """
    kept = np.ones(len(heads), bool)
    for block in _doubtful(data, heads, blocks):
        for place in range(block.parts.start, block.parts.stop):
            at = int(heads[place])
            behind = at + _HEAD + (data[at + 4] | data[at + 5] << 8)
            if zlib.crc32(data[at + 6 : behind]) == int.from_bytes(data[at : at + 4], "little"):
                continue
            kept[place : block.parts.stop] = False
            if behind == len(data) == parts.stop and not block.whole:
                parts.stop = at
            else:
                parts.damaged += 1
            break
    parts.heads = heads[kept]
    return parts


def _doubtful(data: bytes, heads: Positions, blocks: list[_Block]) -> list[_Block]:
    """The blocks whose parts have to be checked one by one: those that do not add up, and those that are not whole."""
    whole = [block for block in blocks if block.whole and block.parts.stop > block.parts.start]
    if not whole:
        return blocks
    plain, blanked = np.frombuffer(data, np.uint8), bytearray(data)
    blank = np.frombuffer(blanked, np.uint8)
    for place in range(6):
        blank[heads + place] = 0
    mine = slice(whole[0].parts.start, whole[-1].parts.stop)
    heads = heads[mine]
    size = plain[heads + 4] + (plain[heads + 5].astype(np.int64) << 8)
    stated = sum(plain[heads + place].astype(np.uint32) << np.uint32(8 * place) for place in range(4))
    counts = [block.parts.stop - block.parts.start for block in whole]
    behind = np.repeat([block.end for block in whole], counts) - heads - _HEAD - size
    each = checksums.expected(np.asarray(stated, np.uint32), size + 1, behind)
    sums = np.bitwise_xor.reduceat(each, [block.parts.start - mine.start for block in whole])
    held = set()
    for block, total in zip(whole, sums.tolist(), strict=True):
        blanked[block.filled : block.end] = bytes(block.end - block.filled)
        if checksums.found(memoryview(blanked)[block.begin : block.end]) == total:
            held.add(block.begin)
    return [block for block in blocks if block.begin not in held]


class _Chain:
    """Records put together from their parts. One whose end has not come yet is kept for the next chunk."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._begin = self._behind = 0

    def records(self, data: bytes, base: int, parts: _Parts) -> Batch:
        """The records that end among these parts."""
        plain = np.frombuffer(data, np.uint8)
        heads, damaged = parts.heads, parts.damaged
        kind = plain[heads + 6]
        start = heads + _HEAD
        end = start + plain[heads + 4] + (plain[heads + 5].astype(np.int64) << 8)
        whole = kind == _FULL
        joined: list[bytes] = []
        behind = len(data)
        for place in np.flatnonzero(~whole).tolist():
            damaged += self._add(int(kind[place]), base + int(heads[place]), data[start[place] : end[place]])
            if kind[place] == _LAST and self._pieces:
                joined.append(self._take())
                start[place], end[place] = behind, behind + len(joined[-1])
                behind += len(joined[-1])
                whole[place] = True
        if self._pieces and self._behind != base + parts.stop:
            self._take()
            damaged += 1
        offset = self._begin if self._pieces else base + parts.stop
        return Batch(b"".join([data, *joined, PADDING]), start[whole], end[whole], len(data), offset, damaged)

    def _add(self, kind: int, at: int, piece: bytes) -> int:
        """Take one more part, which lies at `at` of the file; how many records were given up for it."""
        given_up = 0
        if self._pieces and (kind == _FIRST or at != self._behind):
            self._take()
            given_up = 1
        if kind == _FIRST:
            self._begin = at
        elif not self._pieces:
            return given_up
        self._pieces.append(piece)
        self._size += len(piece)
        self._behind = at + _HEAD + len(piece)
        if self._size > _LONGEST:
            self._take()
            given_up += 1
        return given_up

    def _take(self) -> bytes:
        record = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return record
