"""The difference along two methods' curves: its band says which it is, and without replicates there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trackside.compare.alignment import Line, align
from trackside.compare.difference_curve import difference_curve
from trackside.compare.statistics.parting import parting

STEPS = np.arange(20.0)
NOISE = np.random.default_rng(3).normal(size=(2, 5, 20))
EXACT = st.integers(-(2**20), 2**20).map(lambda number: number / 1024)


def aligned(baseline, candidate):
    return align(*([Line(STEPS[: side.shape[1]], row) for row in side] for side in (baseline, candidate)))


def test_the_band_is_that_of_parting():
    shift = np.where(STEPS >= 12, 20.0, 0.0)
    found = difference_curve(aligned(NOISE[0], NOISE[1] + shift))
    parted = parting(STEPS, NOISE[0], NOISE[1] + shift)
    assert (found.parts_at, found.for_good_at, found.n) == (12, 12, (5, 5))
    assert found.half.tolist() == parted.half.tolist()
    assert found.delta == pytest.approx(parted.delta)


def test_a_place_where_a_seed_has_no_value_or_all_have_one_has_no_band():
    candidate = NOISE[1].copy()
    candidate[2, 4] = np.nan
    candidate[:, 9] = 1.0
    found = difference_curve(aligned(NOISE[0], candidate))
    assert np.flatnonzero(np.isnan(found.half)).tolist() == [4, 9]
    assert np.flatnonzero(np.isnan(found.delta)).tolist() == [4]


@pytest.mark.parametrize("number", [1, 2])
def test_without_three_seeds_a_side_there_is_a_difference_and_no_band(number):
    found = difference_curve(aligned(NOISE[0], NOISE[1, :number]))
    assert (found.half, found.parts_at) == (None, None)
    assert found.why_not == "replicates needed: 3 seeds on each side"
    assert found.delta == pytest.approx(NOISE[1, :number].mean(axis=0) - NOISE[0].mean(axis=0))


def test_curves_of_one_seed_are_averaged_and_count_as_one():
    seeds = [1, 2, 3, 4, 5], [1, 2, 2, 3, None]
    found = difference_curve(aligned(NOISE[0], NOISE[1]), seeds)
    averaged = np.array([NOISE[1, 0], NOISE[1, 1:3].mean(axis=0), NOISE[1, 3], NOISE[1, 4]])
    alone = difference_curve(aligned(NOISE[0], averaged))
    assert found.n == (5, 4)
    assert found.half == pytest.approx(alone.half)
    assert found.delta == pytest.approx(alone.delta)
    assert difference_curve(aligned(*NOISE), ([1] * 5, [None] * 5)).n == (1, 5)


def test_a_band_that_nobody_asks_for_is_not_there():
    found = difference_curve(aligned(*NOISE), banded=False)
    assert (found.half, found.parts_at, found.why_not) == (None, None, None)


def test_of_curves_with_nothing_in_common_there_is_nothing():
    found = difference_curve(align([Line(STEPS, STEPS)], []))
    assert (len(found.delta), found.half, found.why_not) == (0, None, "a side has no curve")


def test_what_was_interpolated_stands_beside_the_difference():
    found = difference_curve(align([Line(STEPS, STEPS)], [Line(STEPS[::2], STEPS[::2])]))
    assert found.notes == ("9 of 38 values are interpolated between two points, in the range of all curves",)


@given(sides=arrays(np.float64, (2, 4, 5), elements=EXACT))
def test_swapping_the_sides_flips_the_sign_and_keeps_the_band(sides):
    found, swapped = (difference_curve(aligned(*both)) for both in (sides, sides[::-1]))
    assert found.delta.tolist() == (-swapped.delta).tolist()
    assert found.why_not == swapped.why_not
    assert (found.parts_at, found.for_good_at) == (swapped.parts_at, swapped.for_good_at)
    assert np.array_equal(np.array(found.half, float), np.array(swapped.half, float), equal_nan=True)
