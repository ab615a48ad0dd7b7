"""How soon a curve reaches the baseline's best, and how many times sooner than the baseline did."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.compare.reaching import Reached, SpeedUp, Track, reaching

NAN = math.nan


def track(values, steps=None, pace=10.0):
    """A curve that is evaluated every 100 steps and takes `pace` seconds for it."""
    when = np.arange(100.0, 100 * len(values) + 1, 100) if steps is None else np.array(steps, float)
    return Track(when, when / 100 * pace, np.array(values, float))


CURVES = st.lists(
    st.lists(st.integers(-4, 4) | st.just(NAN), min_size=1, max_size=6).map(track), min_size=1, max_size=5
)


def test_a_curve_that_is_there_in_half_the_steps_is_twice_as_fast():
    found = reaching([track([0.1, 0.5, 0.7, 0.8])], [track([0.4, 0.8, 0.9, 0.9], pace=15)], "max")
    assert (found.target, found.baseline) == (0.8, (Reached(400, 40),))
    assert found.candidate == (Reached(200, 30),)
    assert found.steps == SpeedUp((400, 200), (2.0,), 2.0, 2.0, 2.0)
    assert found.seconds.median == pytest.approx(4 / 3)


def test_of_a_loss_the_smallest_is_best():
    found = reaching([track([3, 1, 2])], [track([3, 2, 2, 1])], "min")
    assert (found.target, found.steps.median) == (1, 0.5)


def test_the_first_time_counts_though_the_curve_does_not_stay_there():
    assert reaching([track([1, 2, 1, 3])], [track([4, 1, 1, 1])], "max").candidate == (Reached(100, 10),)


def test_a_curve_that_never_gets_there_has_no_speed_up():
    found = reaching([track([1, 2])], [track([1, 1, 1, NAN, math.inf])], "max")
    assert (found.candidate, found.steps, found.seconds) == (
        (None,),
        SpeedUp((200, None), (None,)),
        SpeedUp((20, None), (None,)),
    )


def test_of_seeds_the_target_is_the_best_that_most_of_the_baseline_got_to():
    four = [track([0, best]) for best in (5, 7, 6, 8)]
    assert reaching(four[:3], [track([9])], "max").target == 6
    assert reaching(four, [track([9])], "max").target == 6
    assert reaching(four[:2], [track([9])], "max").target == 5


def test_seeds_have_a_median_and_a_range_and_one_that_never_got_there_is_the_slowest():
    found = reaching([track([1, 1, 1, 2])], [track([2]), track([1, 2]), track([1, 1])], "max")
    assert found.steps == SpeedUp((400, 200), (4.0, 2.0, None), 2.0, None, 4.0)
    half = reaching([track([1, 1, 1, 2])], [track([2]), track([1])], "max").steps
    assert half == SpeedUp((400, None), (4.0, None), None, None, 4.0)


def test_who_is_there_at_the_start_is_infinitely_sooner_but_nobody_is_sooner_than_a_baseline_that_was():
    early = track([2], steps=[0])
    assert reaching([track([1, 2])], [early], "max").steps == SpeedUp(
        (200, 0), (math.inf,), math.inf, math.inf, math.inf
    )
    assert reaching([early], [track([1, 2])], "max").steps == SpeedUp((0, 200), (None,))


def test_points_in_another_order_or_without_a_step_are_read_by_their_steps():
    shuffled = Track(np.array([300.0, NAN, 200.0, 100.0]), np.array([3.0, 0, 2, 1]), np.array([2.0, 9, 2, 1]))
    assert reaching([track([1, 2])], [shuffled], "max").candidate == (Reached(200, 2),)


def test_where_a_time_is_not_known_there_is_a_speed_up_in_steps_alone():
    timeless = track([2], pace=NAN)
    for sides in (([track([1, 2])], [track([1, 2]), timeless]), ([track([1, 2]), timeless], [track([2])])):
        found = reaching(*sides, "max")
        assert found.steps.median is not None
        assert found.seconds == SpeedUp((None, None), (None,) * len(sides[1]))


@pytest.mark.parametrize(
    ("baseline", "goal", "why_not"),
    [
        ([track([1, 2])], None, "whether small or large is better is not known"),
        ([track([NAN])], "max", "half of the baseline's seeds or more have no finite value"),
        ([track([1]), track([NAN])], "max", "half of the baseline's seeds or more have no finite value"),
        ([], "min", "half of the baseline's seeds or more have no finite value"),
    ],
)
def test_without_a_goal_or_a_best_it_is_said_why(baseline, goal, why_not):
    found = reaching(baseline, [track([1])], goal)
    assert (found.target, found.why_not, found.candidate, found.steps) == (
        None,
        why_not,
        (None,),
        SpeedUp((None, None), (None,)),
    )


@given(CURVES, CURVES)
def test_the_other_goal_of_the_negative_values_is_the_same(baseline, candidate):
    turned = ([Track(one.steps, one.seconds, -one.values) for one in side] for side in (baseline, candidate))
    largest, smallest = reaching(baseline, candidate, "max"), reaching(*turned, "min")
    assert (largest.baseline, largest.candidate, largest.steps) == (
        smallest.baseline,
        smallest.candidate,
        smallest.steps,
    )


@given(CURVES, CURVES, st.randoms(use_true_random=False))
def test_the_order_of_seeds_does_not_matter(baseline, candidate, random):
    shuffled = random.sample(baseline, len(baseline))
    found, other = reaching(baseline, candidate, "max"), reaching(shuffled, candidate[::-1], "max")
    assert (found.target, found.candidate) == (other.target, other.candidate[::-1])
    assert (found.steps.median, found.steps.lowest) == (other.steps.median, other.steps.lowest)


@given(CURVES)
def test_against_itself_nothing_is_faster(curves):
    found = reaching(curves, curves, "max")
    assert found.steps.median == (None if found.target is None else 1.0)
