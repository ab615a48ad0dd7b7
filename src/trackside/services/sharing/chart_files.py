"""Charts as files: a figure of their curves as they are looked at, and all points of these as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec
import numpy as np

from trackside.charts.arrays import Floats
from trackside.charts.axis import Scale, ticks
from trackside.charts.colours import LIGHT, assign, dimmed
from trackside.charts.picture import x_scale, y_scale
from trackside.charts.reduce import envelope, stretches
from trackside.charts.smooth import smoothed_curve
from trackside.charts.spec import ChartOptions, ChartSpec, Curve
from trackside.services.csv_cells import as_cell
from trackside.services.sharing.figure import PAPER, Area, Figure, Line, Point, Shape, Words

WIDTH, HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 20, 34, 48
_ROW = 20
_INK, _QUIET, _GRID = "#222222", "#666666", "#e4e4e4"
_TICKS = 6
_DOTS = 3.0
_WIDTHS = (1.6, 1.0)
_FAINT = 0.75
_LONGEST = 90


class Drawn(msgspec.Struct, frozen=True, eq=False):
    """A chart as it is on screen: its title, all of its curves, and how they are looked at."""

    title: str
    curves: tuple[Curve, ...]
    options: ChartOptions


def csv_text(charts: Sequence[Drawn]) -> bytes:
    """Every point of the curves that are shown, as they were logged, in the part of the x axis that is seen."""
    page = io.StringIO()
    rows = csv.writer(page, lineterminator="\n")
    rows.writerow(["chart", "run", "curve", as_cell(charts[0].options.x_label) if charts else "x", "value"])
    for chart in charts:
        low, high = chart.options.x_range
        for curve in _shown(chart):
            seen = (curve.x >= (-np.inf if low is None else low)) & (curve.x <= (np.inf if high is None else high))
            names = [*map(as_cell, (chart.title, curve.owner, curve.label))]
            for x, y in zip(curve.x[seen].tolist(), curve.y[seen].tolist(), strict=True):
                rows.writerow([*names, f"{x:.15g}", repr(y)])
    return page.getvalue().encode()


def figure(charts: Sequence[Drawn]) -> Figure:
    """The charts under one another, each with its legend."""
    parts = [_chart(chart) for chart in charts]
    tops = [0.0, *accumulate(height for height, _ in parts)]
    shapes = tuple(_moved(shape, top) for top, (_, shapes) in zip(tops, parts, strict=False) for shape in shapes)
    return Figure(WIDTH, round(tops[-1]), shapes)


def _chart(chart: Drawn) -> tuple[float, list[Shape]]:
    curves = [smoothed_curve(curve, chart.options.smooth) for curve in _shown(chart)]
    every = [smoothed_curve(curve, chart.options.smooth) for curve in chart.curves]
    spec = ChartSpec(tuple(every), WIDTH, HEIGHT, chart.options)
    x = x_scale(spec, every)
    y = y_scale(spec, x, curves)
    colours = assign((curve.owner or curve.id for curve in chart.curves), LIGHT)
    shapes: list[Shape] = [Words(chart.title[:_LONGEST], (_LEFT, _TOP / 2), _INK), *_axes(x, y, chart.options)]
    for drawn in (_band, _line):
        for curve in curves:
            shapes += drawn(curve, x, y, colours[curve.owner or curve.id])
    if not curves:
        shapes.append(Words("no curve is shown", (WIDTH / 2, HEIGHT / 2), _QUIET, "middle"))
    for number, curve in enumerate(curves):
        height = HEIGHT + number * _ROW
        colour = colours[curve.owner or curve.id]
        shapes.append(Line(((_LEFT, height), (_LEFT + 28, height)), colour, 2.5, _dash(curve)))
        shapes.append(Words(curve.label[:_LONGEST], (_LEFT + 36, height), _INK))
    return HEIGHT + len(curves) * _ROW, shapes


def _shown(chart: Drawn) -> list[Curve]:
    return [curve for curve in chart.curves if chart.options.shows(curve)]


def _axes(x: Scale, y: Scale, options: ChartOptions) -> Iterator[Shape]:
    left, right, top, bottom = _LEFT, WIDTH - _RIGHT, _TOP, HEIGHT - _BOTTOM
    for value, label in ticks(y, _TICKS):
        height = _down(y, np.array([value]))[0]
        yield Line(((left, height), (right, height)), _GRID, 1.0)
        yield Words(label.strip(), (left - 8, height), _QUIET, "end")
    for value, label in ticks(x, _TICKS, options.x_kind):
        place = _across(x, np.array([value]))[0]
        yield Line(((place, bottom), (place, bottom + 4)), _QUIET, 1.0)
        yield Words(label.strip(), (place, bottom + 14), _QUIET, "middle")
    yield Line(((left, top), (left, bottom), (right, bottom)), _QUIET, 1.0)
    yield Words(options.x_label[:_LONGEST], ((left + right) / 2, bottom + 32), _QUIET, "middle")


def _band(curve: Curve, x: Scale, y: Scale, colour: str) -> Iterator[Area]:
    if curve.half is not None:
        ends = (_paths(curve.x, curve.y + sign * curve.half, x, y) for sign in (-1, 1))
        for low, high in zip(*ends, strict=False):
            yield Area((*high, *reversed(low)), dimmed(colour, PAPER, _FAINT))


def _line(curve: Curve, x: Scale, y: Scale, colour: str) -> Iterator[Line]:
    """What was smoothed, and over it the line."""
    if curve.behind is not None:
        faint = dimmed(colour, PAPER, _FAINT)
        yield from (Line(path, faint, _WIDTHS[1], _dash(curve)) for path in _paths(curve.x, curve.behind, x, y))
    yield from (Line(path, colour, _WIDTHS[0], _dash(curve)) for path in _paths(curve.x, curve.y, x, y))


def _dash(curve: Curve) -> float:
    return _DOTS if curve.stroke == "dotted" else 0.0


def _paths(places: Floats, values: Floats, x: Scale, y: Scale) -> Iterator[tuple[Point, ...]]:
    """The points of each stretch, within the frame."""
    across, down = _across(x, places), _down(y, values)
    seen = np.where((across >= _LEFT - 0.5) & (across <= WIDTH - _RIGHT + 0.5) & np.isfinite(down), values, np.nan)
    kept = envelope(x.place(places, WIDTH - _LEFT - _RIGHT), seen, WIDTH - _LEFT - _RIGHT)
    edges = np.clip(down, _TOP, HEIGHT - _BOTTOM)
    for some in stretches(kept, seen):
        yield tuple(zip(across[some].tolist(), edges[some].tolist(), strict=True))


def _across(x: Scale, values: Floats) -> Floats:
    return _LEFT + x.place(values, WIDTH - _LEFT - _RIGHT + 1)


def _down(y: Scale, values: Floats) -> Floats:
    bottom = HEIGHT - _BOTTOM
    return bottom - y.place(values, bottom - _TOP + 1)


def _moved(shape: Shape, by: float) -> Shape:
    match shape:
        case Line():
            return Line(tuple((x, y + by) for x, y in shape.points), shape.colour, shape.width, shape.dash)
        case Area():
            return Area(tuple((x, y + by) for x, y in shape.points), shape.colour)
        case Words():
            return Words(shape.text, (shape.at[0], shape.at[1] + by), shape.colour, shape.anchor)
