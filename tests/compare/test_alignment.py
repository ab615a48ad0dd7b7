"""Curves at common places: the baseline's, nothing beyond a curve's range, and what was interpolated is counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.alignment import Line, align

NAN, INF = np.nan, np.inf
EXACT = st.integers(-(2**12), 2**12).map(lambda number: number / 64)
"""Numbers that can be added without rounding."""


def line(places, values):
    return Line(np.array(places, float), np.array(values, float))


@st.composite
def lines(draw):
    """A curve with a point at each of -1 and 1, and some between and beyond."""
    places = [-1.0, 1.0, *draw(st.lists(EXACT, max_size=8))]
    return line(places, draw(st.lists(EXACT | st.just(NAN), min_size=len(places), max_size=len(places))))


SIDES = st.lists(lines(), min_size=1, max_size=3)


def same(ours, theirs):
    return np.array_equal(ours, theirs, equal_nan=True)


def test_places_are_the_baselines_where_all_curves_are():
    found = align([line([0, 10, 20], [1, 2, 3]), line([5, 15, 25], [1, 2, 3])], [line([5, 20], [10, 40])])
    assert found.places.tolist() == [5, 10, 15, 20]
    assert found.baseline.tolist() == [[1.5, 2, 2.5, 3], [1, 1.5, 2, 2.5]]
    assert found.candidate.tolist() == [[10, 20, 30, 40]]
    assert found.interpolated == (4, 2)
    assert found.notes == ("6 of 12 values are interpolated between two points, in the range of all curves",)


def test_curves_of_the_same_places_are_taken_as_they_are_and_nothing_is_said():
    found = align([line([1, 2], [5, 6])], [line([1, 2], [7, 8])])
    assert (found.baseline.tolist(), found.candidate.tolist()) == ([[5, 6]], [[7, 8]])
    assert (found.interpolated, found.notes, found.why_not) == ((0, 0), (), None)


def test_a_hole_stays_one_and_is_not_bridged():
    found = align([line([0, 1, 2, 3, 4], [0, 0, 0, 0, 0])], [line([0, 2, 4], [1, NAN, 5])])
    assert same(found.candidate, [[1, NAN, NAN, NAN, 5]])
    assert found.interpolated == (0, 0)
    assert same(align([line([0, 1], [0, 0])], [line([0, 1], [-INF, 2])]).candidate, [[NAN, 2]])


def test_places_in_any_order_logged_again_or_missing_are_put_in_order():
    found = align([line([0, 1, 2], [0, 0, 0])], [line([2, 0, 2, NAN, 1, INF], [9, 1, 3, 7, 2, 8])])
    assert found.candidate.tolist() == [[1, 2, 3]]
    assert found.left_out == (0, 3)
    assert found.notes == ("3 points have no place, or one that was logged again: left out",)


def test_thinned_places_are_even_and_keep_both_ends():
    found = align([line(range(101), range(101))], [line(range(101), range(101))], most=5)
    assert found.places.tolist() == [0, 25, 50, 75, 100]
    assert found.notes == ("5 of 101 places, evenly chosen",)


def test_without_interpolation_places_are_those_where_every_curve_has_a_point():
    sides = [line([0, 1, 2, 3], [0, 0, 0, 0])], [line([0, 2, 3, 4], [1, 2, NAN, 4]), line([2, 3], [5, 6])]
    found = align(*sides, interpolate=False)
    assert found.places.tolist() == [2, 3]
    assert same(found.candidate, [[2, NAN], [5, 6]])
    assert found.interpolated == (0, 0)
    apart = align([line([0, 2], [0, 0])], [line([-1, 1, 3], [0, 0, 0])], interpolate=False)
    assert (len(apart.places), apart.why_not) == (0, "there is no place at which every curve has a point")


@pytest.mark.parametrize(
    ("baseline", "candidate", "why_not"),
    [
        ([], [line([0], [1])], "a side has no curve"),
        ([line([0], [1])], [], "a side has no curve"),
        ([line([0], [1])], [line([NAN], [1])], "1 of 2 curves have no point"),
        (
            [line([0, 400], [1, 1])],
            [line([500, 900], [1, 1])],
            "the curves have no place in common: one ends before another begins",
        ),
        (
            [line([0, 900], [1, 1])],
            [line([400, 500], [1, 1])],
            "the baseline has no point from 400 to 500, where all curves are",
        ),
    ],
)
def test_where_there_is_nothing_to_align_it_is_said_why(baseline, candidate, why_not):
    found = align(baseline, candidate)
    assert (len(found.places), found.why_not) == (0, why_not)
    assert (found.baseline.shape, found.candidate.shape) == ((len(baseline), 0), (len(candidate), 0))


@given(SIDES, SIDES, st.integers(-(2**20), 2**20).map(float))
def test_places_moved_by_a_constant_move_and_change_no_value(baseline, candidate, constant):
    found = align(baseline, candidate)
    moved = align(*([Line(one.places + constant, one.values) for one in side] for side in (baseline, candidate)))
    assert same(moved.places, found.places + constant)
    assert same(moved.baseline, found.baseline)
    assert same(moved.candidate, found.candidate)


@given(SIDES, SIDES)
def test_the_order_of_curves_changes_but_their_rows(baseline, candidate):
    found, other = align(baseline, candidate), align(baseline[::-1], candidate[::-1])
    assert same(found.places, other.places)
    assert same(found.baseline, other.baseline[::-1])
    assert same(found.candidate, other.candidate[::-1])
    assert (found.interpolated, found.left_out) == (other.interpolated, other.left_out)


@given(SIDES, SIDES)
def test_no_value_lies_outside_of_what_its_curve_has(baseline, candidate):
    found = align(baseline, candidate)
    for row, one in zip([*found.baseline, *found.candidate], [*baseline, *candidate], strict=True):
        values = row[np.isfinite(row)]
        if len(values):
            assert np.nanmin(one.values) <= values.min() <= values.max() <= np.nanmax(one.values)
