"""Which examples flipped: by id, over one run or several a side, those that differ most first."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.statistics.flips import flips
from trackside.compare.statistics.pairing import Examples, ExamplesError


def shown(found):
    """By id what is shown of each, in order."""
    flipped = [None] * len(found.ids) if found.flipped is None else found.flipped.tolist()
    return dict(zip(found.ids, zip(found.baseline, found.candidate, flipped, strict=True), strict=True))


def test_examples_of_one_run_each_are_paired_by_id_and_the_flipped_ones_come_first():
    found = flips([Examples([10, 9, "b", "a"], [1, 0, 1, 1])], [Examples(["a", "b", 9.0, 10], [0, 1, 1, 1])])
    assert list(shown(found).items()) == [("9", (0, 1, 1)), ("a", (1, 0, 1)), ("10", (1, 1, 0)), ("b", (1, 1, 0))]
    assert found.difference.tolist() == [1, -1, 0, 0]


def test_scores_that_are_no_0_or_1_come_by_how_much_they_differ_and_flip_nothing():
    found = flips([Examples("abc", [0.5, 0.5, 0.5])], [Examples("abc", [0.6, 0.1, 0.5])])
    assert list(found.ids) == ["b", "a", "c"]
    assert found.flipped is None


def test_of_several_seeds_the_mean_counts_and_how_many_leave_the_baselines_majority():
    baseline = [Examples("abcd", scores) for scores in ([1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 1])]
    candidate = [Examples("dcba", scores) for scores in ([1, 1, 0, 0], [1, 0, 0, 1])]
    assert shown(flips(baseline, candidate)) == {
        "b": (pytest.approx(2 / 3), 0, 2),
        "d": (pytest.approx(1 / 3), 1, 2),
        "c": (0, 0.5, 1),
        "a": (pytest.approx(2 / 3), 0.5, 1),
    }


def test_where_half_of_the_baselines_seeds_are_right_nothing_flips():
    found = flips([Examples("ab", [1, 0]), Examples("ab", [0, 1])], [Examples("ab", [0, 1])])
    assert shown(found) == {"a": (0.5, 0, 0), "b": (0.5, 1, 0)}


def test_examples_that_differ_alike_come_by_id_numbers_by_their_size():
    found = flips([Examples([10, "b", 2, "a"], [0] * 4)], [Examples(["a", 2, "b", 10], [1] * 4)])
    assert list(found.ids) == ["2", "10", "a", "b"]


def test_examples_that_not_all_runs_have_are_counted_and_left_out():
    baseline = [Examples("abcx", [1, 1, 1, 1]), Examples("abc", [1, 1, 1])]
    found = flips(baseline, [Examples("abxy", [0, math.nan, 1, 1])])
    assert list(found.ids) == ["a"]
    assert found.unmatched == (2, 2)
    assert found.left_out == (0, 1)


def test_means_that_are_unlike_by_rounding_alone_do_not_differ():
    found = flips([Examples("a", [score]) for score in (0.1, 0.2, 0.3)], [Examples("a", [0.2])])
    assert found.difference.tolist() == [0]


def test_double_ids_are_a_line_that_says_which_side():
    with pytest.raises(ExamplesError, match="candidate: 1 of the ids stand more than once, such as 'a'"):
        flips([Examples("ab", [1, 0])] * 2, [Examples("aa", [1, 0])] * 2)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_order_in_which_examples_were_logged_does_not_matter(scores, chance: random.Random):
    ids = list(range(len(scores)))
    baseline, candidate = ([float(pair[side]) for pair in scores] for side in (0, 1))
    other = chance.sample(ids, len(ids))
    again = flips([Examples(ids, baseline)], [Examples(other, [candidate[place] for place in other])])
    assert shown(flips([Examples(ids, baseline)], [Examples(ids, candidate)])) == shown(again)
    assert np.count_nonzero(again.difference) == sum(before != after for before, after in scores)
