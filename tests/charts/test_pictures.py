"""What a chart says in words: its title, its legend, its marks."""

import re

import numpy as np
import pytest
from msgspec.structs import replace

from trackside.charts import plain
from trackside.charts.colours import DARK, assign
from trackside.charts.picture import Painter, draw
from trackside.charts.smooth import smoothed_curve
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


def test_the_crosshair_reads_the_line_that_is_drawn_smoothed_and_where_there_is_room_the_raw_value_too():
    jagged = Curve("jagged", X[:5], np.array([1.0, 2.0, 1.0, 2.0, 1.0]), key="1")
    read = f"{smoothed_curve(jagged, 0.6).y[3]:.4g} smoothed"
    assert f"step 3: {read}, 2 raw  smoothed 0.6" in text_of(jagged, smooth=0.6, crosshair=3.0)
    assert f"step 3: {read}  smoothed 0.6" in text_of(jagged, smooth=0.6, crosshair=3.0, width=45)
    assert read.split()[0] in text_of(jagged, RISING, smooth=0.6, crosshair=3.0).splitlines()[-1]
    assert "step 3: 2 " in text_of(jagged, crosshair=3.0)


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
    canvas = ["".join(line.partition("┤")[2] or line.partition("│")[2]) for line in text.splitlines()[1:]]
    assert all(sum(line.count(letter) for line in canvas) >= 2 for letter in "ab")


def test_coloured_text_uses_the_256_colours_of_a_terminal():
    assert "\x1b[38;5;" in plain.coloured(ChartSpec((FALLING,), 60, 15))


def test_a_painter_draws_what_a_fresh_one_draws_when_the_crosshair_moves():
    painter = Painter()
    spec = ChartSpec((FALLING, RISING), 80, 20, palette=DARK)
    painter.draw(spec)
    moved = replace(spec, options=ChartOptions(crosshair=4000.0, chosen="1"))
    assert painter.draw(moved).rows == draw(moved).rows


def test_one_point_has_its_step_under_it_and_no_other():
    foot = text_of(Curve("a", np.array([0.0]), np.array([0.5]))).splitlines()[-1]
    assert foot.split() == ["step", "0"]


@pytest.mark.parametrize("low", [0.0, 1.0, 37.0, 99.0, 100.0])
def test_the_name_of_the_axis_stays_and_every_label_stands_under_its_tick(low):
    line, foot = text_of(FALLING, x_range=(low, 500.0), width=80).splitlines()[-2:]
    assert foot.startswith("step ")
    ticks = [column for column, sign in enumerate(line) if sign == "┬"]
    spans = [found.span() for found in re.finditer(r"\d+", foot)]
    assert len(spans) == len(ticks)
    assert all(start <= tick < end for (start, end), tick in zip(spans, ticks, strict=True))


def test_the_last_label_of_a_time_axis_stands_under_its_tick():
    line, foot = text_of(Curve("a", 1.79574e9 + X[:30], X[:30]), x_kind="time", x_label="time").splitlines()[-2:]
    last = list(re.finditer(r"\S+", foot))[-1]
    assert last.start() <= line.rindex("┬") < last.end()


@pytest.mark.parametrize(
    ("curves", "options", "says"),
    [
        ((), {}, "no point yet"),
        ((Curve("a", X[:3], np.full(3, np.inf)),), {}, "no finite value: 3 × inf"),
        ((Curve("a", X[:3], np.array([np.nan, -np.inf, np.nan])),), {}, "no finite value: 1 × -inf, 2 × NaN"),
        ((Curve("a", X[:3], -X[:3]),), {"log_y": True}, "no value is above 0"),
        ((Curve("a", X[:1], X[:1]),), {"log_x": True}, "no step is above 0"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn_is_said_in_words_and_not_as_an_empty_box(curves, options, says):
    text = text_of(*curves, **options)
    assert says in text
    assert text.startswith("loss")
    assert "└" not in text


def test_points_that_have_no_place_on_a_logarithmic_axis_are_counted_in_the_title():
    curve = Curve("a", X[:100], X[:100] - 2)
    assert "1 at or below 0 · 98 of 99 points · log x" in text_of(curve, log_x=True).splitlines()[0]
    assert "3 at or below 0 · log y" in text_of(curve, log_y=True).splitlines()[0]
    assert "at or below 0" not in text_of(curve, log_x=True, x_range=(10.0, 90.0)).splitlines()[0]


def test_a_space_too_small_says_so():
    assert "a chart" in draw(ChartSpec((FALLING,), 15, 3)).text


def test_the_letters_of_a_legend_too_long_are_counted():
    many = tuple(Curve(f"run {number}", X, X * number) for number in range(20))
    assert "more" in text_of(*many, width=60, height=12)


def test_curves_that_go_on_together_take_turns_in_giving_the_colour():
    alike = [Curve(owner, X, np.ones(len(X)), owner=owner) for owner in ("a", "b")]
    rows = draw(ChartSpec(tuple(alike), 60, 15, palette=DARK)).rows
    line = next([part for part in row if part.style[:1] == "#"] for row in rows[1:] if row[-1].style[:1] == "#")
    assert {len(part.text) for part in line[:-1]} == {4}
    assert {part.style for part in line} == {part.style for part in line[:2]} == set(assign(["a", "b"], DARK).values())
