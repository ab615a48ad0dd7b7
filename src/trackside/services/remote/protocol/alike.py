"""Records that are much alike, in few bytes: each of their values beside the same value of the others.

A value is anything of JSON, or bytes. Records of one shape become columns, numbers and texts of one length the first
byte of each, then the second; a column of numbers is sent as what it differs by from the row before, or from an earlier
column, where that takes less.

    u32 n | n x u32, how long each part is | the parts, deflated: the tree, which is JSON, and the columns in its order

This file is sent as it is to hosts without trackside: the standard library of Python 3.8 alone.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

_NOTHING: tuple[str, Any] = ("none", None)
_LENGTH = struct.Struct("<I")
_WRAP = 1 << 64
_HALF = 1 << 63
_NEAR = 4
"""How many columns before one it is compared with."""

_FEW = 4
"""Texts are sent once each where there are so many times as many rows."""

MOST_BYTES = 1 << 27
MOST_OF_TREE = 1 << 24
MOST_CELLS = 1 << 23
"""Rows times columns of what is unpacked: a column in which all is the same takes hardly a byte."""


def packed(records: Sequence[Any]) -> bytes:
    """The records. LookupError or RecursionError where one holds what none may."""
    columns = _Columns()
    tree = json.dumps([len(records), columns.pack(records)], separators=(",", ":")).encode()
    parts = [_deflated(part) for part in (tree, *columns.parts)]
    return b"".join([struct.pack(f"<{len(parts) + 1}I", len(parts), *map(len, parts)), *parts])


def unpacked(data: bytes) -> list[Any]:
    """The records that `packed` was given. ValueError on anything else, or where it would hold too much."""
    try:
        tree, *parts = _inflated(data)
        count, shape = json.loads(tree)
        return _Rows(parts).unpack(shape, _checked(count, 0, MOST_CELLS))
    except (LookupError, TypeError, RecursionError, StopIteration, struct.error, zlib.error) as error:
        raise ValueError(f"they are not what is sent ({error!r})") from None


def _deflated(part: bytes) -> bytes:
    """It in the fewest bytes: where nothing comes again, looking for it only costs."""
    ways = (zlib.compressobj(9, zlib.DEFLATED, -15, 9, how) for how in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY))
    return min((way.compress(part) + way.flush() for way in ways), key=len)


def _inflated(data: bytes) -> Iterator[bytes]:
    (count,) = _LENGTH.unpack_from(data)
    lengths = struct.unpack_from(f"<{count}I", data, _LENGTH.size)
    at, left, most = (count + 1) * _LENGTH.size, MOST_BYTES, MOST_OF_TREE
    _checked(at + sum(lengths), len(data), len(data))
    for length in lengths:
        inflate = zlib.decompressobj(-15)
        part = inflate.decompress(data[at : at + length], min(left, most))
        if not inflate.eof:
            raise ValueError("they are torn, or longer than any may be")
        yield part
        at, left, most = at + length, max(1, left - len(part)), MOST_BYTES


class _Columns:
    """Makes a tree of records; `parts` are the bytes of its columns."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._numbers: list[tuple[int, ...]] = []
        self._same: dict[tuple[Any, ...], int] = {}
        self._texts = 0

    def pack(self, values: Sequence[Any]) -> list[Any]:
        """The tree of these values, one of each record."""
        shapes = [_shape(value) for value in values]
        places: dict[tuple[str, Any], int] = {}
        codes = [places.setdefault(shape, len(places)) for shape in shapes]
        if len(places) > 1:
            alike: list[list[Any]] = [[] for _ in places]
            for code, value in zip(codes, values):  # noqa: B905  which Python 3.8 has no `strict` for
                alike[code].append(value)
            return ["mix", self._pack_numbers(codes), [self.pack(some) for some in alike]]
        kind, size = shapes[0] if shapes else _NOTHING
        if kind == "map":
            return ["map", list(size), [self.pack([value[key] for value in values]) for key in size]]
        if kind == "list":
            return ["list", [self.pack([value[at] for value in values]) for at in range(size)]]
        return self._pack_leaves(kind, values)

    def _pack_leaves(self, kind: str, values: Sequence[Any]) -> list[Any]:
        if kind == "none":
            return [kind]
        if kind == "float":
            values = struct.unpack(f"<{len(values)}q", struct.pack(f"<{len(values)}d", *values))
        elif kind == "big":
            return [kind, self._pack_texts("text", list(map(str, values)))]
        elif kind in ("text", "bytes"):
            return self._pack_texts(kind, values)
        return [kind, self._pack_numbers(values)]

    def _pack_numbers(self, values: Sequence[int]) -> int | None:
        """How a column of whole numbers is sent: None as they are, -1 less the row before, else less a column."""
        whole = tuple(map(int, values))
        ways: list[tuple[int | None, Sequence[int]]] = [(None, whole)]
        ways.append((-1, [new - old for old, new in zip((0, *whole), whole)]))  # noqa: B905
        ways += [
            (place, [one - other for one, other in zip(whole, self._numbers[place])])  # noqa: B905
            for place in self._like(whole)
        ]
        tried = [(way, _bytes_of(numbers)) for way, numbers in ways]
        way, planes = min(tried, key=lambda one: len(zlib.compress(one[1], 1)))
        self.parts.append(planes)
        self._same.setdefault(whole, len(self._numbers))
        self._numbers.append(whole)
        return way

    def _like(self, whole: tuple[int, ...]) -> Sequence[int]:
        """The columns that may be like this one: the same numbers, or the latest of the same length."""
        if whole in self._same:
            return [self._same[whole]]
        latest = range(max(0, len(self._numbers) - _NEAR), len(self._numbers))
        return [place for place in latest if len(self._numbers[place]) == len(whole)]

    def _pack_texts(self, kind: str, values: Sequence[Any]) -> list[Any]:
        column = (kind, *values)
        if column in self._same:
            return ["as", self._same[column]]
        self._same[column] = self._texts
        self._texts += 1
        places: dict[Any, int] = {}
        codes = [places.setdefault(value, len(places)) for value in values]
        if kind == "text" and (len(places) == 1 or len(places) * _FEW <= len(values)):
            return ["pick", list(places), self._pack_numbers(codes)]
        said = [value.encode("utf-8", "surrogatepass") if kind == "text" else value for value in values]
        lengths = self._pack_numbers(list(map(len, said)))
        self.parts.append(_planes(b"".join(said), len(said[0])) if _are_one({*map(len, said)}) else b"".join(said))
        return [kind, lengths]


class _Rows:
    """Makes records of a tree, and of the bytes of its columns."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = iter(parts)
        self._cells = 0
        self._numbers: list[tuple[int, ...]] = []
        self._texts: list[list[Any]] = []
        self._of_kind: dict[str, Callable[..., list[Any]]] = {
            "mix": self._mixed,
            "map": self._maps,
            "list": self._lists,
            "none": lambda count: [None] * count,
            "bool": lambda count, way: [number != 0 for number in self._whole(count, way)],
            "int": lambda count, way: list(self._whole(count, way)),
            "float": self._floats,
            "big": lambda count, digits: list(map(_number, self.unpack(digits, count))),
            "as": self._again,
            "pick": self._picked,
            "text": self._said,
            "bytes": self._bytes,
        }

    def unpack(self, tree: Any, count: int) -> list[Any]:
        """As many values."""
        self._cells = _checked(self._cells + max(1, count), 0, MOST_CELLS)
        kind, *given = tree
        return self._of_kind[kind](count, *given)

    def _mixed(self, count: int, way: Any, trees: list[Any]) -> list[Any]:
        codes = self._whole(count, way)
        rows = Counter(codes)
        some = [iter(self.unpack(tree, rows[code])) for code, tree in enumerate(trees)]
        return [next(some[_checked(code, 0, len(some) - 1)]) for code in codes]

    def _maps(self, count: int, keys: list[str], trees: list[Any]) -> list[Any]:
        columns = [self.unpack(tree, count) for tree in trees]
        if not all(isinstance(key, str) for key in keys) or len(keys) != len(columns):
            raise ValueError("keys are no texts, or others than there are values")
        if not keys:
            return [{} for _ in range(count)]
        return [dict(zip(keys, values)) for values in zip(*columns)]  # noqa: B905

    def _lists(self, count: int, trees: list[Any]) -> list[Any]:
        if not trees:
            return [[] for _ in range(count)]
        return list(map(list, zip(*[self.unpack(tree, count) for tree in trees])))  # noqa: B905

    def _floats(self, count: int, way: Any) -> list[Any]:
        return list(struct.unpack(f"<{count}d", struct.pack(f"<{count}q", *self._whole(count, way))))

    def _again(self, count: int, place: int) -> list[Any]:
        texts = self._texts[_checked(place, 0, len(self._texts) - 1)]
        _checked(count, len(texts), len(texts))
        return texts

    def _picked(self, count: int, known: list[Any], way: Any) -> list[Any]:
        if not all(isinstance(text, str) for text in known):
            raise ValueError("texts are none")
        return self._kept([known[_checked(code, 0, len(known) - 1)] for code in self._whole(count, way)])

    def _said(self, count: int, way: Any) -> list[Any]:
        return self._kept([one.decode("utf-8", "surrogatepass") for one in self._pieces(count, way)])

    def _bytes(self, count: int, way: Any) -> list[Any]:
        return self._kept(self._pieces(count, way))

    def _pieces(self, count: int, way: Any) -> list[bytes]:
        lengths = [_checked(length, 0, MOST_BYTES) for length in self._whole(count, way)]
        taken = self._take(sum(lengths))
        if _are_one({*lengths}):
            taken = _planes(taken, count)
        ends = list(accumulate(lengths))
        return [taken[end - length : end] for end, length in zip(ends, lengths)]  # noqa: B905

    def _kept(self, texts: list[Any]) -> list[Any]:
        self._texts.append(texts)
        return texts

    def _whole(self, count: int, way: Any) -> tuple[int, ...]:
        part = next(self._parts)
        width = _checked(len(part) // max(1, count), 0, 8)
        _checked(len(part), width * count, width * count)
        raw = _planes(part, count) if count else b""
        numbers = [int.from_bytes(raw[at : at + width], "little") for at in range(0, len(raw), width or 1)] or [
            0
        ] * count
        numbers = [number >> 1 if number % 2 == 0 else ~(number >> 1) for number in numbers]
        if way == -1:
            numbers = list(accumulate(numbers))
        elif way is not None:
            other = self._numbers[_checked(way, 0, len(self._numbers) - 1)]
            if len(other) != count:
                raise ValueError("a column differs from one of another length")
            numbers = list(map(int.__add__, numbers, other))
        self._numbers.append(tuple(map(_wrapped, numbers)))
        return self._numbers[-1]

    def _take(self, size: int) -> bytes:
        """The next part, which must be of this size."""
        part = next(self._parts)
        _checked(len(part), size, size)
        return part


def _shape(value: Any) -> tuple[str, Any]:
    """The kind of a value, and of one that holds others which or how many these are."""
    if isinstance(value, dict):
        return "map", tuple(value)
    if isinstance(value, list):
        return "list", len(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -_HALF <= value < _HALF:
        return "big", None
    return _KINDS[type(value)], None


_KINDS = {type(None): "none", bool: "bool", int: "int", float: "float", str: "text", bytes: "bytes"}


def _bytes_of(numbers: Sequence[int]) -> bytes:
    """Of each as many bytes as the largest takes: small ones take few, with either sign."""
    small = [2 * number if number >= 0 else ~(2 * number) for number in map(_wrapped, numbers)]
    width = (max(small, default=0).bit_length() + 7) // 8
    raw = struct.pack(f"<{len(small)}Q", *small)
    return b"".join(raw[at::8] for at in range(width))


def _wrapped(number: int) -> int:
    return (number + _HALF) % _WRAP - _HALF


def _planes(data: bytes, width: int) -> bytes:
    """The first bytes of all pieces that are so wide, then the second; what undoes it is given how many there are."""
    return b"".join(data[at::width] for at in range(width))


def _are_one(lengths: set[int]) -> bool:
    """Whether texts are of one length, and not empty."""
    return len(lengths) == 1 and lengths != {0}


def _number(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("a number is longer than any")
    return int(digits)


def _checked(number: Any, least: int, most: int) -> int:
    if not isinstance(number, int) or not least <= number <= most:
        raise ValueError(f"{number!r} is none of {least} to {most}")
    return number
