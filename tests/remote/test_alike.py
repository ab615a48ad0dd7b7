"""Records sent column by column: all of them come as they were, in few bytes, and what is no record is told."""

import math
import random
from contextlib import suppress
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


def test_what_is_damaged_is_told_and_nothing_else_happens() -> None:
    whole = packed(runs(20))
    chance = random.Random(2)
    for _ in range(2_000):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(ValueError):
            assert len(unpacked(bytes(damaged))) <= alike.MOST_CELLS
        with pytest.raises(ValueError, match=r"\w"):
            unpacked(whole[: chance.randrange(len(whole))])


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
