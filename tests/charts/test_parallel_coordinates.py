"""Parallel coordinates: what kind an axis is, where runs lie on it, which of them brushes ask for, and the picture."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from trackside.charts import cells
from trackside.charts.colours import DARK
from trackside.charts.parallel.axis import axis_of, ends, kept, places, ranks
from trackside.charts.parallel.draw import LEAST_HEIGHT, LEAST_WIDTH, draw
from trackside.charts.parallel.spec import ParallelSpec, Picked, Span, reordered, unbrushed, with_brush

RNG = np.random.default_rng(3)
N = 500
RATE = 10 ** RNG.uniform(-5, -1, N)
DEPTH = RNG.choice([2, 4, 8], N)
OPTIMIZER = RNG.choice(["adam", "sgd", "lion"], N).tolist()
DROPOUT = [None if number % 10 == 0 else float(value) for number, value in enumerate(RNG.uniform(0, 0.5, N))]
LOSS = np.abs(np.log10(RATE) + 3) + RNG.uniform(0, 0.3, N)
GROUND = "#121212"


def swept(runs=N, width=160, height=45, **changes):
    axes = (
        axis_of("lr", RATE[:runs].tolist()),
        axis_of("depth", DEPTH[:runs].tolist()),
        axis_of("optimizer", OPTIMIZER[:runs]),
        axis_of("dropout", DROPOUT[:runs]),
        *(axis_of(f"param{number}", RNG.uniform(0, 1, runs).tolist()) for number in range(2)),
        axis_of("val/loss", LOSS[:runs].tolist(), "min"),
        axis_of("val/accuracy", (-LOSS[:runs]).tolist(), "max"),
    )
    spec = ParallelSpec(axes, width, height, by="val/loss", title="sweep", palette=DARK, ground=GROUND)
    return replace(spec, **changes)


def two(left, right, **changes):
    return ParallelSpec((axis_of("a", left), axis_of("b", right)), **{"width": 60, "height": 20, **changes})


def brushed(spec, key, low, high):
    return with_brush(spec, key, Span(low, high))


def picked(spec, key, categories):
    return with_brush(spec, key, Picked(frozenset(categories)))


def lines_of(spec):
    return draw(spec).text.splitlines()


def dots(text):
    """How many dots its letters have."""
    return sum((ord(letter) - ord("⠀")).bit_count() for letter in text if "⠀" <= letter <= "⣿")


def styles_of(spec):
    """The style of each cell."""
    return np.array([[segment.style for segment in row for _ in segment.text] for row in draw(spec).rows])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1e-4, 3e-4, 1e-3, 1e-2, 0.1], "log"),
        (RNG.uniform(0.001, 0.5, 100).tolist(), "number"),
        ([0.0, 1e-4, 1e-2, 1.5], "number"),
        ([-0.1, 0.1, 100.5], "number"),
        ([2, 4, 8, 8, 2, 4], "category"),
        ([2.0, 2.0, None, math.nan], "category"),
        ([0.1, 0.5, 0.1, 0.1], "category"),
        ([2, 4, 8], "number"),
        (list(range(100, 200)), "number"),
        (["adam", "sgd"], "category"),
        ([True, False, None], "category"),
        ([1, "auto"], "category"),
        ([0.5, None], "number"),
        ([5e-324, 1.7e308, 1.0], "log"),
        ([1e-5, 1e308, 1.7e308, 1.7e308], "number"),
        ([], "number"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_axis_is_of_the_kind_that_its_values_have(values, kind):
    assert axis_of("key", values).kind == kind


def test_a_metric_of_few_whole_numbers_stays_a_numeric_axis_with_a_better_end():
    assert axis_of("epochs to target", [1, 2, 3], "min").kind == "number"


def test_words_are_read_from_the_top_and_numbers_from_the_bottom_in_their_natural_order():
    assert axis_of("gpu", ["cuda.10", "cuda.2", "cpu"]).categories == ("cuda.10", "cuda.2", "cpu")
    assert axis_of("depth", [12, 2, 4, 12, 2, 4]).categories == ("2", "4", "12")
    assert axis_of("warmup", [10, 0.25, "auto"]).categories == ("auto", "10", "0.25")


@pytest.mark.parametrize(
    ("goal", "expected"), [("min", [1.0, 0.5, 0.0]), ("max", [0.0, 0.5, 1.0]), (None, [0, 0.5, 1])]
)
def test_the_better_end_of_a_goal_axis_is_the_upper_one(goal, expected):
    axis = axis_of("loss", [0.25, 0.5, 0.75], goal)
    assert places(axis).tolist() == pytest.approx(expected)
    assert ends(axis) == (("0.75", "0.25") if goal == "min" else ("0.25", "0.75"))


def test_the_best_run_has_the_highest_rank_and_equal_ones_share_theirs():
    assert ranks(axis_of("loss", [0.5, 0.1, 0.9, 0.5, 0.7], "min")).tolist() == [0.625, 1.0, 0.0, 0.625, 0.25]
    assert np.isnan(ranks(axis_of("loss", [0.5, math.inf, None, 0.25])))[1:3].all()


def test_brushes_of_several_axes_leave_the_runs_that_all_of_them_ask_for():
    spec = picked(brushed(swept(), "lr", 1e-3, 1e-2), "optimizer", ["sgd", "lion"])
    expected = (RATE >= 1e-3) & (RATE <= 1e-2) & np.isin(OPTIMIZER, ["sgd", "lion"])
    assert kept(spec).tolist() == expected.tolist()
    assert kept(with_brush(spec, "lr", None)).tolist() == np.isin(OPTIMIZER, ["sgd", "lion"]).tolist()
    assert kept(unbrushed(spec)).all()


def test_a_run_without_a_value_is_left_out_by_a_brush_of_that_axis():
    assert kept(brushed(swept(), "dropout", 0.0, 1.0)).sum() == N * 9 // 10


def test_an_axis_moves_as_far_as_there_is_one_and_keeps_its_brush():
    spec = brushed(swept(), "lr", 1e-3, 1e-2)
    moved = reordered(spec, "lr", 2)
    assert [axis.key for axis in moved.axes][:3] == ["depth", "optimizer", "lr"]
    assert kept(moved).tolist() == kept(spec).tolist()
    assert [axis.key for axis in reordered(spec, "lr", 99).axes][-1] == "lr"
    assert reordered(spec, "lr", -1) == spec
    assert reordered(spec, "unknown", 1) == spec


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (LEAST_WIDTH, LEAST_HEIGHT), (237, 60)], ids=str)
@pytest.mark.parametrize("charset", ["braille", "blocks", "ascii"])
@pytest.mark.parametrize("runs", [1, 10, 500])
def test_the_picture_fills_the_cells_that_it_was_given(size, charset, runs):
    lines = lines_of(swept(runs, *size, charset=charset))
    assert len(lines) == size[1]
    assert {len(line) for line in lines} == {size[0]}


@pytest.mark.parametrize("width", [160, 80])
def test_titles_of_all_eight_axes_stand_apart(width):
    titles = lines_of(swept(width=width))[1].split()
    assert len(titles) == 8
    assert titles[:4] == ["lr", "depth", "optimizer", "dropout"]


def test_a_title_too_long_is_cut_and_does_not_run_into_the_next():
    titles = lines_of(ParallelSpec((axis_of("x" * 90, [0.5]), axis_of("b", [0.5])), 30, 20))[1]
    assert titles.split() == ["…" + "x" * 12, "b"]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_title_of_the_last_axis_is_whole_where_the_others_stand_well_apart_beside_it(width):
    axes = [axis_of(key, [0.5, 1.5]) for key in ("lr", "depth", "train/loss", "val/loss", "best(val/accuracy)")]
    titles = lines_of(ParallelSpec(tuple(axes), width, 20))[1].split()
    assert titles == ["lr", "depth", "train/loss", "val/loss", "best(val/accuracy)"]


def test_of_a_title_too_long_its_last_parts_are_shown():
    axes = (axis_of("best(validation/accuracy)", [0.5]), axis_of("b", [0.5]))
    assert lines_of(ParallelSpec(axes, 30, 20))[1].split() == ["…/accuracy)", "b"]


def test_where_not_all_axes_fit_it_is_said_which_are_shown_and_the_chosen_one_is_among_them():
    lines = lines_of(swept(width=60))
    assert "axes 1 to 6 of 8" in lines[0]
    assert "val/loss" not in lines[1]
    lines = lines_of(swept(width=60, chosen="val/accuracy"))
    assert "axes 3 to 8 of 8" in lines[0]
    assert "▸…accuracy" in lines[1]


def test_the_same_runs_give_the_same_picture_in_whatever_order():
    spec = brushed(swept(), "lr", 1e-3, 1e-2)
    order = RNG.permutation(N)
    shuffled = replace(spec, axes=tuple(replace(axis, values=axis.values[order]) for axis in spec.axes))
    assert draw(spec) == draw(spec)
    assert draw(shuffled) == draw(spec)


def test_runs_without_a_value_are_counted_below_their_axis_and_their_lines_lead_there():
    spec = two([0.1, 0.2, 0.3, 0.4], [0.5, None, math.nan, math.inf])
    *_, row, _ = lines_of(spec)
    assert row.rstrip().endswith("○ 3 none")
    assert any("⠀" < letter < "⣿" for letter in row)
    assert "none" not in draw(two([0.1, 0.2], [0.5, 0.6])).text


def test_five_hundred_runs_leave_room_between_the_bundles():
    lines = lines_of(two(RNG.uniform(0, 1, N).tolist(), RNG.uniform(0, 1, N).tolist(), height=45))
    assert dots(line[25] for line in lines[3:-2]) < 0.5 * 8 * 40


def test_the_ends_of_every_line_lie_where_its_value_is_however_many_runs_there_are():
    axis = axis_of("a", np.repeat([0.0, 0.25, 1.0], 100).tolist(), "max")
    lines = lines_of(ParallelSpec((axis, replace(axis, key="b")), 60, 45))
    drawn = [number for number, line in enumerate(lines[3:-2]) if line[49] != " "]
    assert len(drawn) == 3
    assert (drawn[2] - drawn[1]) / (drawn[2] - drawn[0]) == pytest.approx(0.25, abs=0.05)


def test_lines_without_a_value_are_not_bundled_with_those_at_the_lower_end():
    axis = axis_of("a", [1.5, *[0.5] * 200, *[None] * 200], "max")
    lines = lines_of(ParallelSpec((axis, replace(axis, key="b")), 60, 45))
    assert [number for number, line in enumerate(lines) if line[25] != " " and number > 20][:2] == [41, 43]


def test_a_steep_line_has_no_gaps_whether_it_rises_or_falls():
    rising, falling = (
        dots(draw(two(*ends, width=LEAST_WIDTH, height=45)).text)
        for ends in (([0.0, 0.1, 1.0], [1.0, 0.1, 1.0]), ([1.0, 0.1, 1.0], [0.0, 0.1, 1.0]))
    )
    assert rising > 150
    assert falling == pytest.approx(rising, abs=4)


def test_a_colour_stands_where_good_or_bad_runs_pass_and_grey_where_they_mix():
    spec = ParallelSpec(
        (axis_of("a", [0.1, 0.9, 0.1, 0.9]), axis_of("loss", [0.0, 0.0, 1.0, 1.0], "min")),
        60, 20, by="loss", palette=DARK, ground=GROUND,
    )  # fmt: skip
    styles = styles_of(spec)
    assert {DARK[0], DARK[1]} <= set(styles[:, 45])
    assert set(styles[3:-2, 2]).isdisjoint(DARK)


def test_runs_that_brushes_leave_out_are_faint_and_behind_the_others():
    spec = brushed(two([0.1, 0.2, 0.9], [0.1, 0.2, 0.9], palette=DARK, ground=GROUND), "a", 0.8, 1.0)
    left_out, asked_for = styles_of(spec)[-3, 20], styles_of(spec)[3, 20]
    assert left_out != asked_for
    assert sum(int(left_out[at : at + 2], 16) for at in (1, 3, 5)) < sum(
        int(asked_for[at : at + 2], 16) for at in (1, 3, 5)
    )
    assert "1 of 3 runs" in lines_of(spec)[0]


def test_lines_that_are_asked_for_cross_over_those_that_are_not():
    spec = two([0.1, 0.9], [0.9, 0.1], palette=DARK, ground=GROUND)
    rising, falling = styles_of(brushed(spec, "a", 0.0, 0.2)), styles_of(brushed(spec, "a", 0.8, 1.0))
    asked_for = rising[-3, 2]
    assert ((rising == asked_for) & (falling == asked_for))[3:-2, 1:50].any()


def test_brushing_moves_no_line():
    spec = swept()
    before, after = (
        [[letter == " " for letter in line[1:20]] for line in lines_of(one)[3:-3]]
        for one in (spec, brushed(spec, "lr", 1e-3, 1e-2))
    )
    assert after == before


def test_a_brush_is_told_in_words_and_marked_on_its_axis():
    spec = picked(brushed(swept(), "lr", 1e-3, 1e-2), "optimizer", ["sgd"])
    lines = lines_of(spec)
    assert "lr 0.001 to 0.01 · optimizer sgd" in lines[0]
    marked = [number for number, line in enumerate(lines) if line[0] == "┃"]
    assert 8 <= len(marked) <= 12
    assert "┝sgd" in "".join(lines)


def test_without_colours_the_ranks_are_weights_and_the_foot_says_which_is_better():
    spec = swept(palette=())
    assert {"muted", "strong"} <= set(styles_of(spec).ravel())
    assert not any(style.startswith("#") for style in styles_of(spec).ravel())
    assert "val/loss  worst" in lines_of(spec)[-1]
    assert lines_of(spec)[-1].rstrip().endswith("best, by rank")


def test_of_a_metric_without_a_goal_neither_end_is_called_better():
    spec = replace(swept(), by="dropout")
    assert "dropout  low" in lines_of(spec)[-1]
    assert "worst" not in draw(spec).text


def test_ascii_holds_nothing_else_whatever_runs_are_called():
    spec = ParallelSpec(
        (axis_of("学習率", [0.1, 0.2]), axis_of("b", ["β…", None])), 60, 20, charset="ascii", chosen="b"
    )
    assert draw(spec).text.isascii()
    assert {len(line) for line in lines_of(spec)} == {60}


def test_wide_letters_take_their_two_cells():
    lines = lines_of(two(["学習率を", "b"], [0.1, 0.2]))
    assert {cells.width(line) for line in lines} == {60}
    assert "学習率を" in "".join(lines)


def test_what_runs_contain_cannot_steer_a_terminal():
    spec = ParallelSpec((axis_of("a\x1b[2J", ["x\ny", "\x07"]), axis_of("b", [0.1, 0.2])), 60, 20, title="t\x1b]0;")
    text = draw(picked(spec, "a\x1b[2J", ["x\ny"])).text
    assert "␛" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert len(text.splitlines()) == 20


def test_of_more_categories_than_rows_those_that_are_picked_are_named():
    names = [f"name-{number}" for number in range(200)]
    spec = two(names, list(range(200)))
    assert "name-77" not in draw(spec).text
    assert "name-77" in "".join(lines_of(picked(spec, "a", ["name-77"]))[1:])


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (ParallelSpec((), 60, 20), "no run to draw"),
        (two([], []), "no run to draw"),
        (ParallelSpec((axis_of("a", [1.0]),), 60, 20), "need two axes"),
        (two([1.0], [2.0], width=23), "need 24×12"),
    ],
    ids=["nothing", "no run", "one axis", "too narrow"],
)
def test_what_cannot_be_drawn_is_said_in_words(spec, says):
    assert says in draw(spec).text


@pytest.mark.parametrize(
    "values",
    [
        [1e308, -1e308, 0.0],
        [5e-324, 1.0, 1e308],
        [math.nan] * 3,
        [0.5] * 3,
        [1e-300, 2e-300, 3e-300],
        [None, True, "a"],
    ],
    ids=str,
)
def test_any_values_are_drawn_or_told_as_none(values):
    lines = lines_of(replace(two(values, [0.1, 0.2, 0.3]), by="a", palette=DARK))
    assert len(lines) == 20
    assert lines[1].split() == ["a", "b"]
    lying = places(axis_of("a", values))
    assert not ((lying < 0) | (lying > 1)).any()
