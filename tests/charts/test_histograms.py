"""Histograms as a strip of shades over steps, and one alone as bars."""

import numpy as np
import pytest

from trackside.charts.colours import exact
from trackside.charts.histogram import shares
from trackside.charts.histogram.draw import draw, parts
from trackside.charts.histogram.spec import Histograms, HistogramSpec
from trackside.model.histogram import LoggedHistogram
from trackside.services.artifacts import histogram_view


def at(step: int, counts: tuple[float, ...], edges: tuple[float, ...], **apart: int) -> LoggedHistogram:
    return LoggedHistogram(edges, counts, **apart, step=step, time=0.0)


def spec(histograms: Histograms, width: int = 60, height: int = 13, column: int = 0, **more: str) -> HistogramSpec:
    return HistogramSpec(histograms, width, height, column, **more)


RISING = shares.of([at(step, (3, 1), (step, step + 5.0)) for step in range(10)])


def test_each_column_has_the_values_of_its_step_and_none_is_lost() -> None:
    found = shares.shares(RISING, 50, 14)
    assert found.sum(axis=1) == pytest.approx(np.ones(10))
    assert found[0][:5].sum() == pytest.approx(1)
    assert found[9][9:].sum() == pytest.approx(1)
    assert found[0][0] == pytest.approx(0.3)


def test_values_that_are_all_the_same_stand_where_the_scale_says() -> None:
    zeros = shares.of([at(step, (5,), (0.0, 0.0)) for step in range(2)])
    lines = draw(spec(zeros, height=14)).text.splitlines()
    assert [row for row, line in enumerate(lines[:-3]) if "█" in line] == [5]
    assert [(row, line.split()[0]) for row, line in enumerate(lines[:-3]) if line[:2].strip()] == [(0, "1"), (10, "-1")]


def test_more_steps_than_cells_are_put_together_and_it_is_said() -> None:
    many = shares.of([at(step, (1,), (0.0, float(step % 2 + 1))) for step in range(1000)])
    drawn = draw(spec(many, column=400))
    across = parts(spec(many))
    assert (across.each, across.count) == (18, 56)
    assert "mean of 18 steps: " in drawn.text
    assert drawn.text.splitlines()[-3].endswith("─▲▲")
    assert shares.shares(many, 56, 2)[0].tolist() == pytest.approx([0.75, 0.25])


def test_a_few_values_far_out_do_not_hide_the_others() -> None:
    edges = (-1.0, -0.5, 0.0, 0.5, 1.0, 999.0, 1000.0)
    found = shares.of([at(step, (250, 250, 250, 250, 0, 1), edges) for step in range(5)])
    assert -1 <= found.low < found.high <= 1
    assert 0 < found.outside < 0.5
    assert "of the values further out" in histogram_view.summary(found)
    assert shares.shares(found, 5, 4).sum(axis=1) == pytest.approx(np.ones(5))


@pytest.mark.parametrize(("charset", "signs"), [("braille", " ░▒▓█"), ("ascii", " .:-=+*#%@")])
def test_without_colours_characters_are_the_shades(charset: str, signs: str) -> None:
    lines = draw(spec(RISING, charset=charset)).text.splitlines()
    strip = [line[3:] for line in lines[:-3]]
    assert set("".join(strip)) <= set(signs)
    assert signs[-1] in strip[-1]
    assert strip[0].endswith(signs[-2:]) or strip[0].rstrip() == strip[0]
    assert all(line.isascii() for line in lines) == (charset == "ascii")


def test_with_colours_a_cell_is_two_shades_from_the_ground_to_the_colour() -> None:
    picture = draw(spec(RISING, colour="#5fafff", ground="#121212"))
    styles = {segment.style for row in picture.rows[:-3] for segment in row}
    assert "on #121212" in styles
    colours = {word for style in styles for word in style.split() if word.startswith("#")}
    assert {"#121212", "#5fafff"} < colours
    assert {colour for colour in colours if exact(colour) != colour} == set()
    assert {len(row_text) for row_text in picture.text.splitlines()[:-2]} == {60}


def test_one_alone_is_bars_with_their_counts() -> None:
    one = shares.of([at(7, (1, 8, 0, 4), (0.0, 4.0))])
    assert draw(spec(one, width=30)).text.splitlines() == [
        "3 to 4 ██████████▌           4",
        "2 to 3                       0",
        "1 to 2 █████████████████████ 8",
        "0 to 1 ██▋                   1",
    ]


def test_bars_that_have_no_room_are_put_together_in_equal_parts() -> None:
    one = shares.of([at(7, tuple(range(1, 65)), (0.0, 64.0))])
    lines = draw(spec(one, width=30, height=10, charset="ascii")).text.splitlines()
    assert len(lines) == 10
    assert lines[-1].strip().startswith("0 to 7 #")
    assert lines[-1].endswith(" 28")


def test_what_has_no_finite_value_says_so() -> None:
    nothing = shares.of([LoggedHistogram(nan=3, step=0, time=0.0)])
    assert draw(spec(nothing)).text == "no finite value in it"
    assert histogram_view.reading(nothing.logged) == "step 0: 0 values, 3 NaN"


def test_values_as_far_apart_as_floats_can_be_are_drawn() -> None:
    wide = shares.of([at(step, (1, 2, 3), (-1.7e308, 1.7e308)) for step in range(3)])
    assert "step" in draw(spec(wide)).text


def test_counts_that_are_very_large_are_written_with_an_exponent() -> None:
    large = shares.of([at(0, (1e299, 2e15), (0.0, 1.0, 2.0))])
    assert "step 0: 1e299 values," in histogram_view.reading(large.logged)
    assert [line.split()[-1] for line in draw(spec(large)).text.splitlines()] == ["2e15", "1e299"]


def test_a_reading_is_of_all_in_the_column() -> None:
    logged = [at(0, (1, 1), (0.0, 2.0)), at(5, (2,), (1.0, 3.0), nan=2, above=1)]
    words = histogram_view.reading(logged)
    assert words == "steps 0 to 5: 4 values, 0 to 3, median about 1.5, half of them about 1 to 2, 2 NaN, 1 Inf"


def test_quantiles_are_where_evenly_filled_bins_have_them() -> None:
    """Against bins that were filled with so many values."""
    several = [at(0, (30, 0, 10), (0.0, 4.0, 5.0, 9.0)), at(1, (40,), (-2.0, 6.0)), at(2, (20,), (3.0, 3.0))]
    values = np.concatenate(
        [np.linspace(low, high, count * 1000) for low, high, count in ((0, 4, 30), (5, 9, 10), (-2, 6, 40), (3, 3, 20))]
    )
    parts = (0.01, 0.25, 0.5, 0.7, 0.99)
    found = shares.quantiles(several, parts)
    assert [one.value for one in found] == pytest.approx(np.quantile(values, parts).tolist(), abs=0.001)
    assert all(one.low <= one.value <= one.high for one in found)


def test_a_reading_claims_no_median_that_the_bins_cannot_tell() -> None:
    coarse = [at(0, (10_000, 0, 1), (-3.0, 3_000.0, 6_000.0, 10_000.0))]
    words = histogram_view.reading(coarse)
    assert words == "step 0: 10,001 values, -3 to 10000, median between -3 and 3000"
