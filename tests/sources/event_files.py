"""Event files made by hand, for what no writer writes."""

import struct
from pathlib import Path

from trackside.sources.tensorboard.framing import framed


def varint(number: int) -> bytes:
    number %= 1 << 64
    data = b""
    while number >= 0x80:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


def held(number: int, data: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def event(step: int, *values: bytes, time: float = 1.7e9, more: bytes = b"") -> bytes:
    """An event with a summary of some values."""
    summary = held(5, b"".join(held(1, value) for value in values)) if values else b""
    stepped = b"\x10" + varint(step) if step else b""
    return b"\x09" + struct.pack("<d", time) + stepped + summary + more


def scalar(tag: str | bytes, value: float) -> bytes:
    """A value as `add_scalar` writes it."""
    return held(1, tag.encode() if isinstance(tag, str) else tag) + b"\x15" + struct.pack("<f", value)


def start(step: int, time: float = 1.7e9) -> bytes:
    """The event that says that a run went back to a step."""
    return event(step, time=time, more=held(7, b"\x08\x01"))


def text(tag: str, said: str) -> bytes:
    """A value as `add_text` writes it."""
    tensor = b"\x08\x07" + held(8, said.encode())
    return held(1, tag.encode()) + held(8, tensor) + held(9, held(1, held(1, b"text")))


def histogram(tag: str, least: float, greatest: float, limits: list[float], counts: list[float]) -> bytes:
    """A value as `add_histogram` writes it."""
    numbers = enumerate((least, greatest, sum(counts), 1.0, 2.0), start=1)
    sums = b"".join(bytes([number << 3 | 1]) + struct.pack("<d", value) for number, value in numbers)
    buckets = (held(number, struct.pack(f"<{len(each)}d", *each)) for number, each in ((6, limits), (7, counts)))
    return held(1, tag.encode()) + held(5, sums + b"".join(buckets))


VERSION = event(0, more=held(3, b"brain.Event:2"))


def content(*events: bytes) -> bytes:
    """A file's content: the event of every file's beginning, and these."""
    return b"".join(map(framed, (VERSION, *events)))


def write(path: Path, *events: bytes) -> Path:
    """A file of events, and the folder for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(*events))
    return path


def add(path: Path, *events: bytes) -> None:
    """More events."""
    with path.open("ab") as file:
        file.write(b"".join(map(framed, events)))


def split(data: bytes) -> list[bytes]:
    """The records of a file that is whole."""
    found, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        found.append(data[at + 12 : at + 12 + length])
        at += length + 16
    return found
