"""`.wandb` logs made by hand, for what no client writes: frames, and the few messages that a test needs."""

import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

HEADER = b":W&B\xe1\xbe\x00"
BLOCK = 1 << 15
STARTED = 1_700_000_000
FOLDER = "offline-run-20231114_221320-abc"
LOG = f"{FOLDER}/run-abc.wandb"


def log(records: Iterable[bytes]) -> bytes:
    """A whole file of records."""
    data = bytearray(HEADER)
    for record in records:
        append(data, record)
    return bytes(data)


def append(data: bytearray, record: bytes) -> None:
    first = True
    while first or record:
        room = BLOCK - len(data) % BLOCK
        if room < 7:
            data += bytes(room)
            continue
        piece, record = record[: room - 7], record[room - 7 :]
        kind = (2 if record else 1) if first else (3 if record else 4)
        data += part(kind, piece)
        first = False


def part(kind: int, piece: bytes) -> bytes:
    checked = bytes([kind]) + piece
    return struct.pack("<IH", zlib.crc32(checked), len(piece)) + checked


def split(data: bytes) -> list[bytes]:
    """The records of a sound file."""
    records, pieces, at = [], b"", len(HEADER)
    while at + 7 <= len(data):
        room = BLOCK - at % BLOCK
        if room < 7:
            at += room
            continue
        size, kind = struct.unpack_from("<HB", data, at + 4)
        pieces += data[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):
            records.append(pieces)
            pieces = b""
    return records


def varint(number: int) -> bytes:
    number %= 1 << 64
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def item(key: str | Sequence[str], value: str) -> bytes:
    """`key` as a text is a key, as a list a nested one; `value` is JSON."""
    name = field(1, key) if isinstance(key, str) else b"".join(field(2, part) for part in key)
    return field(1, name + field(16, value))


def run(**fields: Any) -> bytes:
    """The record that tells of the run; fields by number, as `f7="job type"`."""
    told = {1: "abc", 3: "project", 17: field(1, STARTED)} | {int(key[1:]): value for key, value in fields.items()}
    return field(17, b"".join(field(number, value) for number, value in told.items()))


def row(step: int, values: dict[str, Any], *, nested: bool = False) -> bytes:
    """A history record; values that are text are JSON as it stands."""
    told = values | {"_step": step, "_timestamp": float(STARTED + step)}
    return history({key: value if isinstance(value, str) else json.dumps(value) for key, value in told.items()}, nested)


def history(values: dict[str, str], nested: bool = False) -> bytes:
    return field(2, b"".join(item([key] if nested else key, value) for key, value in values.items()))


def config(values: dict[str, Any]) -> bytes:
    return field(5, b"".join(item(key, json.dumps(value)) for key, value in values.items()))


def ended(code: int = 0, runtime: int = 100) -> bytes:
    return field(18, field(1, code) + field(2, runtime))
