"""McNemar's test of paired 0/1 results, against SciPy and against published tables."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from trackside.compare.statistics import mcnemar

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("lost", "won", "exact", "mid"),
    [
        (1, 7, 0.0703125, 0.0390625),  # Bentur 2009, in Fagerland, Lydersen & Laake 2013
        (6, 16, 0.052479, 0.034690),  # Cavo 2012, as the R package contingencytables prints it
    ],
)
def test_published_tables_are_matched(lost, won, exact, mid):
    assert mcnemar.p_values(lost, won) == pytest.approx((mid, exact), abs=5e-7)


@given(lost=COUNTS, won=COUNTS)
def test_exact_p_is_scipys_and_mid_p_takes_half_of_what_was_seen(lost, won):
    assume(lost + won)
    mid, exact = mcnemar.p_values(lost, won)
    assert exact == pytest.approx(stats.binomtest(won, lost + won).pvalue, rel=1e-9)
    pairs, fewer = lost + won, min(lost, won)
    below = Fraction(sum(comb(pairs, k) for k in range(fewer)), 2**pairs)
    assert mid == pytest.approx(float(min(1, 2 * below + Fraction(comb(pairs, fewer), 2**pairs))), rel=1e-9)


@given(lost=COUNTS, won=COUNTS, agree=COUNTS)
def test_the_interval_holds_the_difference_and_leaves_out_zero_exactly_where_p_is_small(lost, won, agree):
    pairs = lost + won + agree
    assume(pairs)
    lower, upper = mcnemar.interval(lost, won, pairs, 0.05)
    assert -1 <= lower <= (won - lost) / pairs <= upper <= 1
    assert (lower > 0 or upper < 0) == (mcnemar.p_values(lost, won)[0] < 0.05)


@given(lost=COUNTS, won=COUNTS)
def test_the_share_of_wins_is_refused_where_its_mid_p_is_half_of_alpha(lost, won):
    assume(won)
    share = mcnemar._least_share(won, lost + won, 0.05)
    seen = stats.binom(lost + won, share)
    assert (seen.sf(won - 1) + seen.sf(won)) / 2 == pytest.approx(0.025, rel=1e-9)


@given(count=COUNTS, others=COUNTS)
def test_how_many_disagree_has_wilsons_interval(count, others):
    assume(count + others)
    expected = stats.binomtest(count, count + others).proportion_ci(0.95, method="wilson")
    assert mcnemar._wilson(count, count + others, 0.05) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-12)


def test_where_all_pairs_agree_the_interval_says_how_much_may_have_been_missed():
    lower, upper = mcnemar.interval(0, 0, 100, 0.05)
    assert upper == -lower == pytest.approx(stats.binomtest(0, 100).proportion_ci(0.95, method="wilson").high)
    assert mcnemar.p_values(0, 0) == (1.0, 1.0)
