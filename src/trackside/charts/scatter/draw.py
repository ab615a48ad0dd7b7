"""A scatter plot as rows of styled cells: what lies on its axes, a sign for each run, and the run that is chosen.

A cell in which several runs lie has their number. Brackets stand round the chosen run, so that it is found without
colour.
"""

from collections.abc import Iterator
from string import ascii_lowercase
from typing import TypeAlias

import msgspec
import numpy as np
from msgspec.structs import replace

from trackside.charts import cells, colours
from trackside.charts.arrays import Indices
from trackside.charts.parallel.axis import ends, inner_ticks, label, places
from trackside.charts.parallel.spec import Axis
from trackside.charts.scatter.spec import ScatterSpec
from trackside.charts.sheet import Sheet
from trackside.charts.spec import ChartSpec, Picture
from trackside.charts.words import worded
from trackside.model.visible import visible

LEAST_WIDTH, LEAST_HEIGHT = 30, 9
"""Below this nothing can be drawn."""

_HEAD_ROWS, _FOOT_ROWS = 1, 4
"""Rows above the plot; and at least below it: the axis, its labels, the sides, the chosen run."""

_LEAST_PLOT_ROWS = 8
"""What is left to the plot when the sides take more than one row."""

_WIDEST_LABEL = 12
_ROWS_A_TICK, _COLUMNS_A_TICK = 4, 14
_RUN, _OF_BASELINE, _OF_NONE = "●", "★", "#"
_MOST_COUNTED = 9

Together: TypeAlias = dict[tuple[int, int], list[int]]
"""The numbers of runs by the row and the column of the cell in which they lie."""


class _Plot(msgspec.Struct, frozen=True):
    """The cells of the plot: columns from `left` on, rows from `top` to before `bottom`."""

    left: int
    top: int
    columns: int
    rows: int

    @property
    def bottom(self) -> int:
        return self.top + self.rows

    def column(self, place: float) -> int:
        """Of a place from 0 to 1; at both edges there is room for a bracket."""
        inside = self.columns - 2
        return self.left + 1 + min(int(place * inside), inside - 1)

    def row(self, place: float) -> int:
        """Of a place from 0, at the bottom, to 1."""
        return self.bottom - 1 - min(int(place * self.rows), self.rows - 1)


def draw(spec: ScatterSpec) -> Picture:
    """Draw into exactly `spec.width` × `spec.height` cells; where there is nothing to draw, it says why."""
    x, y = spec.x and _left_to_right(spec.x), spec.y
    if spec.width < LEAST_WIDTH or spec.height < LEAST_HEIGHT:
        return _words(spec, f"a scatter plot needs {LEAST_WIDTH}×{LEAST_HEIGHT}")
    if x is None or y is None:
        return _words(spec, "there is no metric, or nothing in which the runs differ")
    lying = np.isfinite(x.values) & np.isfinite(y.values)
    if not lying.any():
        return _words(spec, f"no run has both {visible(x.key)} and {visible(y.key)}")
    margin = min(_WIDEST_LABEL, max(map(cells.width, [*ends(y), *(tick.text for tick in inner_ticks(y, spec.height))])))
    sides = _side_rows(spec, max(1, spec.height - _HEAD_ROWS - _FOOT_ROWS + 1 - _LEAST_PLOT_ROWS))
    foot = _FOOT_ROWS - 1 + len(sides)
    plot = _Plot(margin + 2, _HEAD_ROWS, spec.width - margin - 2, spec.height - _HEAD_ROWS - foot)
    sheet = Sheet(spec.width, spec.height, plain=spec.charset == "ascii")
    together = _together(plot, x, y, np.flatnonzero(lying))
    _draw_head(sheet, spec, x, y, together)
    _draw_upright(sheet, plot, y, margin)
    _draw_level(sheet, plot, x)
    _draw_points(sheet, spec, together)
    _draw_sides(sheet, spec, sides, plot.bottom + 2)
    _draw_reading(sheet, spec, x, y, spec.height - 1)
    return Picture(sheet.rows(), shown=int(np.count_nonzero(lying)), total=len(spec.points))


def _left_to_right(axis: Axis) -> Axis:
    """The axis lying: its categories, which are told from the bottom up, in the order in which one reads."""
    if axis.kind != "category":
        return axis
    return replace(axis, values=len(axis.categories) - 1 - axis.values, categories=axis.categories[::-1])


def _words(spec: ScatterSpec, text: str) -> Picture:
    return worded(ChartSpec((), spec.width, spec.height, charset=spec.charset), text)


def _draw_head(sheet: Sheet, spec: ScatterSpec, x: Axis, y: Axis, together: Together) -> None:
    lying, most = sum(map(len, together.values())), max(map(len, together.values()))
    at = sheet.write(0, 0, f"{visible(y.key)} against {visible(x.key)}", "strong")
    said = [f"logarithmic {name}" for name, axis in (("x", x), ("y", y)) if axis.kind == "log"]
    said.append(f"{lying:,} runs" if lying == len(spec.points) else f"{lying:,} of {len(spec.points):,} runs have both")
    if most > 1:
        said.append(f"numbers: so many runs{f', +: over {_MOST_COUNTED}' if most > _MOST_COUNTED else ''}")
    sheet.write(0, at + 2, " · ".join(said), "muted")


def _draw_upright(sheet: Sheet, plot: _Plot, axis: Axis, margin: int) -> None:
    for row in range(plot.top, plot.bottom):
        sheet.write(row, plot.left - 1, "│", "muted")
    taken: set[int] = set()
    for place, text in _labels(axis, plot.rows // _ROWS_A_TICK):
        row = plot.row(place)
        if row not in taken:
            taken.add(row)
            sheet.write(row, margin - min(cells.width(text), margin), text, "muted", margin)


def _draw_level(sheet: Sheet, plot: _Plot, axis: Axis) -> None:
    sheet.write(plot.bottom, plot.left - 1, "└" + "─" * plot.columns, "muted")
    room = plot.columns // max(len(axis.categories), 1) - 1 if axis.kind == "category" else plot.columns
    taken: list[tuple[int, int]] = []
    for place, text in _labels(axis, plot.columns // _COLUMNS_A_TICK):
        size = min(cells.width(text), max(room, 1))
        start = min(max(plot.column(place) - size // 2, plot.left), plot.left + plot.columns - size)
        if all(start > end or start + size < begin for begin, end in taken):
            taken.append((start, start + size))
            sheet.write(plot.bottom + 1, start, text, "muted", size)


def _labels(axis: Axis, most: int) -> Iterator[tuple[float, str]]:
    """Both ends, then what lies between, by their places."""
    low, high = ends(axis)
    if high:
        yield from ((0.0, low), (1.0, high))
    yield from ((tick.place, tick.text) for tick in inner_ticks(axis, most))


def _together(plot: _Plot, x: Axis, y: Axis, lying: Indices) -> Together:
    """The numbers of the runs in each cell, of those that have both values."""
    across, up = places(x), places(y)
    together: Together = {}
    for number in lying.tolist():
        together.setdefault((plot.row(float(up[number])), plot.column(float(across[number]))), []).append(number)
    return together


def _draw_points(sheet: Sheet, spec: ScatterSpec, together: Together) -> None:
    signs, styles = _signs(spec), _styles(spec)
    for (row, column), runs in together.items():
        sides = {spec.points[number].side for number in runs}
        chosen = any(spec.points[number].id == spec.chosen for number in runs)
        sign = signs[spec.points[runs[0]].side] if len(runs) == 1 else _count(len(runs))
        style = styles[sides.pop()] if len(sides) == 1 else "strong"
        sheet.write(row, column, sign, "mark" if chosen else style)
    for (row, column), runs in together.items():
        if any(spec.points[number].id == spec.chosen for number in runs):
            sheet.write(row, column - 1, "[", "mark")
            sheet.write(row, column + 1, "]", "mark")


def _count(runs: int) -> str:
    return str(runs) if runs <= _MOST_COUNTED else "+"


def _signs(spec: ScatterSpec) -> dict[str, str]:
    """The sign of each side: a star for the baseline, for others a dot, or a letter where there are no colours.

    Of runs of no side, a dot or a hash.
    """
    if spec.palette:
        return {"": _RUN} | {side: _RUN if place else _OF_BASELINE for place, (side, _) in enumerate(spec.sides)}
    return {"": _OF_NONE} | {
        side: ascii_lowercase[(place - 1) % len(ascii_lowercase)] if place else _OF_BASELINE
        for place, (side, _) in enumerate(spec.sides)
    }


def _styles(spec: ScatterSpec) -> dict[str, str]:
    given = colours.assign([side for side, _ in spec.sides], spec.palette)
    return {"": ""} | {side: given.get(side, "") for side, _ in spec.sides}


def _side_rows(spec: ScatterSpec, most: int) -> list[list[tuple[str, str]]]:
    """The sides that are named in each row, by id and text; the last of `most` rows is cut."""
    signs = _signs(spec)
    rows: list[list[tuple[str, str]]] = [[]]
    taken = 0
    for side, name in spec.sides:
        text = f"{signs[side]} {visible(name)}"
        if rows[-1] and taken + cells.width(text) > spec.width and len(rows) < most:
            rows.append([])
            taken = 0
        rows[-1].append((side, text))
        taken += cells.width(text) + 2
    return rows


def _draw_sides(sheet: Sheet, spec: ScatterSpec, rows: list[list[tuple[str, str]]], top: int) -> None:
    styles = _styles(spec)
    for row, sides in enumerate(rows, top):
        at = 0
        for side, text in sides:
            at += sheet.write(row, at, text, styles[side]) + 2


def _draw_reading(sheet: Sheet, spec: ScatterSpec, x: Axis, y: Axis, row: int) -> None:
    for number, point in enumerate(spec.points):
        if point.id == spec.chosen:
            said = " · ".join(f"{visible(axis.key)} {_text(axis, number)}" for axis in (x, y))
            at = sheet.write(row, 0, f"▸ {visible(point.name)}", "mark")
            sheet.write(row, at + 2, said)


def _text(axis: Axis, number: int) -> str:
    value = float(axis.values[number])
    if not np.isfinite(value):
        return "none"
    return visible(axis.categories[int(value)]) if axis.kind == "category" else label(value)
