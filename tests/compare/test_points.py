"""Which point of a curve counts."""

import math

import numpy as np
import pytest
from some_runs import METRIC, a_run, compared, only_cell, seeds

from trackside.compare.points import At, Point, common_points, parse_at, points
from trackside.compare.sides import side_of_runs
from trackside.model.errors import UsageError
from trackside.store.curves import Series


def curve(steps, values, began=1000.0):
    steps = np.array(steps, np.int64)
    return Series(steps, began + steps, np.array(values, np.float64))


@pytest.fixture
def two():
    """A run of steps 0, 10, … 90 and one of steps 0, 15, … 90, still at 0.5 and 0.6."""
    return side_of_runs([a_run(0.9)]), side_of_runs([a_run(0.8)])


def picked(at, two, *curves):
    by_id = dict(zip([side.lead.id for side in two], curves, strict=True))

    def curves(run_id, _metric):
        return by_id[run_id]

    if at == "common":
        ours, theirs = common_points(METRIC, *two, curves)
    else:
        ours, theirs = (points(parse_at(at), METRIC, side, curves) for side in two)
    return ours[0], theirs[0]


TENS = curve(range(0, 100, 10), np.arange(10.0))
FIFTEENS = curve(range(0, 91, 15), np.arange(7.0))


def test_common_is_the_last_step_that_both_logged(two):
    assert picked("common", two, TENS, FIFTEENS) == (Point(9.0, 90), Point(6.0, 90))
    assert picked("common", two, curve([0, 10, 20], [1, 2, 3]), FIFTEENS) == (Point(1.0, 0), Point(0.0, 0))


def test_without_a_common_step_there_is_no_point(two):
    assert picked("common", two, curve([1, 2], [1, 2]), curve([3], [3])) == (Point(), Point())


def test_a_step_that_was_not_logged_takes_the_last_one_before_it(two):
    assert picked("step=40", two, TENS, FIFTEENS) == (Point(4.0, 40), Point(2.0, 30))


def test_a_run_that_has_not_come_so_far_has_no_point(two):
    assert picked("step=91", two, TENS, curve([0, 95], [1, 2])) == (Point(), Point(1.0, 0))


def test_time_runs_from_the_first_point_of_each(two):
    late = curve(range(0, 100, 10), np.arange(10.0), began=9_000.0)
    assert picked("time=45s", two, TENS, late) == (Point(4.0, 40), Point(4.0, 40))


def test_the_mean_of_the_last_points(two):
    assert picked("mean-last=4", two, TENS, FIFTEENS) == (Point(7.5, 90), Point(4.5, 90))
    assert picked("mean-last=9", two, TENS, FIFTEENS)[1] == Point()


@pytest.mark.parametrize(
    ("text", "at"),
    [("last", At("last")), ("time=2h", At("time", 7200)), ("time=90", At("time", 90)), ("step=7", At("step", 7))],
)
def test_a_choice_is_read_as_it_is_typed(text, at):
    assert parse_at(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "frist", "step", "step=", "step=x", "mean-last=0", "time=h", "common=3", "time=nan"]
    + [f"{kind}={digits}" for kind in ("step", "mean-last") for digits in ("9" * 400, "9" * 5_000, 1 << 63)],
)
def test_a_choice_that_is_none_says_what_there_is(text):
    with pytest.raises(UsageError, match="it is one of auto, last"):
        parse_at(text)


@pytest.mark.parametrize("text", ["step=1234567", "step=9007199254740993", "mean-last=1000001", "time=1234567s"])
def test_a_choice_is_printed_as_it_was_typed(text):
    assert str(parse_at(text)) == text


def test_one_run_that_goes_on_moves_both_sides_to_their_last_common_step():
    baseline, going = a_run(0.9), a_run(0.99, status="running")
    curves = {(baseline.id, METRIC): TENS, (going.id, METRIC): curve([0, 10, 20], [0.5, 0.6, 0.7])}
    cell = only_cell(compared(side_of_runs([baseline]), side_of_runs([going]), curves=curves))
    assert (cell.baseline_value, cell.value, cell.at_step) == (2.0, 0.7, 20)
    assert cell.verdict.provisional


def test_finished_runs_count_by_their_own_last_points():
    cell = only_cell(compared(seeds(0.9), seeds(0.8)))
    assert (cell.baseline_value, cell.value, cell.at_step) == (0.9, 0.8, 99)


def test_a_value_that_is_no_number_is_no_value():
    cell = only_cell(compared(seeds(0.9), seeds(math.nan)))
    assert (cell.value, cell.delta, cell.percent) == (None, None, None)
