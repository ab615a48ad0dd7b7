"""The keys of items, looked up many at once: each key that was met has a number and a name."""

import numpy as np
from numpy.typing import NDArray

from trackside.sources.protobuf import ProtobufError, walk

_WORD = 8
_BITS = range(10, 21)
_MIX = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)


class Keys:
    """Keys are told by their bytes as they stand in a message: a field 1, or a path in fields 2."""

    LONGEST = 128

    def __init__(self) -> None:
        self.names: list[str] = []
        self._size = np.empty(0, np.int64)
        self._words = np.empty((0, self.LONGEST // _WORD), np.uint64)
        self._last = np.empty(0, np.uint64)
        self._mixed = np.empty(0, np.uint64)
        self._fill(_BITS[0])

    def numbers(self, buffer: bytearray, at: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of the key in each `buffer[at:at + size]`; -1 where it cannot be said."""
        number, mixed = self._look_up(buffer, at, size)
        unknown = np.flatnonzero((number < 0) & (size < self.LONGEST))
        if len(unknown):
            self._learn(buffer, at[unknown], size[unknown], mixed[unknown])
            number[unknown], _ = self._look_up(buffer, at[unknown], size[unknown])
        return number

    def _look_up(
        self, buffer: bytearray, at: NDArray[np.int64], size: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The numbers, and each key mixed into a word, which tells where in the table it stands."""
        words = np.ndarray((len(buffer) - _WORD + 1,), "<u8", buffer, strides=(1,))
        first = words[at] & _FIRST_BYTES[np.minimum(size, _WORD)]
        last = words[at + np.maximum(size - _WORD, 0)]
        last = np.where(size < _WORD, first, last)
        mixed = first * _MIX[0] + last * _MIX[1] + size.astype(np.uint64) * _MIX[2]
        middle: list[tuple[NDArray[np.int64], NDArray[np.uint64]]] = []
        longer = np.flatnonzero(size > 2 * _WORD)
        while len(longer):
            middle.append((longer, words[at[longer] + _WORD * (len(middle) + 1)]))
            mixed[longer] = (mixed[longer] ^ middle[-1][1]) * _MIX[0]
            longer = longer[size[longer] > _WORD * (len(middle) + 2)]
        number = self._table[mixed >> self._shift]
        if not self.names:
            return number, mixed
        same = (self._words[number, 0] == first) & (self._last[number] == last) & (self._size[number] == size)
        number = np.where(same, number, -1)
        for place, (longer, word) in enumerate(middle, 1):
            number[longer[self._words[number[longer], place] != word]] = -1
        return number, mixed

    def _learn(
        self, buffer: bytearray, at: NDArray[np.int64], size: NDArray[np.int64], mixed: NDArray[np.uint64]
    ) -> None:
        """Give a number to each key that is new; of two that mix to the same word, to one."""
        _, where = np.unique(mixed, return_index=True)
        where = where[~np.isin(mixed[where], self._mixed)]
        if not len(where):
            return
        keys = [bytes(buffer[begin : begin + length]) for begin, length in zip(at[where], size[where], strict=True)]
        padded = b"".join(key.ljust(self.LONGEST, b"\0") for key in keys)
        words = np.frombuffer(padded, "<u8").reshape(len(keys), -1)
        last = [int.from_bytes(key[-_WORD:], "little") for key in keys]
        self.names += [_name(key) for key in keys]
        self._size = np.append(self._size, size[where])
        self._words = np.concatenate([self._words, words])
        self._last = np.append(self._last, np.array(last, np.uint64))
        self._mixed = np.append(self._mixed, mixed[where])
        for bits in _BITS:
            if self._fill(bits):
                break

    def _fill(self, bits: int) -> bool:
        """Put the numbers into a table of 2^bits places; whether each has a place of its own."""
        self._shift = np.uint64(64 - bits)
        self._table = np.full(1 << bits, -1)
        places = self._mixed >> self._shift
        self._table[places] = np.arange(len(places))
        return bool((self._table[places] == np.arange(len(places))).all())


def name_of(key: list[bytes], path: list[bytes]) -> str:
    """The name of an item: its `key` (field 1), else its `nested_key` (fields 2) joined by dots."""
    return b".".join(key[-1:] if any(key[-1:]) else path).decode(errors="replace")


def _name(key: bytes) -> str:
    try:
        fields = [(number, value) for number, _, value in walk(key) if isinstance(value, bytes)]
    except ProtobufError:
        return ""
    return name_of(
        [value for number, value in fields if number == 1], [value for number, value in fields if number == 2]
    )
