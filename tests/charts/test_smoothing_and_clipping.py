import numpy as np
import pytest

from trackside.charts.clip import clipped, without_outliers
from trackside.charts.smooth import smoothed, smoothed_curve
from trackside.charts.spec import Curve


def averaged(values, weight):
    """The recurrence as its source has it, one value at a time."""
    average, result = 0.0, []
    for count, value in enumerate(values, 1):
        average = weight * average + (1 - weight) * value
        result.append(average / (1 - weight**count))
    return np.array(result)


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.9, 0.99, 0.9999])
def test_smoothing_is_the_bias_corrected_average_over_all_points(weight):
    values = np.random.default_rng(1).normal(2.0, 1.0, 20_000)
    assert smoothed(values, weight) == pytest.approx(averaged(values, weight), rel=1e-9)


def test_smoothing_starts_at_the_first_value_and_not_at_zero():
    assert smoothed(np.array([5.0, 5.0, 5.0]), 0.99).tolist() == pytest.approx([5.0, 5.0, 5.0])


def test_a_value_that_is_no_number_stays_where_it_is_and_is_not_averaged():
    values = np.array([1.0, np.nan, 1.0, np.inf, 1.0])
    result = smoothed(values, 0.9)
    assert np.isnan(result[1])
    assert result[3] == np.inf
    assert result[[0, 2, 4]].tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_a_smoothed_curve_keeps_its_raw_values_behind_it_however_often_it_is_smoothed():
    curve = Curve("a", np.arange(50.0), np.random.default_rng(2).normal(size=50))
    once = smoothed_curve(curve, 0.9)
    twice = smoothed_curve(once, 0.9)
    assert once.behind is curve.y
    assert twice.y.tolist() == once.y.tolist()
    assert smoothed_curve(curve, 0.0) is curve


def test_segments_are_cut_at_the_edges_of_the_canvas():
    x, y = np.array([-10.0, 10.0, 10.0]), np.array([5.0, 5.0, 50.0])
    cut = clipped(x, y, np.array([True, True]), 21, 11)
    assert cut.x0.tolist() == [0.0, 10.0]
    assert cut.y1.tolist() == [5.0, 10.0]


def test_segments_that_miss_the_canvas_or_are_not_joined_are_left_out():
    x, y = np.array([-5.0, -1.0, 3.0, 4.0]), np.array([1.0, 9.0, 1.0, 9.0])
    assert clipped(x, y, np.array([True, False, True]), 10, 10).source.tolist() == [2]


def test_a_few_far_values_do_not_squash_the_rest():
    values = np.concatenate([np.linspace(1, 2, 1000), [1e9]])
    low, high = without_outliers(values)
    assert low == 1.0
    assert 2 <= high < 3


def test_a_wide_but_even_curve_is_shown_whole():
    values = np.linspace(-5, 1000, 500)
    assert without_outliers(values) == (-5, 1000)


def test_a_short_curve_is_never_clipped():
    assert without_outliers(np.array([1.0, 2.0, 1e9])) == (1.0, 1e9)
