"""The band round a curve, and the line that marks a level."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trackside.charts.band import shade
from trackside.charts.colours import DARK
from trackside.charts.picture import draw
from trackside.charts.raster import DENSITY
from trackside.charts.spec import ChartOptions, ChartSpec, Curve

WIDTH, HEIGHT = 60, 40
CHARSETS = pytest.mark.parametrize("charset", ["braille", "blocks", "ascii"])
NAN = np.nan


def ends(low, high, across=None, charset="braille"):
    """The dots of a band with these ends, one a column unless it is said where."""
    low, high = np.array(low, float), np.array(high, float)
    places = np.arange(float(len(low))) if across is None else np.array(across, float)
    return shade(places, low, high, WIDTH, HEIGHT, charset)


def columns(dots):
    """The columns in which there are dots."""
    return np.flatnonzero(dots.any(axis=0))


@CHARSETS
def test_a_band_is_a_loose_pattern_between_its_ends_and_nothing_beyond_them(charset):
    dots = ends([10] * WIDTH, [29] * WIDTH, charset=charset)
    across, up = DENSITY[charset]
    rows = np.flatnonzero(dots.any(axis=1))
    assert (rows[0] >= 10, rows[-1] <= 29) == (True, True)
    assert rows[0] < 10 + up
    assert rows[-1] > 29 - up
    assert 0 < np.count_nonzero(dots) <= 20 * WIDTH / (across * up) * 2


def test_between_two_points_the_band_goes_on_straight():
    dots = ends([0, 0], [39, 0], across=[0, 40])
    assert [int(np.flatnonzero(dots[:, column]).max()) for column in (0, 20)] == [36, 20]
    assert columns(dots).max() <= 40


def test_a_spike_of_a_single_point_among_many_in_a_column_is_seen():
    low, high = np.full(60_000, 10.0), np.full(60_000, 12.0)
    high[20_000] = 39
    dots = ends(low, high, across=np.linspace(0, WIDTH - 1, 60_000))
    tall = [column for column in range(WIDTH) if np.flatnonzero(dots[:, column]).max(initial=0) > 20]
    assert tall in ([20], [19], [19, 20], [20, 21])


def test_where_an_end_is_missing_there_is_no_band_and_it_is_not_bridged():
    low, high = np.full(40, 5.0), np.full(40, 30.0)
    low[10:20], high[30:] = NAN, NAN
    assert not {*range(10, 20), *range(30, 40)} & set(columns(ends(low, high)).tolist())
    assert {8, 9} & set(columns(ends(low, high)).tolist())
    assert {20, 21} & set(columns(ends(low, high)).tolist())
    assert not ends([NAN] * 4, [NAN] * 4).any()


def test_what_lies_left_and_right_of_the_canvas_leads_out_of_it():
    dots = ends([0, 0], [20, 20], across=[-500, 900])
    assert columns(dots)[[0, -1]].tolist() == [0, WIDTH - 1]
    assert not ends([0, 0], [20, 20], across=[-500, -100]).any()


@given(arrays(np.float64, (3, 30), elements=st.floats(-1e6, 1e6) | st.just(NAN)))
def test_any_band_can_be_drawn(given_values):
    across, low, half = given_values
    places = np.sort(np.nan_to_num(across))
    dots = shade(places, low, low + np.abs(half), WIDTH, HEIGHT, "braille")
    assert dots.shape == (HEIGHT, WIDTH)


def test_the_axis_has_room_for_the_band():
    curve = Curve("a", np.arange(20.0), np.full(20, 5.0), half=np.full(20, 3.0))
    plot = draw(ChartSpec((curve,), 60, 15)).plot
    assert plot.y.low <= 2
    assert plot.y.high >= 8


def test_the_band_is_fainter_than_its_curve_which_lies_over_it():
    curve = Curve("a", np.arange(20.0), np.full(20, 5.0), owner="r", half=np.full(20, 3.0))
    bare = Curve("a", np.arange(20.0), np.full(20, 5.0), owner="r")
    options = ChartOptions(y_range=(2, 8))
    rows, without = (draw(ChartSpec((one,), 60, 15, options, palette=DARK)).rows for one in (curve, bare))
    coloured = {segment.style for row in rows for segment in row if segment.style.startswith("#")}
    assert len(coloured) == 2
    (middle,) = (number for number, row in enumerate(without) if any(part.style.startswith("#") for part in row))
    assert rows[middle] == without[middle]


@pytest.mark.parametrize(("charset", "sign"), [("braille", "┈"), ("ascii", "_")])
def test_a_level_is_a_line_across_what_no_curve_takes(charset, sign):
    curve = Curve("a", np.arange(20.0), np.arange(-10.0, 10.0), half=np.full(20, 8.0))
    picture = draw(ChartSpec((curve,), 60, 15, ChartOptions(level=0.0), charset=charset))
    (row,) = (line for line in picture.text.splitlines() if sign in line)
    assert row.count(sign) > 40
    assert row.lstrip().startswith("0")


def test_the_axis_reaches_to_the_level():
    curve = Curve("a", np.arange(20.0), np.arange(50.0, 70.0))
    assert draw(ChartSpec((curve,), 60, 15, ChartOptions(level=0.0))).plot.y.low <= 0
    beyond = draw(ChartSpec((curve,), 60, 15, ChartOptions(level=0.0, y_range=(50, 70))))
    assert "┈" not in beyond.text


def test_a_wide_chart_has_its_legend_below():
    curves = tuple(Curve(name, np.arange(20.0), np.arange(20.0)) for name in "abc")
    beside, below = (draw(ChartSpec(curves, 120, 20, ChartOptions(wide=wide))).plot for wide in (False, True))
    assert (beside.columns < below.columns, beside.rows > below.rows) == (True, True)
