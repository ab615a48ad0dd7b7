"""What a frame of a log says, out of msgpack. The standard library of Python 3.8 alone."""

from __future__ import annotations

import struct
from typing import Any

_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
"""Of how many bytes the length is that follows the first byte of bytes, texts, arrays and maps."""

_NUMBERS = {0xCB: ">d", **dict(zip(range(0xCC, 0xD4), (">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q")))}  # noqa: B905
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_DEEPEST = 32


def decoded(payload: bytes) -> Any:
    """The value. ValueError, LookupError or struct.error where it is none, or holds what is neither JSON nor bytes."""
    reader = _Reader(payload)
    value = reader.value(_DEEPEST)
    if reader.at != len(payload):
        raise ValueError("something follows it")
    return value


class _Reader:
    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self.at = 0

    def value(self, deep: int) -> Any:
        first = self._take(1)[0]
        if first < 0x80 or first >= 0xE0:
            return first if first < 0x80 else first - 0x100
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _NUMBERS:
            how = _NUMBERS[first]
            return struct.unpack(how, self._take(struct.calcsize(how)))[0]
        return self._sized(first, deep - 1)

    def _sized(self, first: int, deep: int) -> Any:
        """A value that says how long it is."""
        if deep < 0:
            raise ValueError("it is too deep")
        size = first & (0x1F if first >= 0xA0 else 0x0F)
        if first >= 0xC0:
            size = int.from_bytes(self._take(_SIZES[first]), "big")
        if first < 0x90 or first >= 0xDE:
            return {self._key(): self.value(deep) for _ in range(size)}
        if first < 0xA0 or first >= 0xDC:
            return [self.value(deep) for _ in range(size)]
        taken = self._take(size)
        return taken if 0xC4 <= first <= 0xC6 else taken.decode()

    def _key(self) -> str:
        key = self.value(1)
        if not isinstance(key, str):
            raise ValueError("a key is no text")  # noqa: TRY004  it came so
        return key

    def _take(self, size: int) -> bytes:
        self.at += size
        if self.at > len(self._payload):
            raise ValueError("it is torn")
        return self._payload[self.at - size : self.at]
