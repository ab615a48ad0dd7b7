"""Curves as SVG: the points drawn are those of the curves, and no spike is lost."""

import re
from typing import Any

import numpy as np
import pytest

from trackside.charts.axis import spanning
from trackside.services.comparison.reports.svg_curves import ACROSS, DOWN, LEFT, TOP, Line, svg_curves


def drawn(line: Line, kind: str = "line", **more: Any) -> list[list[tuple[float, float]]]:
    """The stretches of the one path of a kind, each its points, in units of the picture."""
    (path,) = [part for part in svg_curves([line], "curve", **more).iter("path") if part.get("class").startswith(kind)]
    return [
        [tuple(map(float, point.split())) for point in re.split("h0L|h0|L|Z", stretch) if point]
        for stretch in path.get("d").split("M")[1:]
    ]


def values(points: list[tuple[float, float]], low: float, high: float) -> list[float]:
    """The heights of points as values of an axis from `low` to `high`, as the picture draws it."""
    scale = spanning(low, high, margin=0.05)
    return [scale.value(TOP + DOWN - down, DOWN + 1) for _, down in points]


def test_every_point_of_a_short_curve_is_drawn_at_its_place():
    heights = np.array([0.5, 0.9, 0.1, 0.7])
    (points,) = drawn(Line(np.array([0.0, 10, 20, 40]), heights, 0))
    assert [across - LEFT for across, _ in points] == pytest.approx([0, ACROSS / 4, ACROSS / 2, ACROSS], abs=0.06)
    assert values(points, 0.1, 0.9) == pytest.approx(heights.tolist(), abs=0.001)


def test_the_least_and_the_greatest_value_of_a_long_curve_are_drawn():
    heights = np.random.default_rng(0).normal(size=100_000)
    heights[[31_415, 92_653]] = 40, -50
    (points,) = drawn(Line(np.arange(100_000.0), heights, 0))
    assert len(points) <= 2 * ACROSS + 2
    shown = values(points, -50, 40)
    assert (min(shown), max(shown)) == pytest.approx((-50, 40), abs=0.05)
    assert points[int(np.argmax(shown))][0] - LEFT == pytest.approx(ACROSS * 31_415 / 99_999, abs=0.06)


def test_a_value_that_is_no_number_parts_the_line():
    heights = np.array([1, 2, np.nan, 3, np.inf, 4])
    assert [len(stretch) for stretch in drawn(Line(np.arange(6.0), heights, 0))] == [2, 1, 1]


def test_a_band_lies_around_its_line_and_keeps_its_ends():
    line = Line(np.arange(3.0), np.array([1.0, 2, 3]), 0, half=np.array([0.5, 1, 0.25]))
    (area,) = drawn(line, "band")
    assert values(area, 0.5, 3.25) == pytest.approx([1.5, 3, 3.25, 2.75, 1, 0.5], abs=0.01)


def test_a_band_stops_where_its_line_does():
    half = np.array([1.0, 1, np.nan, 1, 1])
    areas = drawn(Line(np.arange(5.0), np.array([1, 2, np.nan, 2, 1]), 0, half=half), "band")
    assert [len(area) for area in areas] == [4, 4]


def test_a_rule_lies_at_its_height_in_the_picture():
    picture = svg_curves([Line(np.arange(2.0), np.array([1.0, 2.0]), 0)], "curve", level=0.0)
    (rule,) = [part for part in picture.iter("line") if part.get("class") == "level"]
    assert values([(0.0, float(rule.get("y1")))], 0, 2) == pytest.approx([0], abs=0.01)


def test_a_picture_under_another_one_has_its_x_axis():
    above = Line(np.array([0.0, 40]), np.array([5.0, 6]), 0)
    (points,) = drawn(Line(np.array([10.0, 20]), np.array([1.0, 2]), 1), under=[above])
    assert [across - LEFT for across, _ in points] == pytest.approx([ACROSS / 4, ACROSS / 2], abs=0.06)
    assert values(points, 1, 2) == pytest.approx([1, 2], abs=0.01)


@pytest.mark.parametrize("heights", [[], [np.nan, np.inf]])
def test_without_a_finite_value_there_is_no_picture(heights):
    assert svg_curves([Line(np.arange(float(len(heights))), np.array(heights, float), 0)], "curve") is None


@pytest.mark.parametrize("heights", [[5.0], [2, 2, 2], [-1e308, 1e308], [5e-324, 0]])
def test_one_value_and_huge_and_tiny_ones_are_drawn_inside_of_the_picture(heights):
    for stretch in drawn(Line(np.arange(float(len(heights))), np.array(heights, float), 0)):
        assert all(TOP <= down <= TOP + DOWN for _, down in stretch)


def test_below_the_figures_of_the_x_axis_stands_what_they_are():
    picture = svg_curves([Line(np.arange(3.0), np.arange(3.0), 0)], "curve")
    *figures, axis = (part for part in picture.iter("text") if part.get("text-anchor") == "middle")
    assert axis.text == "step"
    assert all(float(part.get("y")) < float(axis.get("y")) for part in figures)
    assert figures
