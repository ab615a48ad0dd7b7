"""Per-example results of two runs: paired by id, tested as what they are, and never more claimed than they bear."""

import json
import math
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from scipy import stats

from trackside.compare.statistics.examples import compare_examples
from trackside.compare.statistics.pairing import Examples, ExamplesError, paired

RNG = np.random.default_rng(3)
SCORES = RNG.normal(size=(2, 80))
RIGHT = RNG.random((2, 80)) < [[0.6], [0.5]]


def compared(baseline, candidate, ids=None, groups=None, **given):
    ids = range(len(baseline)) if ids is None else ids
    return compare_examples(Examples(ids, baseline, groups), Examples(ids, candidate, groups), **given)


def test_results_of_0_and_1_are_compared_by_mcnemars_mid_p_with_the_exact_p_beside_it():
    won, lost = int((RIGHT[1] & ~RIGHT[0]).sum()), int((RIGHT[0] & ~RIGHT[1]).sum())
    found = compared(*RIGHT)
    assert found.method == "McNemar's mid-p"
    assert found.p_exact == pytest.approx(stats.binomtest(won, won + lost).pvalue, rel=1e-9)
    assert found.p < found.p_exact
    assert found.delta == pytest.approx((won - lost) / 80, rel=1e-9)
    assert (found.n, found.unit, found.scope) == ((80, 80), "examples", "runs")


def test_other_results_are_compared_by_sign_flips():
    found = compared(*SCORES)
    expected = stats.permutation_test(
        (SCORES[1] - SCORES[0],), np.mean, permutation_type="samples", n_resamples=20_000, rng=1
    )
    assert found.method == "sign-flip permutation"
    assert found.p == pytest.approx(expected.pvalue, abs=4 * math.sqrt(0.25 / 5_000))
    assert found.delta == pytest.approx((SCORES[1] - SCORES[0]).mean(), rel=1e-9)
    assert found.scope == "runs"


def test_whole_groups_are_flipped_where_groups_are_given():
    groups = np.arange(80) // 2
    found = compared(*RIGHT, groups=groups)
    assert (found.method, found.n, found.unit) == ("sign-flip permutation", (40, 40), "groups")
    assert "80 examples in 40 groups" in found.notes
    doubled = compared(*SCORES.repeat(5, axis=1), groups=np.arange(80).repeat(5))
    alone = compared(*SCORES)
    assert doubled.p == pytest.approx(alone.p, abs=0.05)
    assert doubled.interval == pytest.approx(alone.interval, abs=0.05)


def test_groups_of_one_side_are_enough_and_groups_that_disagree_are_refused():
    groups = np.arange(80) // 2
    one = compare_examples(Examples(range(80), SCORES[0]), Examples(range(80), SCORES[1], groups))
    assert one.unit == "groups"
    other = compare_examples(Examples(range(80), SCORES[0], groups), Examples(range(80), SCORES[1], groups + 1))
    assert other.p is None
    assert other.why_not == "80 examples are in another group on each side, such as '0': log one group"


@pytest.mark.parametrize("number", [0, 1, 2, 29])
def test_under_thirty_examples_nothing_is_claimed(number):
    for sides in (SCORES, RIGHT):
        found = compared(*sides[:, :number])
        assert (found.p, found.interval, found.scope) == (None, None, None)
        assert found.why_not == f"{number} of the 30 examples that a test needs"


def test_under_thirty_groups_nothing_is_claimed():
    assert compared(*SCORES, groups=np.arange(80) % 29).why_not == "29 of the 30 groups that a test needs"


def test_a_difference_that_is_the_same_everywhere_is_not_tested():
    found = compared(SCORES[0], SCORES[0] + 0.25)
    assert found.p is None
    assert found.why_not == "80 identical differences: same run?"


def test_examples_of_one_side_only_are_counted_and_said():
    found = compare_examples(Examples(range(80), SCORES[0]), Examples(range(20, 90), SCORES[1][:70]))
    assert found.n == (60, 60)
    assert "20 and 10 examples have no partner" in found.notes


def test_scores_that_are_not_finite_are_left_out_on_both_sides_and_counted():
    ours, theirs = SCORES.copy()
    ours[3] = math.nan
    theirs[[3, 4, 5]] = math.inf, math.nan, -math.inf
    found = compared(ours, theirs)
    assert found.left_out == (1, 3)
    assert found.n == (77, 77)


def test_nothing_but_nan_is_not_tested():
    found = compared(np.full(80, math.nan), SCORES[1])
    assert found.why_not == "0 of the 30 examples that a test needs"
    assert found.left_out == (80, 0)
    assert math.isnan(found.delta)


@pytest.mark.parametrize("ids", [range(80), np.arange(80.0), [str(i) for i in range(80)], pl.Series(range(80))])
def test_an_id_is_the_same_whether_it_was_logged_as_a_number_or_as_text(ids):
    found = compare_examples(Examples([str(i) for i in range(80)], SCORES[0]), Examples(ids, SCORES[1]))
    assert found == compared(*SCORES)


def test_ids_may_be_any_text():
    ids = ["\ud800", "", "\x1b[2J", "é", *map(str, range(76))]
    assert compared(*SCORES, ids=ids).n == (80, 80)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b", "a"], "candidate: 1 of the ids stand more than once, such as 'a': log each example once"),
        ([1, "1", 2], "candidate: 1 of the ids stand more than once, such as '1': log each example once"),
        (["a", None, "b"], "candidate: NoneType as id of an example: give each a text or a number"),
        ([b"a", b"b", b"c"], "candidate: bytes as id of an example: give each a text or a number"),
        ([1.0, math.nan, 2.0], "candidate: float as id of an example: give each a text or a number"),
        (["a", "b"], "candidate: 2 ids, 3 scores: log one of each"),
    ],
)
def test_ids_that_tell_no_examples_apart_are_refused_in_one_line(ids, message):
    with pytest.raises(ExamplesError) as refused:
        paired(Examples("abc", [1, 2, 3]), Examples(ids, [1, 2, 3]))
    assert str(refused.value) == message
    assert compare_examples(Examples("abc", [1, 2, 3]), Examples(ids, [1, 2, 3])).why_not == message


@pytest.mark.parametrize("scores", [["right", "wrong", "right"], [[1], [1, 2], []], [{}, {}, {}]])
def test_scores_that_are_no_numbers_are_refused_in_one_line(scores):
    found = compare_examples(Examples("abc", scores), Examples("abc", [1, 2, 3]))
    assert found.why_not == "baseline: the scores are no column of numbers: log one number for each example"


def test_scores_whose_difference_is_no_number_any_more_are_not_tested():
    found = compared(np.full(40, -1.7e308), np.linspace(1.6e308, 1.7e308, 40))
    assert found.p is None
    assert found.why_not == "the scores lie too far apart to be computed with"


def test_a_larger_family_is_resampled_until_its_smallest_p_can_be_told():
    found = compared(SCORES[0], SCORES[0] + np.linspace(1, 2, 80), family=1_000)
    assert found.p == pytest.approx(1 / (20 * 1_000 / 0.05 + 1), rel=1e-9)


def test_ten_thousand_examples_are_flipped_in_heaps_and_it_is_said():
    sides = RNG.normal(size=(2, 10_000))
    found = compared(*sides)
    expected = stats.ttest_rel(sides[1], sides[0])
    assert "flipped in 4,096 random heaps of examples" in found.notes
    assert found.n == (10_000, 10_000)
    assert found.p == pytest.approx(expected.pvalue, abs=0.03)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval(0.95)), abs=0.005)


MILLION = """
import json, resource
import numpy as np
from trackside.compare.statistics.examples import compare_examples
from trackside.compare.statistics.pairing import Examples
rng = np.random.default_rng(1)
ids = [f"example-{number}" for number in range(1_000_000)]
scores = rng.normal(size=1_000_000)
found = compare_examples(Examples(ids, scores), Examples(ids[::-1], scores[::-1] + rng.normal(0.01, size=1_000_000)))
print(json.dumps([found.n, found.p, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


@pytest.mark.slow
def test_a_million_examples_are_compared_within_a_gigabyte():
    done = subprocess.run([sys.executable, "-c", MILLION], capture_output=True, text=True, check=True)
    n, p, kilobytes = json.loads(done.stdout)
    assert n == [1_000_000, 1_000_000]
    assert p <= 0.001
    assert kilobytes < 2**20
