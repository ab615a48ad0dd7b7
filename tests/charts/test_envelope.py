"""The min/max envelope keeps every spike, and what it keeps of a curve depends on nothing but that curve."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackside.charts.axis import Scale
from trackside.charts.reduce import broken, envelope

FINITE = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(st.floats(-50, 250), FINITE), max_size=300))
def test_every_column_keeps_its_least_and_its_greatest_value(points):
    points.sort(key=lambda point: point[0])
    places = np.array([place for place, _ in points], dtype=float)
    values = np.array([value for _, value in points], dtype=float)
    kept = envelope(places, values, 200)
    columns = np.rint(places)
    for column in range(200):
        here = values[columns == column]
        left = values[kept][columns[kept] == column]
        assert len(left) <= 2
        if len(here):
            assert (left.min(), left.max()) == (here.min(), here.max())


def test_one_spike_among_a_million_points_is_kept():
    values = np.zeros(1_000_000)
    values[123_456] = 7.0
    places = Scale(0, 1e6).place(np.arange(1_000_000, dtype=float), 200)
    kept = envelope(places, values, 200)
    assert len(kept) <= 400
    assert 123_456 in kept


def test_points_outside_are_kept_one_on_either_side_so_that_the_line_leaves_the_canvas():
    places = np.array([-30.0, -20.0, 5.0, 250.0, 300.0])
    kept = envelope(places, np.arange(5.0), 200).tolist()
    assert 1 in kept
    assert 2 in kept
    assert 3 in kept


def test_values_that_are_no_numbers_are_dropped_and_break_the_line():
    values = np.array([1.0, np.nan, 2.0, 3.0, np.inf, 4.0])
    kept = envelope(np.arange(6.0) * 10, values, 100)
    assert kept.tolist() == [0, 2, 3, 5]
    assert broken(kept, values).tolist() == [True, False, True]


def test_the_same_points_are_kept_every_time():
    noise = np.random.default_rng(7)
    places, values = np.sort(noise.uniform(0, 200, 5000)), noise.normal(size=5000)
    assert envelope(places, values, 200).tolist() == envelope(places.copy(), values.copy(), 200).tolist()
