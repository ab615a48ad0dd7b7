"""What must not change a figure: which side is which, a constant added to both, the order of things."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trackside.compare.statistics.examples import compare_examples
from trackside.compare.statistics.pairing import Examples
from trackside.compare.statistics.parting import parting
from trackside.compare.statistics.replicates import paired_by_seed, welch
from trackside.compare.statistics.sample import one_per_seed

EXACT = st.integers(-(2**20), 2**20).map(lambda number: number / 1024)
"""Numbers that can be added without rounding."""
SEEDS = st.lists(EXACT, min_size=3, max_size=12)
ROUNDED = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=12)
FIVE = st.lists(EXACT, min_size=5, max_size=5)
CONSTANT = st.integers(-(2**30), 2**30).map(float)
SCORES = arrays(np.float64, (2, 40), elements=EXACT)
FEW_SCORES = arrays(np.float64, (2, 40), elements=st.integers(0, 3).map(lambda number: number / 4))
GROUPS = np.arange(80) // 2
CURVES = arrays(np.float64, (2, 4, 5), elements=EXACT)


def same_size(found):
    """The figures of which a swap of the sides changes but the sign."""
    return found.p, found.p_exact, found.why_not, abs(found.delta)


def of_seeds(test, sides):
    return test(*map(one_per_seed, sides))


def of_examples(sides, groups=None, order=None):
    ids = np.arange(sides.shape[1])
    order = ids if order is None else order
    columns = [Examples(ids[order], side[order], None if groups is None else groups[order]) for side in sides]
    return compare_examples(*columns)


def assert_swapped(found, swapped):
    assert same_size(found) == same_size(swapped)
    assert found.delta == -swapped.delta
    if found.interval is not None:
        assert found.interval == tuple(-limit for limit in reversed(swapped.interval))


def assert_unmoved(found, moved):
    assert (found.why_not, found.method) == (moved.why_not, moved.method)
    if found.p is not None:
        assert moved.p == pytest.approx(found.p, rel=1e-9, abs=0)
        assert moved.delta == pytest.approx(found.delta, rel=1e-9, abs=1e-9)
        assert moved.interval == pytest.approx(found.interval, rel=1e-9, abs=1e-9)


@given(SEEDS | ROUNDED, SEEDS | ROUNDED)
@example([0.0] * 3, [0.0] * 4)
def test_swapping_sides_of_seeds_flips_the_sign_and_keeps_p(baseline, candidate):
    assert_swapped(of_seeds(welch, [baseline, candidate]), of_seeds(welch, [candidate, baseline]))


@given(FIVE, FIVE)
def test_swapping_sides_of_paired_seeds_flips_the_sign_and_keeps_p(baseline, candidate):
    assert_swapped(of_seeds(paired_by_seed, [baseline, candidate]), of_seeds(paired_by_seed, [candidate, baseline]))


@given(SCORES | FEW_SCORES)
def test_swapping_sides_of_examples_flips_the_sign_and_keeps_p(sides):
    assert_swapped(of_examples(sides), of_examples(sides[::-1]))


@given(arrays(np.bool_, (2, 80)))
def test_swapping_sides_of_0_and_1_flips_the_sign_and_keeps_p(sides):
    assert_swapped(of_examples(sides), of_examples(sides[::-1]))
    assert_swapped(of_examples(sides, GROUPS), of_examples(sides[::-1], GROUPS))


@given(CURVES)
def test_swapping_sides_of_curves_flips_the_sign_and_keeps_the_band(sides):
    found, swapped = parting(range(5), *sides), parting(range(5), *sides[::-1])
    assert (found.step, found.why_not, found.left_out) == (swapped.step, swapped.why_not, swapped.left_out)
    assert found.half.tolist() == swapped.half.tolist()
    assert found.delta.tolist() == (-swapped.delta).tolist()


@given(SEEDS, SEEDS, CONSTANT)
def test_a_constant_added_to_all_seeds_changes_nothing(baseline, candidate, constant):
    moved = [[value + constant for value in side] for side in (baseline, candidate)]
    assert_unmoved(of_seeds(welch, [baseline, candidate]), of_seeds(welch, moved))


@given(FIVE, FIVE, CONSTANT)
def test_a_constant_added_to_all_paired_seeds_changes_nothing(baseline, candidate, constant):
    moved = [[value + constant for value in side] for side in (baseline, candidate)]
    assert_unmoved(of_seeds(paired_by_seed, [baseline, candidate]), of_seeds(paired_by_seed, moved))


@given(SCORES | FEW_SCORES, CONSTANT)
def test_a_constant_added_to_all_scores_changes_nothing(sides, constant):
    assert_unmoved(of_examples(sides), of_examples(sides + constant))


@given(CURVES, CONSTANT)
def test_a_constant_added_to_all_curves_changes_nothing(sides, constant):
    found, moved = parting(range(5), *sides), parting(range(5), *(sides + constant))
    assert (found.step, found.why_not, found.left_out) == (moved.step, moved.why_not, moved.left_out)
    assert moved.half == pytest.approx(found.half, rel=1e-9)
    assert moved.delta == pytest.approx(found.delta, rel=1e-9, abs=1e-9)


@given(FEW_SCORES)
def test_rounding_of_scores_changes_no_p(sides):
    assert of_examples(sides * 0.4 + 0.1).p == of_examples(sides * 4 + 2).p


@given(SEEDS | ROUNDED, SEEDS | ROUNDED, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(baseline, candidate, random):
    shuffled = [random.sample(side, len(side)) for side in (baseline, candidate)]
    assert of_seeds(welch, shuffled) == of_seeds(welch, [baseline, candidate])


@given(SCORES, st.permutations(range(40)))
def test_the_order_of_examples_does_not_matter(sides, order):
    order = np.array(order)
    assert of_examples(sides, order=order) == of_examples(sides)
    assert of_examples(sides, GROUPS[:40], order) == of_examples(sides, GROUPS[:40])
    assert of_examples(sides > 0, order=order) == of_examples(sides > 0)


@given(CURVES, st.permutations(range(4)))
def test_the_order_of_curves_does_not_matter(sides, order):
    found, shuffled = parting(range(5), *sides), parting(range(5), sides[0][np.array(order)], sides[1])
    assert found.step == shuffled.step
    assert found.half == pytest.approx(shuffled.half, rel=1e-9)
