"""CRC-32 of many rows of bytes that are equally long, all at once.

A CRC is linear: that of a row is that of as many zeros, xor what each byte at its place adds to it. What the 256 bytes
add at each place is a table; where rows are few or long, one call of zlib for each costs less than the tables.
"""

import zlib
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Checksums: TypeAlias = NDArray[np.uint32]

_MANY, _LONG = 2_048, 512
_BITS = 8


def of_rows(rows: Bytes) -> Checksums:
    """The CRC-32 of each row, shape (n,), of bytes of shape (n, length)."""
    number, length = rows.shape
    if number < _MANY or length > _LONG:
        return np.array([zlib.crc32(row) for row in np.ascontiguousarray(rows)], np.uint32)
    found = np.full(number, zlib.crc32(bytes(length)), np.uint32)
    for adds, column in zip(_tables(length), np.ascontiguousarray(rows.T), strict=True):
        found ^= adds[column]
    return found


@lru_cache(maxsize=16)
def _tables(length: int) -> Checksums:
    """What each byte adds at each place of a row, shape (length, 256)."""
    row = bytearray(length)
    zeros = zlib.crc32(row)
    tables = np.zeros((length, 1 << _BITS), np.uint32)
    for place in range(length):
        for bit in range(_BITS):
            row[place] = 1 << bit
            tables[place, 1 << bit : 2 << bit] = tables[place, : 1 << bit] ^ np.uint32(zlib.crc32(row) ^ zeros)
        row[place] = 0
    return tables
