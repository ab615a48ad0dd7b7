"""A brush that begins, moves and grows by keys, and what it then asks for."""

import numpy as np
import pytest
from msgspec.structs import replace

from trackside.charts.parallel.axis import asked_for, axis_of
from trackside.charts.parallel.brush import STEPS, begun, grown, slid
from trackside.charts.parallel.spec import Picked, Span

LINEAR = axis_of("dropout", np.linspace(0.0, 0.5, 101).tolist())
LOG = axis_of("lr", (10 ** np.linspace(-5, -1, 101)).tolist())
LOSS = axis_of("loss", np.linspace(0.25, 1.25, 101).tolist(), "min")
NARROW = axis_of("accuracy", np.linspace(0.9912345, 0.9954321, 101).tolist(), "max")
WORDS = axis_of("optimizer", ["adam", "sgd", "lion", "adamw"])


def brush(axis, *changes):
    """The axis after these changes of its brush."""
    axis = replace(axis, brush=begun(axis))
    for change, by in changes:
        axis = replace(axis, brush=change(axis, by))
    return axis


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (LINEAR, Span(0.375, 0.5)),
        (LOG, Span(0.01, 0.1)),
        (LOSS, Span(0.25, 0.5)),
        (WORDS, Picked(frozenset({"adam"}))),
    ],
    ids=["number", "log", "smaller is better", "words"],
)
def test_a_brush_begins_with_the_upper_quarter_where_the_best_are(axis, expected):
    assert brush(axis).brush == expected


@pytest.mark.parametrize("axis", [LINEAR, LOG, LOSS, NARROW, WORDS], ids=lambda axis: axis.key)
def test_it_goes_down_to_the_lower_end_and_back_and_never_beyond(axis):
    assert brush(axis, (slid, 99)).brush == brush(axis).brush
    down = brush(axis, *[(slid, -1)] * 99)
    assert asked_for(down)[np.argmin(axis.values) if axis is not LOSS else np.argmax(axis.values)]
    assert brush(axis, *[(slid, -1)] * 99, *[(slid, 1)] * 99).brush == brush(axis).brush


@pytest.mark.parametrize("axis", [LINEAR, LOG, LOSS, NARROW], ids=lambda axis: axis.key)
def test_each_step_of_a_numeric_axis_moves_it_by_as_many_runs(axis):
    counts = [int(asked_for(brush(axis, *[(slid, -1)] * steps)).sum()) for steps in range(STEPS)]
    assert set(counts) <= {24, 25, 26, 27}
    firsts = [int(np.flatnonzero(asked_for(brush(axis, *[(slid, -1)] * steps)))[0]) for steps in range(10)]
    assert set(np.diff(firsts)) <= ({4, 5, 6} if axis is LOSS else {-4, -5, -6})


def test_it_grows_downwards_and_upwards_where_there_is_nothing_below():
    assert brush(LINEAR, (grown, 1)).brush == Span(0.35, 0.5)
    assert brush(LINEAR, (slid, -5), (grown, 1)).brush == Span(0.225, 0.375)
    assert brush(LINEAR, (slid, -99), (grown, 1)).brush == Span(0.0, 0.15)
    assert brush(WORDS, (grown, 2)).brush == Picked(frozenset({"adam", "adamw", "lion"}))
    assert asked_for(brush(LOG, (grown, 99))).all()


def test_it_shrinks_to_one_step():
    assert brush(LINEAR, (grown, -99)).brush == Span(0.475, 0.5)
    assert brush(WORDS, (grown, -99)).brush == Picked(frozenset({"adam"}))


def test_the_ends_of_an_axis_are_its_own_to_the_last_digit():
    axis = axis_of("x", [1 / 3, 0.5, 2 / 3])
    assert brush(axis, (grown, 99)).brush == Span(1 / 3, 2 / 3)


def test_its_other_ends_are_short_however_narrow_the_axis_is():
    low = brush(NARROW).brush.low
    assert len(str(low)) <= 8


@pytest.mark.parametrize("values", [[0.5, 0.5], [None, None], [2, 2]], ids=str)
def test_an_axis_of_one_value_has_nothing_to_brush(values):
    assert begun(axis_of("a", values)) is None


def test_without_a_brush_nothing_moves_or_grows():
    assert slid(LINEAR, 1) is None
    assert grown(LINEAR, 1) is None
