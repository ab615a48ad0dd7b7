"""Several seeds on both sides: the figures are SciPy's, and what cannot be tested says why."""

import math

import numpy as np
import pytest
from scipy import stats

from trackside.compare.statistics.prediction import in_spreads, predicted
from trackside.compare.statistics.replicates import paired_by_seed, welch
from trackside.compare.statistics.sample import one_per_seed

BASELINE = [0.912, 0.905, 0.921, 0.898, 0.917]
CANDIDATE = [0.934, 0.921, 0.941, 0.929, 0.925, 0.930, 0.938]


def close(value):
    return pytest.approx(value, rel=1e-9, abs=0)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_unpaired_seeds_are_compared_by_welchs_t(alpha):
    found = welch(one_per_seed(BASELINE), one_per_seed(CANDIDATE), alpha=alpha)
    expected = stats.ttest_ind(CANDIDATE, BASELINE, equal_var=False)
    assert found.p == close(expected.pvalue)
    assert found.interval == close(tuple(expected.confidence_interval(1 - alpha)))
    assert found.delta == close(np.mean(CANDIDATE) - np.mean(BASELINE))
    assert found.sd == close((np.std(BASELINE, ddof=1), np.std(CANDIDATE, ddof=1)))
    assert (found.n, found.scope, found.interval_kind, found.level) == ((5, 7), "method", "confidence", 1 - alpha)


def test_paired_seeds_are_compared_by_the_t_of_their_differences_whatever_the_order_of_runs():
    found = paired_by_seed(one_per_seed(BASELINE, [1, 2, 3, 4, 5]), one_per_seed(CANDIDATE[:5], [5, 4, 3, 2, 1]))
    expected = stats.ttest_rel(CANDIDATE[4::-1], BASELINE)
    assert found.p == close(expected.pvalue)
    assert found.interval == close(tuple(expected.confidence_interval(0.95)))
    assert found.n == (5, 5)


def test_seeds_of_one_side_only_are_left_out_of_pairs_and_said():
    found = paired_by_seed(one_per_seed(BASELINE, [1, 2, 3, 4, 5]), one_per_seed(CANDIDATE, [3, 4, 5, 6, 7, 8, None]))
    assert found.n == (3, 3)
    assert found.values == close((np.mean(BASELINE[2:]), np.mean(CANDIDATE[:3])))
    assert "2 and 4 seeds have no partner" in found.notes


@pytest.mark.parametrize("number", [0, 1, 2])
def test_fewer_than_three_seeds_on_a_side_are_shown_and_not_tested(number):
    for sides in ((BASELINE, CANDIDATE[:number]), (CANDIDATE[:number], BASELINE)):
        found = welch(*map(one_per_seed, sides))
        assert (found.p, found.interval, found.scope) == (None, None, None)
        assert found.why_not == f"{number} of the 3 seeds that a test needs"
        assert found.n == tuple(map(len, sides))
        assert found.values == pytest.approx([np.mean(side) if side else math.nan for side in sides], nan_ok=True)


@pytest.mark.parametrize("same", [[0.1] * 4, [0.1, 0.1, 0.1 + 1e-17, np.nextafter(0.1, 1)]])
def test_a_side_without_spread_is_not_tested(same):
    for sides in ((BASELINE, same), (same, BASELINE)):
        found = welch(*map(one_per_seed, sides))
        assert found.p is None
        assert found.why_not == "4 identical values: same seed?"


def test_pairs_that_all_differ_alike_are_not_tested():
    found = paired_by_seed(one_per_seed(BASELINE), one_per_seed([value + 0.25 for value in BASELINE]))
    assert found.p is None
    assert found.why_not == "5 identical differences: same seed?"


def test_two_pairs_are_not_tested_however_many_seeds_there_are():
    found = paired_by_seed(one_per_seed(BASELINE, [1, 2, 3, 4, 5]), one_per_seed(BASELINE, [4, 5, 6, 7, 8]))
    assert found.p is None
    assert found.why_not == "2 of 3 pairs of seeds"


def test_values_that_are_not_finite_are_left_out_and_counted():
    found = welch(one_per_seed([*BASELINE, math.nan]), one_per_seed([*CANDIDATE, math.inf, -math.inf]))
    assert found.left_out == (1, 2)
    assert found.p == welch(one_per_seed(BASELINE), one_per_seed(CANDIDATE)).p


def test_a_side_of_nothing_but_nan_is_not_tested():
    found = welch(one_per_seed([math.nan] * 5), one_per_seed(CANDIDATE))
    assert found.why_not == "0 of the 3 seeds that a test needs"
    assert math.isnan(found.delta)
    assert found.left_out == (5, 0)


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e200, 1e300])
def test_very_small_and_very_large_values_are_tested_as_others_are(size):
    sides = [[0.5, 0.75, 1.0], [1.0, 1.125, 1.5, 1.25]]
    usual = welch(*map(one_per_seed, sides))
    scaled = welch(*(one_per_seed([value * size for value in side]) for side in sides))
    assert scaled.p == pytest.approx(usual.p, rel=1e-9)


def test_values_whose_difference_is_no_number_any_more_are_not_tested():
    sides = [one_per_seed([value * sign for value in (-1.7e308, 1.6e308, 1.5e308)]) for sign in (1, -1)]
    for test in (welch, paired_by_seed):
        found = test(*sides)
        assert found.p is None
        assert found.why_not == "the values lie too far apart to be computed with"


def test_runs_of_one_seed_are_averaged_and_runs_without_a_seed_count_once_each():
    sample = one_per_seed([1.0, 2.0, 5.0, 7.0, 8.0, math.nan], [1, 1, 2, None, None, 3])
    assert sorted(sample.values) == [1.5, 5.0, 7.0, 8.0]
    assert sample.left_out == 1
    assert sample.notes == ("1 seed was run again: averaged", "2 runs have no seed: counted once each")
    found = welch(sample, one_per_seed(CANDIDATE))
    assert found.notes == tuple(f"baseline: {note}" for note in sample.notes)


def test_one_run_is_held_against_the_prediction_interval_of_the_baselines_seeds():
    found = predicted(one_per_seed(BASELINE), one_per_seed([0.95]), candidates=4)
    mean, sd = np.mean(BASELINE), np.std(BASELINE, ddof=1)
    assert found.p == close(stats.ttest_ind_from_stats(0.95, 0, 1, mean, sd, 5).pvalue)
    half = stats.t.ppf(1 - 0.05 / 4 / 2, 4) * sd * math.sqrt(1 + 1 / 5)
    assert found.interval == close((-half, half))
    assert found.interval_kind == "prediction"
    assert found.level == close(1 - 0.05 / 4)
    assert found.n == (5, 1)


@pytest.mark.parametrize(
    ("baseline", "candidate", "why_not"),
    [
        (BASELINE[:2], 0.9, "2 of the 3 seeds that a test needs"),
        ([0.9] * 3, 0.8, "3 identical values: same seed?"),
        (BASELINE, math.nan, "the candidate's value is not finite"),
    ],
)
def test_without_a_spread_or_a_value_nothing_is_predicted(baseline, candidate, why_not):
    found = predicted(one_per_seed(baseline), one_per_seed([candidate]))
    assert (found.p, found.interval, found.why_not) == (None, None, why_not)


def test_a_seed_that_was_run_again_is_told_of_beside_its_prediction():
    found = predicted(one_per_seed(BASELINE), one_per_seed([0.94, 0.96], [7, 7]))
    assert (found.n, found.notes) == ((5, 1), ("candidate: 1 seed was run again: averaged",))


def test_a_difference_is_told_in_spreads_where_replicates_have_one():
    assert in_spreads(0.02, one_per_seed(BASELINE)) == close(0.02 / np.std(BASELINE, ddof=1))
    assert in_spreads(0.02, one_per_seed(BASELINE[:2])) is None
