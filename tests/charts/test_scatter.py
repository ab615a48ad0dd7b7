"""Scatter plots in text: where runs lie, which one is chosen, and how one walks from run to run."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from trackside.charts.parallel.axis import axis_of
from trackside.charts.scatter.draw import LEAST_HEIGHT, LEAST_WIDTH, draw
from trackside.charts.scatter.spec import Point, ScatterSpec, rescaled, walked

SIDES = (("base", "baseline"), ("a", "first"), ("b", "second"))


def spec(x, y, *, sides=None, width=60, height=20, **more):
    sides = sides or ["a"] * len(x)
    points = tuple(Point(f"run {place}", f"name-{place}", side) for place, side in enumerate(sides))
    axes = axis_of("lr", x, few=0), axis_of("acc", y, few=0)
    return ScatterSpec(points, *axes, sides=SIDES, width=width, height=height, **more)


def text(drawn):
    return ["".join(part.text for part in row) for row in draw(drawn).rows]


def plot(drawn):
    """What stands right of the upright axis."""
    return [row.partition("│")[2] for row in text(drawn) if "│" in row]


def test_every_run_is_a_point_and_the_highest_value_is_in_the_uppermost_row():
    rows = plot(spec([1, 2, 3, 4], [0.1, 0.9, 0.5, 0.3], palette=("#5fafff",)))
    found = [(row, place) for row, line in enumerate(rows) for place, sign in enumerate(line) if sign == "●"]
    assert len(found) == 4
    by_x = [row for row, _ in sorted(found, key=lambda at: at[1])]
    assert by_x[0] == len(rows) - 1
    assert by_x[1] == 0
    assert by_x[1] < by_x[2] < by_x[3] < by_x[0]


def test_runs_in_one_cell_are_counted():
    assert "".join(plot(spec([1, 1, 1, 2], [1, 1, 1, 2]))).split() == ["a", "3"]
    assert "+" in "".join(plot(spec([1.0] * 10 + [2], [1.0] * 10 + [2])))


def test_numbers_in_the_plot_are_explained_where_there_are_some():
    assert "numbers" not in text(spec([1, 2], [1, 2]))[0]
    assert text(spec([1, 1, 2], [1, 1, 2], width=80))[0].rstrip().endswith("3 runs · numbers: so many runs")
    assert "numbers: so many runs, +: over 9" in text(spec([1.0] * 10 + [2], [1.0] * 10 + [2], width=80))[0]


def test_sides_take_as_many_rows_as_their_names_need_while_the_plot_keeps_its_own():
    sides = [f"a-side-of-a-long-name-{number}" for number in range(6)]
    named = tuple((side, side) for side in sides)
    drawn = replace(spec(range(6), range(6), sides=sides), sides=named)
    whole = " ".join(" ".join(text(drawn)).split())
    assert all(side in whole for side in sides)
    assert draw(replace(drawn, height=9)).shown == 6
    assert len(text(replace(drawn, height=9))) == 9


def test_values_that_span_decades_lie_on_a_logarithmic_axis_and_the_head_says_so():
    drawn = spec([0.001, 0.01, 0.1], [1, 2, 3])
    assert text(drawn)[0].rstrip() == "acc against lr  logarithmic x · 3 runs"
    places = [re.search("[a-z]", row).start() for row in plot(drawn) if re.search("[a-z]", row)]
    assert abs((places[0] - places[1]) - (places[1] - places[2])) <= 1
    for label in ("0.001", "0.01", "0.1"):
        assert label in text(drawn)[-3].split()


def test_words_lie_from_left_to_right_in_a_persons_order():
    drawn = spec(["m10", "m9", "m9"], [1, 2, 3])
    assert text(drawn)[-3].split() == ["m9", "m10"]


def test_runs_without_one_of_the_values_are_counted_and_not_drawn():
    drawn = spec([1, None, 3, 4], [1, 2, math.nan, 4])
    assert "2 of 4 runs have both" in text(drawn)[0]
    assert "".join(plot(drawn)).split() == ["a", "a"]
    assert (draw(drawn).shown, draw(drawn).total) == (2, 4)


def test_the_chosen_run_stands_in_brackets_and_its_values_below():
    drawn = spec([1, 2, 3], [0.5, 0.9, 0.1], chosen="run 1")
    assert [line for line in plot(drawn) if "[a]" in line]
    assert text(drawn)[-1].rstrip() == "▸ name-1  lr 2 · acc 0.9"
    for edge in ("run 0", "run 2"):
        assert "[a]" in "".join(plot(spec([1, 2, 3], [0.5, 0.9, 0.1], chosen=edge)))


def test_sides_have_a_colour_each_and_without_colours_a_letter_and_the_baseline_a_star():
    sides = ["base", "a", "b"]
    coloured = draw(spec([1, 2, 3], [1, 2, 3], sides=sides, palette=("#5fafff", "#ffaf5f", "#87d75f")))
    styles = [part.style for row in coloured.rows[1:-4] for part in row if part.text.strip() in ("●", "★")]
    assert len(set(styles)) == 3
    plain = spec([1, 2, 3], [1, 2, 3], sides=sides)
    assert "".join(plot(plain)).split() == ["b", "a", "★"]
    assert text(plain)[-2].split() == ["★", "baseline", "a", "first", "b", "second"]


def test_without_utf_8_it_is_ascii():
    drawn = spec([1, 2, 3], [0.001, 1, 100], sides=["base", "a", "b"], chosen="run 1", charset="ascii")
    assert "".join(text(drawn)).isascii()
    assert "*" in "".join(text(drawn))


@pytest.mark.parametrize(
    ("drawn", "says"),
    [
        (spec([1], [1], width=LEAST_WIDTH - 1), "a scatter plot needs"),
        (spec([1], [1], height=LEAST_HEIGHT - 1), "a scatter plot needs"),
        (replace(spec([1], [1]), y=None), "there is no metric"),
        (spec([1, None], [math.nan, 1]), "no run has both lr and acc"),
    ],
)
def test_where_nothing_can_be_drawn_it_says_why(drawn, says):
    assert says in " ".join(" ".join(text(drawn)).split())


VALUES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(), st.integers(-5, 5), st.text(max_size=3)), st.one_of(st.none(), st.floats())
    ),
    min_size=1,
    max_size=30,
)


@given(VALUES, st.integers(1, 90), st.integers(1, 30), st.sampled_from(["braille", "ascii"]))
def test_whatever_runs_have_fills_the_cells_that_there_are(values, width, height, charset):
    x, y = zip(*values, strict=True)
    drawn = draw(spec(list(x), list(y), width=width, height=height, charset=charset, chosen="run 0"))
    assert len(drawn.rows) == height


def test_walking_goes_along_one_axis_over_runs_that_have_both_values_and_stops_at_the_ends():
    at = spec([3, 1, 2, None], [10, 30, 20, 5])
    across, up = [], []
    for _ in range(4):
        at = walked(at, "x", 1)
        across.append(at.chosen)
    assert across == ["run 1", "run 2", "run 0", "run 0"]
    for _ in range(3):
        at = walked(at, "y", 1)
        up.append(at.chosen)
    assert up == ["run 2", "run 1", "run 1"]
    assert walked(spec([None], [1]), "x", 1).chosen is None


def test_an_axis_turns_logarithmic_and_back_unless_it_has_no_logarithm():
    axis = axis_of("lr", [1, 2, 3], few=0)
    assert (rescaled(axis).kind, rescaled(rescaled(axis)).kind) == ("log", "number")
    assert rescaled(axis_of("lr", [0, 1], few=0)).kind == "number"
    assert rescaled(axis_of("opt", ["a", "b"])).kind == "category"
