"""Holm's adjustment, and which family a metric belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.statistics.adjust import family_of, holm

P_VALUES = st.lists(st.none() | st.floats(0, 1), max_size=12)


def test_p_values_are_adjusted_as_rs_multtest_does():
    # raw p and Holm's of mt.rawp2adjp, as statsmodels' test_multi.py has them (res_multtest1)
    raw = [0.838541367553, 0.642193923795, 0.680845947633, 0.967833824309, 0.71626938238]
    raw += [0.177096952723, 5.23656777208e-05, 0.0202732688798, 0.00028140506198, 0.0149877310796]
    expected = [
        1,
        1,
        1,
        1,
        1,
        1,
        5.2365677720800005e-04,
        0.14191288215860001,
        2.5326455578199999e-03,
        0.11990184863680001,
    ]
    assert holm(raw) == pytest.approx(expected, rel=1e-9)


def test_what_could_not_be_tested_stays_so_and_still_counts():
    assert holm([0.01, None, 0.04]) == pytest.approx([0.03, None, 0.08])
    assert holm([None, None]) == [None, None]
    assert holm([]) == []
    assert holm([0.01, 0.04], size=4) == holm([0.01, 0.04, None, None])[:2]


@given(P_VALUES)
def test_no_p_becomes_smaller_and_none_overtakes_another(p_values):
    adjusted = holm(p_values)
    pairs = sorted((p, after) for p, after in zip(p_values, adjusted, strict=True) if p is not None)
    assert all(p <= after <= 1 for p, after in pairs)
    assert [after for _, after in pairs] == sorted(after for _, after in pairs)


@given(P_VALUES, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(p_values, random):
    places = list(range(len(p_values)))
    random.shuffle(places)
    adjusted = holm(p_values)
    assert holm([p_values[place] for place in places]) == [adjusted[place] for place in places]


@pytest.mark.parametrize(
    ("metric", "evaluation", "has_goal", "family"),
    [
        ("val/accuracy", True, True, "primary"),
        ("val/loss", True, True, "other metrics"),
        ("val/loss", False, True, None),
        ("val/loss", True, False, None),
        ("train/loss", True, True, None),
        ("system/gpu", True, True, None),
    ],
)
def test_a_metric_is_tested_where_it_is_primary_or_has_an_eval_role_and_a_goal(metric, evaluation, has_goal, family):
    assert family_of(metric, primary="val/accuracy", evaluation=evaluation, has_goal=has_goal) == family
