"""The checksums of many records at once, block by block.

A CRC is linear: that of a block is the sum (xor) of what each part of it gives, moved on by the bytes behind it. So
the checksums that the records of a block state, each moved on to the end of the block, add up to the CRC of the block
with its headers blanked. One pass over the block in C replaces one call for each of its few hundred records.
"""

import zlib
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Registers: TypeAlias = NDArray[np.uint32]

_ONES = np.uint32(0xFFFFFFFF)
_LOW, _HIGH = 256, 128
_POLYNOMIAL = np.uint32(0xEDB88320)


def expected(stated: Registers, size: NDArray[np.int64], behind: NDArray[np.int64]) -> Registers:
    """What each part adds to its block: `stated` is its CRC, `size` its bytes, `behind` those from it to the end.

    All of one shape; `size` and `behind` are less than 32,768.
    """
    return _moved(stated ^ _ONES ^ _started()[size], behind)


def found(block: bytes | bytearray | memoryview) -> int:
    """What a block adds up to, whose bytes that belong to no part are zero."""
    return zlib.crc32(block) ^ int(_ONES) ^ int(_started()[len(block)])


def _moved(register: Registers, behind: NDArray[np.int64]) -> Registers:
    """The registers after as many zero bytes: first a multiple of 256 of them, then the rest."""
    low, high = _tables()
    for table, row in ((high, behind >> 8), (low, behind & 0xFF)):
        at = row << 10
        register = (
            table[at + (register & 0xFF)]
            ^ table[at + 0x100 + (register >> 8 & 0xFF)]
            ^ table[at + 0x200 + (register >> 16 & 0xFF)]
            ^ table[at + 0x300 + (register >> 24)]
        )
    return register


@cache
def _tables() -> tuple[Registers, Registers]:
    """Each byte of a register after 0 … 255 zero bytes, and after 0, 256, 512 … of them; flat, 1,024 a row."""
    each = np.arange(256, dtype=np.uint32)
    identity = np.concatenate([each << np.uint32(8 * place) for place in range(4)])
    low = [identity]
    for _ in range(_LOW):
        low.append(_one_byte(low[-1]))
    step = low.pop()
    high = [identity]
    for _ in range(_HIGH - 1):
        last = high[-1]
        high.append(
            step[last & 0xFF]
            ^ step[0x100 + (last >> 8 & 0xFF)]
            ^ step[0x200 + (last >> 16 & 0xFF)]
            ^ step[0x300 + (last >> 24)]
        )
    return np.concatenate(low), np.concatenate(high)


@cache
def _started() -> Registers:
    """The register that a CRC starts with, after 0 … 32,768 zero bytes."""
    sizes = np.arange(_LOW * _HIGH)
    whole = _moved(np.full(len(sizes), _ONES, np.uint32), sizes)
    return np.concatenate([whole, _one_byte(whole[-1:])])


def _one_byte(register: Registers) -> Registers:
    moved: Registers = register >> np.uint32(8) ^ _byte_table()[register & 0xFF]
    return moved


@cache
def _byte_table() -> Registers:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> np.uint32(1) ^ _POLYNOMIAL, table >> np.uint32(1)).astype(np.uint32)
    return table
