"""Where curves part: outside a band that holds for the whole curve, for three evaluations, with replicates only."""

import numpy as np
import pytest
from scipy import stats

from trackside.compare.statistics.parting import _shrinkage, parting

STEPS = np.arange(0, 2_000, 100)
NOISE = np.random.default_rng(11).normal(scale=0.1, size=(2, 6, 20))


def curves(shift):
    """Two sides of six seeds over 20 steps, the second moved by `shift`."""
    return NOISE[0], NOISE[1] + shift


def test_curves_part_at_the_first_step_from_which_their_difference_stays_outside_the_band():
    found = parting(STEPS, *curves(np.where(STEPS >= 1_200, 2.0, 0.0)))
    assert (found.step, found.for_good) == (1_200, 1_200)
    assert (np.abs(found.delta) > found.half).tolist() == (STEPS >= 1_200).tolist()


def test_curves_that_come_together_again_part_and_not_for_good():
    found = parting(STEPS, *curves(np.where((STEPS >= 400) & (STEPS < 1_500), 2.0, 0.0)))
    assert (found.step, found.for_good) == (400, None)


def test_curves_that_cross_stay_apart_for_good_from_where_they_crossed():
    found = parting(STEPS, *curves(np.where(STEPS < 800, 2.0, -2.0)))
    assert (found.step, found.for_good) == (0, 800)


def test_one_evaluation_within_the_band_does_not_move_where_the_curves_part():
    found = parting(STEPS, *curves(np.where((STEPS >= 400) & (STEPS != 1_500), 2.0, 0.0)))
    assert (found.step, found.for_good) == (400, 1_600)


@pytest.mark.parametrize("first", [0, 8, 17])
@pytest.mark.parametrize(("running", "parts"), [(2, False), (3, True)])
def test_three_evaluations_in_a_row_are_what_it_takes(first, running, parts):
    places = np.arange(20)
    shift = np.where((places >= first) & (places < first + running), 2.0, 0.0)
    found = parting(STEPS, *curves(shift))
    assert found.step == (first * 100 if parts else None)
    assert found.for_good == (1_700 if parts and first == 17 else None)


def test_the_band_is_wider_than_one_step_alone_would_have_it_and_narrower_than_bonferronis():
    found = parting(STEPS, *curves(0.0))
    errors = np.sqrt(NOISE[0].var(axis=0, ddof=1) / 6 + NOISE[1].var(axis=0, ddof=1) / 6)
    widths = found.half / errors
    assert widths == pytest.approx(widths[0])
    assert stats.t.ppf(0.975, 10) < widths[0] < stats.t.ppf(1 - 0.025 / 20, 5)


def test_a_step_that_is_seen_twenty_times_is_not_taken_for_twenty_steps():
    once = np.random.default_rng(5).normal(size=(2, 30, 1))
    found = parting(STEPS, *once.repeat(20, axis=2))
    width = found.half[0] / np.sqrt(once.var(axis=1, ddof=1).sum() / 30)
    assert stats.t.ppf(0.975, 58) < width < 2.7 < stats.t.ppf(1 - 0.025 / 20, 58)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_curves_of_very_small_and_very_large_values_part_as_others_do(size):
    usual = parting(STEPS, *curves(np.where(STEPS >= 1_200, 2.0, 0.0)))
    scaled = parting(STEPS, *(side * size for side in curves(np.where(STEPS >= 1_200, 2.0, 0.0))))
    assert scaled.step == usual.step
    assert scaled.half / size == pytest.approx(usual.half, rel=1e-9)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_without_three_seeds_a_side_replicates_are_needed(number):
    for sides in ((NOISE[0], NOISE[1][:number]), (NOISE[0][:number], NOISE[1])):
        found = parting(STEPS, *sides)
        assert (found.step, found.why_not) == (None, "replicates needed: 3 seeds on each side")


def test_steps_without_a_value_or_without_spread_neither_part_nor_hold_together():
    baseline, candidate = curves(np.where(STEPS >= 1_200, 2.0, 0.0))
    candidate = candidate.copy()
    candidate[0, 15] = np.nan
    candidate[0, 16] = np.inf
    candidate[:2, 17] = 1.7e308, -1.7e308
    candidate[:, 14] = 7.0
    found = parting(STEPS, baseline, candidate)
    assert found.step == 1_200
    assert found.left_out == 4
    assert not np.isin([1_400, 1_500, 1_600, 1_700], found.steps).any()


def test_curves_of_nothing_but_nan_or_constants_are_not_tested():
    for side in (np.full((6, 20), np.nan), np.ones((6, 20))):
        found = parting(STEPS, side, NOISE[1])
        assert (found.step, found.left_out) == (None, 20)
        assert found.why_not == "0 of 3 evaluations with values that differ between seeds"


def test_shrinkage_is_schaefer_and_strimmers_over_all_pairs_of_steps():
    curves = NOISE[0].cumsum(axis=1)
    residuals = (curves - curves.mean(axis=0)) / curves.std(axis=0, ddof=1)
    products = residuals[:, :, None] * residuals[:, None, :]
    variance = 6 / 5**3 * ((products - products.mean(axis=0)) ** 2).sum(axis=0)
    correlation = np.corrcoef(curves.T)
    off = ~np.eye(20, dtype=bool)
    assert _shrinkage(residuals) == pytest.approx(variance[off].sum() / (correlation[off] ** 2).sum(), rel=1e-9)
