"""The records of a `.wandb` file: a log in blocks of 32 KiB, as LevelDB has them, with checksums of W&B's own.

After a header of 7 bytes, a block holds parts, each with the plain CRC-32 of its kind and data. A record is one part,
or a first, middle ones and a last; fewer than 7 bytes at the end of a block are padding. Nothing here knows what is in
a record.
"""

import os
from collections.abc import Iterator

import msgspec
import numpy as np

from trackside.sources.protocol import SourceError
from trackside.sources.wandb import parts
from trackside.sources.wandb.parts import FIRST, FULL, HEAD, LAST, Parts, Positions

HEADER = b":W&B\xe1\xbe\x00"
"""What a file begins with: a name, a magic number and the version of the format, 0."""

_CHUNK = 1 << 22
_LONGEST = 64 << 20
_PADDING = 2048


class Batch(msgspec.Struct, frozen=True):
    """Whole records in order: each is `buffer[start:end]`; `start` and `end` have shape (n,).

    All records that begin before `offset` of the file are in this batch or those before it. `damaged` counts the
    places where something was passed over because it cannot be read. The buffer goes on for 2 KiB behind the records,
    so that looking a little too far is harmless.
    """

    buffer: bytearray
    start: Positions
    end: Positions
    offset: int
    damaged: int


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
        buffer, length = _read(descriptor, at, min(at - at % _CHUNK + _CHUNK, size))
        found = parts.found(buffer, length, at, to_the_end=at + length >= size)
        if not found.stop:
            return
        yield chain.records(buffer, length, at, found)
        at += found.stop


def _read(descriptor: int, at: int, stop: int) -> tuple[bytearray, int]:
    """What a file has between two places, with padding behind it, and how much that is."""
    buffer = bytearray(stop - at + _PADDING)
    view = memoryview(buffer)
    length = 0
    while length < stop - at and (count := os.preadv(descriptor, [view[length : stop - at]], at + length)):
        length += count
    return buffer, length


class _Chain:
    """Records put together from their parts. One whose end has not come yet is kept for the next chunk."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._begin = self._behind = 0

    def records(self, buffer: bytearray, length: int, base: int, found: Parts) -> Batch:
        """The records that end among these parts; those of several are put behind the others in the buffer."""
        damaged = found.damaged
        start = found.head + HEAD
        end = start + found.size
        whole = found.kind == FULL
        behind = length
        for place in np.flatnonzero(~whole).tolist():
            kind, piece = int(found.kind[place]), bytes(buffer[start[place] : end[place]])
            damaged += self._add(kind, base + int(found.head[place]), piece)
            if kind == LAST and self._pieces:
                record = self._take()
                buffer[behind : behind + len(record)] = record
                start[place], end[place] = behind, behind + len(record)
                behind += len(record)
                whole[place] = True
        buffer[behind:] = bytes(_PADDING)
        if self._pieces and self._behind != base + found.stop:
            self._take()
            damaged += 1
        offset = self._begin if self._pieces else base + found.stop
        return Batch(buffer, start[whole], end[whole], offset, damaged)

    def _add(self, kind: int, at: int, piece: bytes) -> int:
        """Take one more part, which lies at `at` of the file; how many records were given up for it."""
        given_up = 0
        if self._pieces and (kind == FIRST or at != self._behind):
            self._take()
            given_up = 1
        if kind == FIRST:
            self._begin = at
        elif not self._pieces:
            return given_up
        self._pieces.append(piece)
        self._size += len(piece)
        self._behind = at + HEAD + len(piece)
        if self._size > _LONGEST:
            self._take()
            given_up += 1
        return given_up

    def _take(self) -> bytes:
        record = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return record
