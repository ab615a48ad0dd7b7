"""Records sent column by column: all of them come as they were, in few bytes, and what is no record is told."""

import math
import random
import struct
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from trackside.services.remote.protocol import alike
from trackside.services.remote.protocol.alike import packed, unpacked

LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-(1 << 63), (1 << 64) - 1)
    | some.floats()
    | some.text(some.characters())
    | some.binary()
)
VALUES = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=9,
)


@given(some.lists(VALUES, max_size=12))
def test_records_come_as_they_were(records: list[Any]) -> None:
    assert repr(unpacked(packed(records))) == repr(records)


def runs(count: int) -> list[Any]:
    """Records of a few random bytes each: 8 of a float, 2 of two whole numbers, 10 of 16 letters."""
    chance = random.Random(1)
    return [
        {
            "id": "01J0000000" + "".join(chance.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=16)),
            "name": f"run-{number:06}",
            "params": {"lr": chance.random(), "width": chance.randrange(256), "seed": chance.randrange(-128, 128)},
            "began": 1.76e9 + 40 * number,
            "ended": 1.76e9 + 40 * number + 0.5,
            "tags": chance.choice([[], ["paper"]]),
        }
        for number in range(count)
    ]


def test_what_is_alike_takes_hardly_more_than_what_is_not() -> None:
    records = runs(2_000)
    assert unpacked(packed(records)) == records
    assert len(packed(records)) / len(records) < 20 * 1.1


def is_told(data: bytes) -> bool:
    """Whether what is no record is told, with the only error there is for it."""
    try:
        unpacked(data)
    except ValueError:
        return True
    return False


def test_what_is_torn_is_told() -> None:
    whole = packed(runs(20))
    assert all(is_told(whole[:length]) for length in range(len(whole)))


def test_what_is_damaged_is_told_but_for_values_that_may_be_meant() -> None:
    whole = packed(runs(20))
    (count,) = struct.unpack_from("<I", whole)
    chance = random.Random(2)
    told = 0
    for _ in range(2_000):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        told += is_told(bytes(damaged))
    assert told > 500
    assert all(is_told(bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1 :]])) for at in range(4 * count + 4))


@pytest.mark.parametrize("change", [lambda part: part + b"\0", lambda part: part[:-1], lambda part: part[:1]])
def test_a_column_of_another_length_is_told(change: Callable[[bytes], bytes]) -> None:
    parts = list(alike._inflated(packed(runs(20))))
    assert not is_told(joined(parts))
    long = [at for at, part in enumerate(parts) if at and len(part) > 1]
    assert len(long) > 5
    assert [at for at in long if not is_told(joined([*parts[:at], change(parts[at]), *parts[at + 1 :]]))] == []


def joined(parts: list[bytes]) -> bytes:
    sent = list(map(alike._deflated, parts))
    return b"".join([struct.pack(f"<{len(sent) + 1}I", len(sent), *map(len, sent)), *sent])


def nones(trees: int) -> str:
    return ",".join(['["none"]'] * trees)


def test_what_would_take_for_ever_is_told_at_once() -> None:
    trees = 300_000
    tree = f'[{trees},["mix",null,[{nones(trees)}]]]'
    before = process_time()
    assert not is_told(joined([tree.encode(), b""]))
    assert process_time() - before < 20, "as long as there are trees and rows, not their product"


def test_trees_without_a_row_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = f'[0,["list",[{nones(100)}]]]'.encode()
    assert not is_told(joined([tree]))
    monkeypatch.setattr(alike, "MOST_CELLS", 100)
    assert is_told(joined([tree]))


def test_a_tree_that_unpacks_to_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = packed([{"a" * 1_000: 1}])
    assert not is_told(sent)
    monkeypatch.setattr(alike, "MOST_OF_TREE", 1_000)
    assert is_told(sent)


@pytest.mark.parametrize(
    "tree",
    [
        "[2]",
        '[1e9,["none"]]',
        '[-1,["none"]]',
        '[1,["nothing"]]',
        '[1,["int",null]]',
        '[1,["as",0]]',
        '[1,["mix",null,[]]]',
        '[1,["map",[1],[["none"]]]]',
        '[1,["map",["a","b"],[["none"]]]]',
        '[65536,["list",[' + ",".join(['["none"]'] * 300) + "]]]",
        "[1," + "[" * 3_000 + "]" * 3_000 + "]",
    ],
)
def test_a_tree_that_makes_no_sense_or_holds_too_much_is_told(tree: str) -> None:
    part = alike._deflated(tree.encode())
    with pytest.raises(ValueError, match=r"\w"):
        unpacked(b"\1\0\0\0" + len(part).to_bytes(4, "little") + part)


def test_what_unpacks_to_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "MOST_BYTES", 1_000)
    with pytest.raises(ValueError, match="longer than any may be"):
        unpacked(packed(["a" * 2_000]))


def test_numbers_that_are_none_stay_so() -> None:
    (value,) = unpacked(packed([[math.nan, -0.0, -math.inf]]))
    assert repr(value) == "[nan, -0.0, -inf]"
