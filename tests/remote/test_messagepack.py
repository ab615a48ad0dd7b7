"""What a frame says is read on a bare host as trackside reads it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from trackside.services.remote.bare.messagepack import decoded

LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-(1 << 63), (1 << 64) - 1)
    | some.floats()
    | some.text()
    | some.binary()
)
VALUES = some.recursive(LEAVES, lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner), max_leaves=40)


@given(VALUES)
def test_every_value_is_what_was_packed(value: object) -> None:
    assert repr(decoded(msgspec.msgpack.encode(value))) == repr(value)


@pytest.mark.parametrize("value", ["a" * 300, "a" * 70_000, bytes(300), bytes(70_000), [0] * 300, [0] * 70_000])
def test_long_ones_are_too(value: object) -> None:
    assert decoded(msgspec.msgpack.encode(value)) == value


def test_maps_of_many_keys_are_too() -> None:
    many = {str(number): number for number in range(70_000)}
    assert decoded(msgspec.msgpack.encode(many)) == many


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xa5four", b"\xc1", b"\x81\x01\x02", b"\x01\x02", b"\x91" * 40 + b"\xc0", b"\xdd\xff\xff\xff\xff"],
)
def test_what_is_none_is_told(payload: bytes) -> None:
    with pytest.raises((ValueError, LookupError)):
        decoded(payload)
