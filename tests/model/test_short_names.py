"""A name of any length comes to one that everything can handle, and each to its own."""

from hypothesis import example, given
from hypothesis import strategies as some

from trackside.model.keys import short

LETTERS = some.characters(categories=["L", "M", "N", "P", "S", "Z", "C"])


@given(some.text(LETTERS, max_size=20), some.sampled_from([0, 40, 979, 983, 984, 999, 1_000, 1_001, 100_000]))
@example("\ud800", 1_000)
def test_names_are_cut_to_the_same_each_time_and_can_be_encoded(name: str, more: int) -> None:
    long = name + "é" * more
    assert len(short(long)) == min(len(long), 1_000)
    assert short(short(long)) == short(long) == short(long).encode().decode()


def test_names_that_differ_in_what_is_cut_stay_told_apart() -> None:
    assert short("k" * 1_000 + "A") != short("k" * 1_000 + "B")
