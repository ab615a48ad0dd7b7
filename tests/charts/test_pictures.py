"""What a chart says in words: its title, its legend, its marks."""

from dataclasses import replace

import numpy as np

from trackside.charts import plain
from trackside.charts.colours import DARK
from trackside.charts.picture import Painter, draw
from trackside.charts.spec import ChartOptions, ChartSpec, Curve, Mark

X = np.arange(0.0, 10_000.0)
FALLING = Curve("brisk-heron train", X, 2 - X / 5000, key="1", owner="r1")
RISING = Curve("brisk-heron val", X, X / 5000, key="2", owner="r1", stroke="dotted")


def text_of(*curves, width=100, height=20, **options):
    return draw(ChartSpec(curves, width, height, ChartOptions(**options), "loss", DARK)).text


def test_the_title_says_how_many_points_are_left():
    picture = draw(ChartSpec((FALLING,), 60, 15, title="loss"))
    assert picture.total == 10_000
    assert f"{picture.shown:,} of 10,000 points" in picture.text


def test_nothing_is_said_of_points_when_all_are_drawn():
    assert "points" not in text_of(Curve("a", X[:20], X[:20]))


def test_clipped_outliers_are_counted_in_the_title_and_can_be_had():
    values = np.sin(X)
    values[5000] = 1e12
    spiked = Curve("a", X, values)
    assert "1 above" in text_of(spiked)
    assert "above" not in text_of(spiked, clip_outliers=False)


def test_the_legend_reads_every_curve_at_the_crosshair_the_greatest_first():
    lines = text_of(RISING, FALLING, crosshair=1000.0).splitlines()
    assert "step 1,000" in lines[0]
    legend = next(line for line in lines if "heron" in line)
    assert legend.index("1.8") < legend.index("0.2")


def test_a_note_under_the_crosshair_is_told_and_marked():
    noted = replace(FALLING, marks=(Mark(5000.0, "note", "lr dropped by hand"),))
    text = text_of(noted, crosshair=5000.0)
    assert "lr dropped by hand" in text.splitlines()[0]
    assert "◆" in text.splitlines()[-2]


def test_a_hidden_curve_is_named_but_not_drawn():
    shown = draw(ChartSpec((FALLING, RISING), 60, 15, ChartOptions(hidden=frozenset({"2"})), "", DARK))
    alone = draw(ChartSpec((FALLING, RISING), 60, 15, ChartOptions(solo="1"), "", DARK))
    assert "hidden" in shown.text
    assert shown.rows[1:-3] == alone.rows[1:-3]


def test_hiding_a_curve_moves_no_other_along_the_x_axis():
    longer = Curve("longer", np.arange(0.0, 20_000.0), np.ones(20_000), key="3")
    both = draw(ChartSpec((FALLING, longer), 80, 20))
    one = draw(ChartSpec((FALLING, longer), 80, 20, ChartOptions(hidden=frozenset({"3"}))))
    assert both.plot.x == one.plot.x


def test_train_and_validation_of_a_run_share_its_colour():
    picture = draw(ChartSpec((FALLING, RISING), 80, 20, palette=DARK))
    colours = {segment.style for row in picture.rows for segment in row if segment.style.startswith("#")}
    assert len(colours) == 1


def test_without_colours_curves_are_told_apart_by_letters():
    text = plain.text(ChartSpec((FALLING, RISING), 60, 15))
    assert "a ━━ brisk-heron train" in text
    assert "b ┅┅ brisk-heron val" in text
    assert "\x1b" not in text


def test_coloured_text_uses_the_256_colours_of_a_terminal():
    assert "\x1b[38;5;" in plain.coloured(ChartSpec((FALLING,), 60, 15))


def test_a_painter_draws_what_a_fresh_one_draws_when_the_crosshair_moves():
    painter = Painter()
    spec = ChartSpec((FALLING, RISING), 80, 20, palette=DARK)
    painter.draw(spec)
    moved = replace(spec, options=ChartOptions(crosshair=4000.0, chosen="1"))
    assert painter.draw(moved).rows == draw(moved).rows


def test_a_space_too_small_says_so():
    assert "a chart" in draw(ChartSpec((FALLING,), 15, 3)).text


def test_the_letters_of_a_legend_too_long_are_counted():
    many = tuple(Curve(f"run {number}", X, X * number) for number in range(20))
    assert "more" in text_of(*many, width=60, height=12)
