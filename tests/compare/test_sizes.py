"""How large a difference is, whether it is too small to matter, and how many seeds would find it."""

import math

import numpy as np
import pytest
from scipy import stats

from trackside.compare.statistics.detect import MOST, SeedsNeeded, power_of, seeds_needed
from trackside.compare.statistics.equivalence import not_worse, percent, within
from trackside.compare.statistics.sample import one_per_seed


@pytest.mark.parametrize(
    ("baseline", "candidate", "change"),
    [
        (0.8, 0.9, 12.5),
        (2.0, 1.0, -50.0),
        (1.0, 0.0, -100.0),
        (0.0, 1.0, None),
        (-2.0, 1.0, None),
        (2.0, -1.0, None),
        (math.nan, 1.0, None),
        (1.0, math.nan, None),
        (5e-324, 1.0, None),
    ],
)
def test_a_change_in_percent_is_told_only_of_a_metric_that_starts_at_zero(baseline, candidate, change):
    assert percent(baseline, candidate) == pytest.approx(change)
    assert percent(baseline, candidate, signed=True) is None


def test_a_difference_is_too_small_to_matter_where_its_whole_interval_is_inside_the_margin():
    assert within((-0.4, 0.4), 0.5)
    assert not within((-0.4, 0.5), 0.5)
    assert not within((-0.6, 0.1), 0.5)


def test_a_candidate_is_not_worse_where_its_interval_ends_before_the_margin_on_the_worse_side():
    assert not_worse((-0.4, 3.0), goal_is_max=True, margin=0.5)
    assert not not_worse((-0.4, 3.0), goal_is_max=False, margin=0.5)
    assert not_worse((-3.0, 0.4), goal_is_max=False, margin=0.5)


@pytest.mark.parametrize(("effect", "seeds"), [(0.5, 64), (0.8, 26), (1.0, 17)])
def test_power_of_80_percent_takes_as_many_as_cohens_table_2_4_1_says(effect, seeds):
    assert power_of(seeds, effect) >= 0.8 > power_of(seeds - 1, effect)


@pytest.mark.parametrize("seeds", [3, 5, 20, 200])
@pytest.mark.parametrize("effect", [0.1, 1.0, 3.0])
def test_power_is_that_of_scipys_noncentral_t(seeds, effect):
    beyond = stats.t.ppf(0.975, 2 * seeds - 2)
    expected = stats.nct.sf(beyond, 2 * seeds - 2, effect * math.sqrt(seeds / 2))
    assert power_of(seeds, effect) == pytest.approx(expected, rel=1e-9)


def test_power_grows_with_seeds_and_with_the_difference_to_certainty():
    table = np.array(
        [[power_of(seeds, effect) for seeds in range(3, 400, 9)] for effect in np.geomspace(0.01, 1e6, 40)]
    )
    assert np.isfinite(table).all()
    assert (np.diff(table, axis=0) >= -1e-9).all()
    assert (np.diff(table, axis=1) >= -1e-9).all()
    assert table[-1, 0] == 1.0


def test_seeds_needed_are_told_as_a_range_for_the_spread_is_an_estimate():
    values = [0.912, 0.905, 0.921, 0.898, 0.917]
    needed = seeds_needed(0.01, one_per_seed(values))
    assert needed.fewest < needed.likely < needed.most
    sd = np.std(values, ddof=1)
    assert power_of(needed.likely, 0.01 / sd) >= 0.8 > power_of(needed.likely - 1, 0.01 / sd)
    widest = sd * math.sqrt(4 / stats.chi2.ppf(0.1, 4))
    assert power_of(needed.most, 0.01 / widest) >= 0.8 > power_of(needed.most - 1, 0.01 / widest)
    assert seeds_needed(-0.01, one_per_seed(values)) == needed


def test_spreads_of_several_sets_are_pooled_and_sets_without_one_are_passed_over():
    sets = [one_per_seed(values) for values in ([1.0, 2, 3], [11.0, 12, 13, 14], [5.0, 5, 5], [1.0])]
    pooled = one_per_seed([0.0, *np.array([1, -1]) * math.sqrt((2 + 5) / 5)])
    assert seeds_needed(1.0, *sets).likely == seeds_needed(1.0, pooled).likely


def test_a_difference_that_nobody_could_find_needs_more_than_can_be_told():
    assert seeds_needed(1e-9, one_per_seed([1.0, 2, 3])) == SeedsNeeded(None, None, None)
    assert seeds_needed(1e9, one_per_seed([1.0, 2, 3])) == SeedsNeeded(3, 3, 3)
    assert MOST >= 10_000


@pytest.mark.parametrize(("difference", "values"), [(0.0, [1.0, 2, 3]), (1.0, [1.0, 2]), (1.0, [2.0, 2, 2])])
def test_without_a_spread_or_a_difference_no_number_is_told(difference, values):
    assert seeds_needed(difference, one_per_seed(values)) is None
