"""Zoom, pan, crosshair, marks, choosing and typed ranges: options in, options out."""

import numpy as np
import pytest

from trackside.charts import view
from trackside.charts.picture import draw
from trackside.charts.spec import ChartOptions, ChartSpec, Curve, Mark
from trackside.model.errors import UsageError

NOT_YET = ChartOptions()
X = np.arange(0.0, 1001.0)
CURVES = (
    Curve("a", X, np.sin(X / 50), marks=(Mark(300.0, "note", "lr dropped"), Mark(700.0, "nan"))),
    Curve("b", X[::100], X[::100] / 1000),
)


def plot_of(options=NOT_YET, curves=CURVES):
    return draw(ChartSpec(curves, 80, 20, options)).plot


def test_zooming_in_halves_what_is_seen_and_keeps_the_crosshair_in_its_place():
    options = ChartOptions(crosshair=250.0)
    closer = view.zoomed(options, plot_of(), CURVES, 1)
    low, high = closer.x_range
    assert high - low == pytest.approx(500)
    assert (250 - low) / (high - low) == pytest.approx(0.25, abs=0.01)


def test_zooming_out_ends_with_all_of_the_curves():
    options = view.zoomed(ChartOptions(), plot_of(), CURVES, 1)
    assert view.zoomed(options, plot_of(options), CURVES, -1).x_range == (None, None)


def test_zooming_in_forever_ends():
    options = ChartOptions(crosshair=500.0)
    for _ in range(200):
        options = view.zoomed(options, plot_of(options), CURVES, 1)
    low, high = options.x_range
    assert low < high


def test_panning_stops_where_the_curves_end():
    assert view.panned(ChartOptions(), plot_of(), CURVES, 0.25) == ChartOptions()
    options = ChartOptions(x_range=(0.0, 200.0))
    assert view.panned(options, plot_of(options), CURVES, 0.25).x_range == pytest.approx((50, 250))
    assert view.panned(options, plot_of(options), CURVES, -0.25) == options


def test_the_crosshair_begins_in_the_middle_and_stands_on_points():
    options = view.crossed(ChartOptions(), plot_of(), CURVES, 1)
    assert options.crosshair == pytest.approx(500, abs=10)
    after = view.crossed(options, plot_of(), CURVES, 1)
    assert after.crosshair in X
    assert after.crosshair > options.crosshair
    assert view.crossed(after, plot_of(), CURVES, -1).crosshair == options.crosshair


def test_the_crosshair_goes_from_point_to_point_where_they_are_far_apart():
    options = ChartOptions(crosshair=300.0, hidden=frozenset({"a"}))
    assert view.crossed(options, plot_of(options), CURVES, 1).crosshair == 400.0
    assert view.crossed(options, plot_of(options), CURVES, -1).crosshair == 200.0


def test_the_crosshair_stays_at_the_last_point():
    options = ChartOptions(crosshair=1000.0)
    assert view.crossed(options, plot_of(), CURVES, 1) == options


def test_no_curve_no_crosshair():
    assert view.crossed(ChartOptions(), plot_of(), (), 1).crosshair is None


def test_marks_are_visited_in_order():
    first = view.at_mark(ChartOptions(), plot_of(), CURVES, 1)
    assert first.crosshair == 300.0
    assert view.at_mark(first, plot_of(), CURVES, 1).crosshair == 700.0
    assert view.at_mark(first, plot_of(), CURVES, -1) == first


def test_a_mark_out_of_sight_is_moved_into_it():
    closer = ChartOptions(x_range=(0.0, 200.0), crosshair=100.0)
    there = view.at_mark(closer, plot_of(closer), CURVES, 1)
    low, high = there.x_range
    assert there.crosshair == 300.0
    assert (low, high) == pytest.approx((200, 400), abs=1)


def test_a_crosshair_out_of_sight_goes_to_the_nearest_point_in_sight():
    right_of_it = ChartOptions(x_range=(99.5, 299.5), crosshair=314.0)
    left_of_it = ChartOptions(x_range=(399.5, 499.5), crosshair=314.0)
    assert view.in_view(right_of_it, CURVES).crosshair == 299.0
    assert view.in_view(left_of_it, CURVES).crosshair == 400.0
    assert view.in_view(ChartOptions(crosshair=314.0), CURVES).crosshair == 314.0


def test_where_no_point_is_in_sight_there_is_no_crosshair():
    assert view.in_view(ChartOptions(x_range=(0.2, 0.8), crosshair=314.0), CURVES).crosshair is None


def test_a_typed_range_outlives_a_logarithmic_axis_as_far_as_it_has_a_place_there():
    typed = view.typed(ChartOptions(), "x=100:300 y=0:13")
    both = view.logarithmic_y(view.logarithmic_x(typed))
    assert (both.log_x, both.log_y) == (True, True)
    assert both.x_range == (100.0, 300.0)
    assert both.y_range == (None, 13.0)


def test_curves_are_chosen_round_and_round():
    options = view.chosen(ChartOptions(), CURVES, 1)
    assert options.chosen == "a"
    options = view.chosen(options, CURVES, 1)
    assert options.chosen == "b"
    assert view.chosen(options, CURVES, 1).chosen == "a"


def test_smoothing_grows_and_ends_at_none():
    options, seen = ChartOptions(), []
    for _ in view.SMOOTHING:
        options = view.smoother(options)
        seen.append(options.smooth)
    assert seen == [*view.SMOOTHING[1:], 0.0]


def test_ranges_are_typed_with_either_end_left_out():
    options = view.typed(ChartOptions(), "x=0:5k y=2.5:13")
    assert options.x_range == (0.0, 5000.0)
    assert options.y_range == (2.5, 13.0)
    assert view.typed(options, "x=1e3:").x_range == (1000.0, None)
    assert view.typed(options, "y=all").clip_outliers is False
    assert view.reset(options).y_range == (None, None)


@pytest.mark.parametrize("text", ["5", "z=1:2", "x=5", "x=1:two", "x=5:5", "y=2:1"])
def test_a_mistaken_range_is_told(text):
    with pytest.raises(UsageError, match=text.split("=")[-1].split(":")[-1]):
        view.typed(ChartOptions(), text)


def test_a_place_out_of_sight_is_moved_into_the_middle_of_what_is_seen():
    options = ChartOptions(x_range=(0.0, 200.0))
    found = view.at(options, plot_of(options), CURVES, 700.0)
    assert found.crosshair == 700.0
    low, high = found.x_range
    assert (low, high) == pytest.approx((600, 800), abs=5)
    assert view.at(options, plot_of(options), CURVES, 150.0).x_range == (0.0, 200.0)


def test_the_crosshair_goes_to_the_ends_of_what_is_seen():
    options = ChartOptions(x_range=(100.0, 300.0))
    assert view.to_edge(options, plot_of(options), CURVES, -1).crosshair == pytest.approx(100, abs=2)
    assert view.to_edge(options, plot_of(options), CURVES, 1).crosshair == pytest.approx(300, abs=2)


def test_durations_are_typed_with_their_units():
    options = view.typed(ChartOptions(x_kind="duration"), "x=10m:2h y=1k:")
    assert options.x_range == (600.0, 7200.0)
    assert options.y_range == (1000.0, None)
    with pytest.raises(UsageError, match=r"is no number: 2\.5, 5k, 1e-4$"):
        view.typed(ChartOptions(), "x=10m:2h")
