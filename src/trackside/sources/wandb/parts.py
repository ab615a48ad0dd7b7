"""The parts in a stretch of a `.wandb` file, found and checked many at once.

A part is `u32 crc | u16 size | u8 kind | data`, little endian, and lies within one block of 32 KiB.
"""

import zlib
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.sources.wandb import checksums

Positions: TypeAlias = NDArray[np.int64]

BLOCK = 1 << 15
HEAD = 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4

_MANY = 16


class Parts(msgspec.Struct):
    """Sound parts, in order: where their headers lie, how long their data is, and their kinds, each of shape (n,).

    `stop` is how far was read, `damaged` how many places were passed over.
    """

    head: Positions
    size: Positions
    kind: NDArray[np.int64]
    stop: int
    damaged: int


class _Block(msgspec.Struct, frozen=True):
    """A stretch that lies in one block: its bounds, where its parts end, and which parts are its own."""

    begin: int
    end: int
    filled: int
    parts: slice

    @property
    def whole(self) -> bool:
        return self.end - self.begin == BLOCK


def found(buffer: bytearray, length: int, base: int, *, to_the_end: bool) -> Parts:
    """The parts in the first `length` bytes, which lie at `base` of the file and end with a block or with the file.

    What the buffer has behind them is at least 8 bytes. Headers are blanked.
    """
    begins = np.append(0, np.arange(BLOCK - base % BLOCK, length, BLOCK))
    ends = np.append(begins[1:], length)
    heads, counts, filled = (_side_by_side if len(begins) >= _MANY else _one_by_one)(buffer, begins, ends)
    blocks: list[_Block] = []
    first = damaged = stop = 0
    for begin, end, at, count in zip(begins.tolist(), ends.tolist(), filled, counts, strict=True):
        blocks.append(_Block(begin, end, at, slice(first, first + count)))
        first += count
        torn = to_the_end and ((base + end) % BLOCK != 0 or (end - at >= HEAD and not any(buffer[at:length])))
        stop = at if torn else end
        if torn:
            break
        damaged += end - at >= HEAD
    heads = heads[:first]
    word = np.ndarray((len(buffer) - 7,), "<i8", buffer, strides=(1,))[heads]
    size = word >> 32 & 0xFFFF
    stated = (word & 0xFFFFFFFF).astype(np.uint32)
    return _sound(buffer, stated, blocks, Parts(heads, size, word >> 48 & 0xFF, stop, damaged))


def _one_by_one(buffer: bytearray, begins: Positions, ends: Positions) -> tuple[Positions, list[int], list[int]]:
    """Where parts begin, how many there are in each block, and where the last of them ends."""
    heads: list[int] = []
    counts, filled = [], []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        before, at = len(heads), begin
        while end - at >= HEAD:
            behind = at + HEAD + (buffer[at + 4] | buffer[at + 5] << 8)
            if behind > end or not FULL <= buffer[at + 6] <= LAST:
                break
            heads.append(at)
            at = behind
        counts.append(len(heads) - before)
        filled.append(at)
    return np.array(heads, np.int64), counts, filled


def _side_by_side(buffer: bytearray, begins: Positions, ends: Positions) -> tuple[Positions, list[int], list[int]]:
    """The same for many blocks: the first part of each, then the second of each."""
    words = np.ndarray((len(buffer) - 7,), "<u4", buffer, offset=4, strides=(1,))
    heads: list[Positions] = []
    counts, filled = np.zeros(len(begins), np.int64), begins.copy()
    block, at, end = np.arange(len(begins)), begins, ends
    while len(block):
        word = words[at]
        behind = at + (word & 0xFFFF) + HEAD
        good = (behind <= end) & ((word & 0xFF0000) - np.uint32(FULL << 16) < LAST << 16)
        if not good.all():
            counts[block] = len(heads) + good
            filled[block] = np.where(good, behind, at)
            block, at, behind, end = block[good], at[good], behind[good], end[good]
        heads.append(at)
        at = behind
    return np.sort(np.concatenate(heads)), counts.tolist(), filled.tolist()


def _sound(buffer: bytearray, stated: NDArray[np.uint32], blocks: list[_Block], parts: Parts) -> Parts:
    """The same without parts whose checksum does not hold, and without all that follows them in their block.

    Such a part at the very end of a file may still be written: it is not read yet.
    """
    kept = np.ones(len(parts.head), bool)
    view = memoryview(buffer)
    for block in _doubtful(buffer, stated, blocks, parts):
        for place in range(block.parts.start, block.parts.stop):
            at = int(parts.head[place])
            behind = at + HEAD + int(parts.size[place])
            if zlib.crc32(view[at + 6 : behind]) == stated[place]:
                continue
            kept[place : block.parts.stop] = False
            if behind == block.end == parts.stop and not block.whole:
                parts.stop = at
            else:
                parts.damaged += 1
            break
    if not kept.all():
        parts.head, parts.size, parts.kind = parts.head[kept], parts.size[kept], parts.kind[kept]
    return parts


def _doubtful(buffer: bytearray, stated: NDArray[np.uint32], blocks: list[_Block], parts: Parts) -> list[_Block]:
    """The blocks whose parts have to be checked one by one: those that do not add up, and those that are not whole."""
    whole = [block for block in blocks if block.whole and block.parts.stop > block.parts.start]
    if not whole:
        return blocks
    for kind, place in (("<u4", 0), ("<u2", 4)):
        np.ndarray((len(buffer) - 7,), kind, buffer, offset=place, strides=(1,))[parts.head] = 0
    mine = slice(whole[0].parts.start, whole[-1].parts.stop)
    size = parts.size[mine] + 1
    counts = [block.parts.stop - block.parts.start for block in whole]
    behind = np.repeat([block.end for block in whole], counts) - parts.head[mine] - (HEAD - 1) - size
    each = checksums.expected(stated[mine], size, behind)
    sums = np.bitwise_xor.reduceat(each, [block.parts.start - mine.start for block in whole])
    held = set()
    view = memoryview(buffer)
    for block, total in zip(whole, sums.tolist(), strict=True):
        if block.filled < block.end:
            buffer[block.filled : block.end] = bytes(block.end - block.filled)
        if checksums.found(view[block.begin : block.end]) == total:
            held.add(block.begin)
    return [block for block in blocks if block.begin not in held]
