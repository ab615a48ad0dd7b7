"""Protobuf without its library: the fields of a message by number, as the wire has them.

Whoever reads knows the schema and asks for a field by its number and type. Lengths are checked before anything is
taken, groups are refused, and what does not hold is `ProtobufError`. A field that is absent has its type's default.
"""

import struct
from collections.abc import Iterator
from typing import TypeAlias

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MOST_FIELDS = 100_000

Value: TypeAlias = int | bytes

_LONGEST_VARINT = 10
_WRAP = 1 << 64


class ProtobufError(ValueError):
    """Bytes that are no message, or a field that is of another type than the schema says."""


def walk(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, Value]]:
    """The fields of `data[start:end]` in order: number, wire type, and value.

    The value is an unsigned int of at most 64 bits for `VARINT`, and bytes for the others: 8 for `FIXED64`, 4 for
    `FIXED32`.
    """
    at, end = start, len(data) if end is None else min(end, len(data))
    while at < end:
        key = data[at]
        if key < 0x80:
            at += 1
        else:
            key, at = varint(data, at, end)
        number, wire = key >> 3, key & 7
        if not 0 < number < 1 << 29:
            raise ProtobufError(f"no field has the number {number}")
        if wire == VARINT:
            if at < end and data[at] < 0x80:
                yield number, wire, data[at]
                at += 1
            else:
                value, at = varint(data, at, end)
                yield number, wire, value
            continue
        size, at = _size(wire, data, at, end)
        if size > end - at:
            raise ProtobufError(f"field {number} says {size} bytes, there are {end - at}")
        yield number, wire, data[at : at + size]
        at += size


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The number that begins at `at`, cut to 64 bits, and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : min(at + _LONGEST_VARINT, end)]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value % _WRAP, at + place + 1
    raise ProtobufError("a number does not end")


def signed(value: int) -> int:
    """An `int32` or `int64` from its varint, which is in two's complement."""
    return value - _WRAP if value >> 63 else value


def zigzag(value: int) -> int:
    """A `sint32` or `sint64` from its varint."""
    return value >> 1 ^ -(value & 1)


class Message:
    """A message whose fields are asked for by number; where one is repeated and a single is asked, the last holds.

    Not for messages of more than `MOST_FIELDS` fields: those are for `walk`.
    """

    def __init__(self, data: bytes = b"") -> None:
        self._fields: dict[int, list[tuple[int, Value]]] = {}
        for count, (number, wire, value) in enumerate(walk(data)):
            if count >= MOST_FIELDS:
                raise ProtobufError(f"a message of more than {MOST_FIELDS:,} fields")
            self._fields.setdefault(number, []).append((wire, value))

    def __contains__(self, number: int) -> bool:
        return number in self._fields

    def unsigned(self, number: int) -> int:
        """A `uint32`, `uint64`, `bool` or enumeration."""
        value = self._last(number, VARINT)
        return value if isinstance(value, int) else 0

    def signed(self, number: int) -> int:
        """An `int32` or `int64`."""
        return signed(self.unsigned(number))

    def double(self, number: int) -> float:
        """A `double`."""
        return self._unpacked(number, FIXED64, "<d")

    def single(self, number: int) -> float:
        """A `float`, widened."""
        return self._unpacked(number, FIXED32, "<f")

    def raw(self, number: int) -> bytes:
        """A `bytes`, or what another type is made of."""
        value = self._last(number, BYTES)
        return value if isinstance(value, bytes) else b""

    def text(self, number: int) -> str:
        """A `string`; what is no UTF-8 in it is replaced."""
        return self.raw(number).decode(errors="replace")

    def message(self, number: int) -> "Message":
        """A message, empty where it is absent."""
        return Message(self.raw(number))

    def each(self, number: int) -> list[bytes]:
        """A repeated `bytes`, `string` or message, each as its bytes."""
        return [value for wire, value in self._of(number, BYTES) if wire == BYTES and isinstance(value, bytes)]

    def texts(self, number: int) -> list[str]:
        """A repeated `string`."""
        return [value.decode(errors="replace") for value in self.each(number)]

    def messages(self, number: int) -> "list[Message]":
        """A repeated message."""
        return [Message(value) for value in self.each(number)]

    def doubles(self, number: int) -> list[float]:
        """A repeated `double`, packed or not."""
        return self._numbers(number, FIXED64, "d")

    def singles(self, number: int) -> list[float]:
        """A repeated `float`, packed or not, widened."""
        return self._numbers(number, FIXED32, "f")

    def unsigneds(self, number: int) -> list[int]:
        """A repeated `uint32`, `uint64`, `bool` or enumeration, packed or not."""
        found: list[int] = []
        for _, value in self._of(number, VARINT, BYTES):
            if isinstance(value, int):
                found.append(value)
                continue
            at = 0
            while at < len(value):
                one, at = varint(value, at, len(value))
                found.append(one)
        return found

    def _last(self, number: int, wire: int) -> Value | None:
        given = self._of(number, wire)
        return given[-1][1] if given else None

    def _of(self, number: int, *wires: int) -> list[tuple[int, Value]]:
        given = self._fields.get(number, [])
        for wire, _ in given:
            if wire not in wires:
                raise ProtobufError(f"field {number} is of another type than expected")
        return given

    def _unpacked(self, number: int, wire: int, form: str) -> float:
        value = self._last(number, wire)
        return struct.unpack(form, value)[0] if isinstance(value, bytes) else 0.0

    def _numbers(self, number: int, wire: int, form: str) -> list[float]:
        data = b"".join(value for _, value in self._of(number, wire, BYTES) if isinstance(value, bytes))
        count, rest = divmod(len(data), struct.calcsize(form))
        if rest:
            raise ProtobufError(f"field {number} does not hold whole numbers")
        return list(struct.unpack(f"<{count}{form}", data))


def _size(wire: int, data: bytes, at: int, end: int) -> tuple[int, int]:
    """How long a value of a wire type is, and where it begins."""
    if wire == BYTES:
        if at < end and data[at] < 0x80:
            return data[at], at + 1
        return varint(data, at, end)
    if wire == FIXED64:
        return 8, at
    if wire == FIXED32:
        return 4, at
    raise ProtobufError(f"wire type {wire} is not read")
