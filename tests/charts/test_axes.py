import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.charts.axis import Scale, evened, number, numbers, position, spanning, ticks


def labels(low, high, most=6, kind="number", *, log=False):
    return [label for _, label in ticks(Scale(low, high, log), most, kind)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 20_000, ["0", "5k", "10k", "15k", "20k"]),
        (0, 4e-4, ["0", "1e-4", "2e-4", "3e-4", "4e-4"]),
        (0.9, 0.92, ["0.900", "0.905", "0.910", "0.915", "0.920"]),
        (-3e6, 3e6, ["-2000k", "0", "2000k"]),
        (0, 4e7, ["0", "10M", "20M", "30M", "40M"]),
    ],
)
def test_ticks_stand_at_round_values_with_short_labels(low, high, expected):
    assert labels(low, high) == expected


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.95, "0.95"),
        (1.25, "1.25"),
        (12500.0, "12.5k"),
        (-40.0, "-40"),
        (2.5e-4, "2.5e-4"),
        (3e7, "30M"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_tick_that_stands_alone_is_labelled_with_all_of_its_digits(value, label):
    assert numbers([value]) == [label]
    assert labels(0.22, 0.28, 1) == ["0.25"]


def test_steps_are_whole_numbers():
    assert labels(-0.5, 0.5, kind="step") == ["0"]
    assert labels(0, 2, kind="step") == ["0", "1", "2"]
    assert labels(0, 3000, kind="step") == ["0", "1000", "2000", "3000"]
    assert labels(1, 9, kind="step", log=True) == ["1", "2", "3", "5", "7"]


def test_log_ticks_are_powers_of_ten():
    assert labels(1e-6, 1.0, log=True) == ["1e-6", "1e-4", "1e-2", "1"]
    assert labels(0.05, 200, log=True) == ["0.1", "1", "10", "100"]


def test_a_log_axis_within_one_power_still_has_ticks():
    assert labels(1.0, 9.0, log=True) == ["1", "2", "3", "5", "7"]


def test_durations_are_told_in_minutes_and_hours():
    assert labels(0, 7200, 5, "duration") == ["0s", "30m", "1h", "1h30m", "2h"]
    assert position(90.0, "duration") == "1m30s"


@given(st.floats(1e-3, 1.0), st.floats(0.01, 100.0), st.integers(2, 6), st.booleans())
def test_a_scale_can_be_read_from_two_ticks_at_any_height(low, span, most, log):
    scale = spanning(low, low + span, log=log, margin=0.05)
    assert len(labels(scale.low, scale.high, most, log=log)) >= 2


def test_few_ticks_are_the_least_and_the_greatest_round_value():
    assert labels(0.24, 0.81, 2) == ["0.4", "0.8"]
    assert labels(0.031, 0.094, 2, log=True) == ["0.05", "0.07"]
    assert labels(0.2, 2.1, 2) == ["1", "2"]


@given(
    st.floats(), st.floats(), st.booleans(), st.integers(2, 12), st.sampled_from(["step", "number", "time", "duration"])
)
def test_any_span_has_few_ticks_in_order_within_it(low, high, log, most, kind):
    scale = spanning(low, high, log=log)
    assert scale.low < scale.high
    values = [value for value, _ in ticks(scale, most, kind)]
    assert len(values) <= most + 1
    assert values == sorted(values)
    assert all(len(label) <= 24 for _, label in ticks(scale, most, kind))


@given(st.floats(-1e100, 1e100), st.floats(1e-3, 1e100), st.integers(2, 400))
def test_a_place_is_where_its_value_is(low, span, pixels):
    scale = spanning(low, low + span)
    middle = scale.value((pixels - 1) / 2, pixels)
    place = scale.place(np.array([scale.low, middle, scale.high]), pixels)
    assert place == pytest.approx([0, (pixels - 1) / 2, pixels - 1], abs=1e-3)


def test_values_that_differ_by_what_computing_leaves_are_one_value_on_an_axis() -> None:
    smoothed = 0.1 + 0.2
    assert spanning(0.3, smoothed) == spanning(smoothed, 0.3)
    labels = [label for _, label in ticks(spanning(0.3, smoothed), 6)]
    assert len(set(labels)) == len(labels) > 1


def test_values_are_read_in_five_figures():
    assert [number(value) for value in (0.91234567, 1234.0, 1e-7, 12345678.9, math.nan, -math.inf)] == [
        "0.91235",
        "1,234",
        "1.0000e-7",
        "1.2346e7",
        "NaN",
        "-Inf",
    ]


def test_labels_of_one_axis_have_the_same_decimals():
    assert numbers([0.5, 1.0, 1.5]) == ["0.5", "1.0", "1.5"]


@pytest.mark.parametrize("rows", range(4, 17))
def test_where_there_are_few_rows_as_many_of_them_lie_between_ticks_and_all_values_stay_in_sight(rows: int) -> None:
    most, even_before, even = max(2, rows // 2), 0, 0
    for place in range(200):
        low = -3.0 + place * 0.037
        scale = spanning(low, low + 0.011 * (place + 1), margin=0.05)
        wider = evened(scale, rows, most)
        assert wider.low <= scale.low < scale.high <= wider.high
        assert wider.high - wider.low <= 1.3 * (scale.high - scale.low)
        even_before += len(gaps(scale, rows, most)) <= 1
        even += len(gaps(wider, rows, most)) <= 1
    assert even >= max(140, even_before), f"{even} of 200, {even_before} before"


def gaps(scale: Scale, rows: int, most: int) -> set[float]:
    places = scale.place(np.array([value for value, _ in ticks(scale, most)]), rows)
    return set(np.diff(np.round(places)).tolist())
