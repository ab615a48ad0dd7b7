"""The word for a difference: what bars a claim comes first, and `same` wins over `better`."""

import pytest
from msgspec.structs import replace

from trackside.compare.statistics.adjust import Family
from trackside.compare.statistics.difference import Difference
from trackside.compare.statistics.prediction import predicted
from trackside.compare.statistics.replicates import welch
from trackside.compare.statistics.sample import one_per_seed
from trackside.compare.verdict import Standing, judge

BASELINE = one_per_seed([0.912, 0.905, 0.921, 0.898, 0.917])
HIGHER = welch(BASELINE, one_per_seed([0.934, 0.921, 0.941, 0.929, 0.925]))
ALIKE = welch(BASELINE, one_per_seed([0.910, 0.903, 0.925, 0.899, 0.920]))


@pytest.mark.parametrize(
    ("difference", "goal", "word"),
    [
        (HIGHER, "max", "better"),
        (HIGHER, "min", "worse"),
        (ALIKE, "max", "noise"),
        (ALIKE, "min", "noise"),
        (HIGHER, None, "unknown"),
        (predicted(BASELINE, one_per_seed([0.99])), "max", "outside"),
        (predicted(BASELINE, one_per_seed([0.80])), "max", "outside"),
        (predicted(BASELINE, one_per_seed([0.92])), "max", "noise"),
        (welch(BASELINE, one_per_seed([0.99, 0.98])), "max", "untested"),
    ],
)
def test_a_difference_has_its_word(difference, goal, word):
    assert judge(difference, goal).word == word


def test_one_run_is_judged_by_its_interval_which_is_adjusted_already():
    alone = predicted(BASELINE, one_per_seed([0.945]))
    among_ten = predicted(BASELINE, one_per_seed([0.945]), candidates=10)
    assert alone.p == among_ten.p
    assert judge(alone, "max").word == "outside"
    assert judge(among_ten, "max").word == "noise"


def test_the_adjusted_p_decides_and_both_are_given():
    verdict = judge(HIGHER, "max", p_adjusted=0.06, family=Family("primary", 5))
    assert verdict.word == "noise"
    assert (verdict.difference.p, verdict.p_adjusted) == (HIGHER.p, 0.06)
    assert HIGHER.p < 0.05
    assert verdict.family == Family("primary", 5)


def test_a_difference_inside_the_margin_is_the_same_even_where_it_is_significant():
    assert judge(HIGHER, "max", margin=0.1).word == "same"
    assert judge(HIGHER, "max", margin=0.01).word == "better"
    assert judge(ALIKE, "max", margin=0.1).word == "same"


def test_one_run_is_never_the_same_however_wide_the_margin():
    assert judge(predicted(BASELINE, one_per_seed([0.92])), "max", margin=1.0).word == "noise"


@pytest.mark.parametrize("goal", ["max", "min", None])
@pytest.mark.parametrize("margin", [None, 1.0])
def test_what_may_not_be_compared_is_incomparable_whatever_the_figures(goal, margin):
    assert judge(HIGHER, goal, margin=margin, standing=Standing(incomparable=True)).word == "incomparable"


@pytest.mark.parametrize("margin", [None, 1.0])
@pytest.mark.parametrize("difference", [HIGHER, ALIKE, predicted(BASELINE, one_per_seed([0.99]))])
def test_a_provisional_comparison_has_no_verdict(difference, margin):
    verdict = judge(difference, "max", margin=margin, standing=Standing(provisional=True))
    assert (verdict.word, verdict.provisional) == ("untested", True)


@pytest.mark.parametrize("left_out", [(1, 0), (0, 1)])
def test_seeds_that_diverged_bar_a_claim_until_somebody_acknowledges_them(left_out):
    diverged = replace(HIGHER, left_out=left_out)
    assert judge(diverged, "max").word == "untested"
    assert judge(diverged, "max", standing=Standing(acknowledged=True)).word == "better"


def test_a_single_run_on_each_side_is_untested():
    one = Difference("one against one", (1, 1), "seeds", (0.9, 0.95), 0.05, why_not="run more seeds")
    assert judge(one, "max", margin=1.0).word == "untested"
