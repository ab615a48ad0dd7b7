"""TFRecord, the framing of event files: `u64 length | u32 crc of it | data | u32 crc of it`, little endian.

A crc is masked crc32c. Source: https://www.tensorflow.org/tutorials/load_data/tfrecord
"""

import struct

from google_crc32c import value as crc32c

HEADER = 12
FOOTER = 4
MASK = 0xA282EAD8

_HEADER = struct.Struct("<QI")


def masked(data: bytes) -> int:
    """The crc of `data` as event files have it."""
    crc: int = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF


def length_of(header: bytes) -> int | None:
    """The length that the 12 bytes before a record state; None where they are no header."""
    length, crc = _HEADER.unpack(header)
    return int(length) if masked(header[:8]) == crc else None


def framed(data: bytes) -> bytes:
    """A record."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))
