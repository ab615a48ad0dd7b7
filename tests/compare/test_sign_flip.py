"""The sign-flip test and its interval, against Fisher's own example, SciPy, and inversion by trial."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from trackside.compare.statistics.draws import coin_flips, dealt, seed_of
from trackside.compare.statistics.sign_flip import sign_flip

MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0])
"""Darwin's crossed and self-fertilised maize, in eighths of an inch (Fisher 1935, The Design of Experiments, 21)."""


def every_flip(units):
    """All rows but the one that flips nothing."""
    return [np.array(list(product([False, True], repeat=units)))[1:]]


def test_darwins_maize_has_fishers_p():
    found = sign_flip(MAIZE, np.ones(15), every_flip(15), 0.05)
    assert found.p == pytest.approx(2 * 863 / 2**15, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_with_every_flip_p_is_that_of_scipys_exact_permutation_test(seed):
    differences = np.random.default_rng(seed).normal(0.5, size=10)
    expected = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(differences, np.ones(10), every_flip(10), 0.05).p == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("sizes", [np.ones(12), np.arange(1.0, 13.0)], ids=["examples", "groups"])
def test_the_interval_holds_the_shifts_that_the_same_flips_do_not_refuse(alpha, sizes):
    sums = np.random.default_rng(7).normal(0.4, size=12) * sizes
    flips = every_flip(12)
    lower, upper = sign_flip(sums, sizes, flips, alpha).interval

    def p_of(shift):
        return sign_flip(sums - shift * sizes, sizes, flips, alpha).p

    step = 1e-7 * (upper - lower)
    assert p_of(lower - step) <= alpha < p_of(lower + step)
    assert p_of(upper + step) <= alpha < p_of(upper - step)


def test_ties_count_as_as_far_whatever_rounding_does_to_them():
    differences = np.array([0.1, 0.2, 0.3, -0.1, -0.2, 0.1])
    tenths = np.array([1.0, 2, 3, -1, -2, 1])
    flips = every_flip(6)
    assert sign_flip(differences, np.ones(6), flips, 0.2).p == sign_flip(tenths, np.ones(6), flips, 0.2).p


def test_too_few_resamples_for_a_level_are_refused():
    with pytest.raises(ValueError, match="63 resamples cannot tell a p"):
        sign_flip(np.arange(6.0), np.ones(6), every_flip(6), 0.001)


def test_flips_are_fair_and_the_same_each_time():
    rows = np.concatenate(list(coin_flips(5, 4_000, 70)))
    assert rows.shape == (4_000, 70)
    assert abs(rows.mean() - 0.5) < 4 * 0.5 / math.sqrt(rows.size)
    assert np.array_equal(rows, np.concatenate(list(coin_flips(5, 4_000, 70))))
    assert not np.array_equal(rows, np.concatenate(list(coin_flips(6, 4_000, 70))))


def test_flips_do_not_depend_on_how_many_are_held_at_once(monkeypatch):
    whole = np.concatenate(list(coin_flips(5, 300, 70)))
    monkeypatch.setattr("trackside.compare.statistics.draws._AT_ONCE", 1_000)
    assert np.array_equal(whole, np.concatenate(list(coin_flips(5, 300, 70))))


def test_the_first_flips_are_these_on_every_machine():
    row = next(coin_flips(seed_of(["a", "b"]), 1, 16))[0]
    assert "".join(map(str, row.astype(int))) == "0110010001010111"


def test_a_seed_tells_texts_apart_wherever_they_end():
    assert len({seed_of(parts) for parts in (["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], [])}) == 5


def test_heaps_are_dealt_evenly_and_at_random():
    heaps = dealt(1, 1_003, 10)
    assert sorted(np.bincount(heaps)) == [100] * 7 + [101] * 3
    assert not np.array_equal(heaps, dealt(2, 1_003, 10))
