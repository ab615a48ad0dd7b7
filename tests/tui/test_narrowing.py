"""What typing leaves of a list."""

from trackside.tui.narrow import narrowed

POINTS = ["auto   the last step", "step=N   up to step N", "last   the last point"]


def test_names_that_begin_with_what_is_typed_come_first() -> None:
    assert narrowed(POINTS, "Step") == ["step=N   up to step N", "auto   the last step"]


def test_every_word_is_looked_for_wherever_it_stands() -> None:
    assert narrowed(POINTS, "point last") == ["last   the last point"]


def test_nothing_typed_leaves_all_in_their_order() -> None:
    assert narrowed(POINTS, " ") == POINTS


def test_a_name_spelt_nearly_so_is_found() -> None:
    assert narrowed(POINTS, "lst point") == ["last   the last point"]
