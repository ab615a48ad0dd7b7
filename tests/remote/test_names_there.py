"""A name that a bare host cuts is what trackside makes of it."""

from hypothesis import example, given
from hypothesis import strategies as some

from trackside.model import keys
from trackside.services.remote.bare.keys import short

LETTERS = some.characters(categories=["L", "M", "N", "P", "S", "Z", "C"])


@given(some.text(LETTERS, max_size=20), some.sampled_from([0, 40, 979, 983, 984, 999, 1_000, 1_001, 100_000]))
@example("\ud800", 1_000)
def test_names_are_cut_to_the_same(name: str, more: int) -> None:
    long = name + "é" * more
    assert short(long) == keys.short(long)
    assert len(short(long)) == min(len(long), 1_000)
