"""Parallel coordinates as rows of styled cells: titles above, the lines between the axes, and what is said of them.

A cell has the colour of the mean rank of the runs that pass through it: where good and bad runs mix it is grey, and a
colour stands where there is something to be seen. Runs that the brushes leave out lie faintly behind the others.
"""

from itertools import pairwise

import numpy as np

from trackside.charts import cells, raster
from trackside.charts.arrays import Flags, Floats
from trackside.charts.parallel.axis import brushed_part, ends, inner_ticks, kept, label, places, ranks
from trackside.charts.parallel.bundle import Panel, Weave, lines, weave
from trackside.charts.parallel.layout import Layout, layout
from trackside.charts.parallel.shades import Shades, shades
from trackside.charts.parallel.spec import Axis, ParallelSpec, Picked
from trackside.charts.sheet import Sheet
from trackside.charts.spec import ChartSpec, Picture
from trackside.charts.words import worded
from trackside.model.visible import visible

LEAST_WIDTH, LEAST_HEIGHT = 24, 12
"""Below this nothing can be drawn."""

_MIDDLE = 0.5
"""The rank of a run that has no value on the axis by which lines are coloured."""

_FINE = 2**20
"""Ranks are added up in this part of 1."""

_TITLES, _UPPER_ENDS = 1, 2
_ROWS_A_TICK, _ROOM_FOR_TICKS = 8, 14
_LEFT_FREE = 3
"""Columns before the next axis that a label within the axes leaves to the lines."""


def draw(spec: ParallelSpec) -> Picture:
    """Draw into exactly `spec.width` × `spec.height` cells; where there is nothing to draw, it says why."""
    instead = _words_instead(spec)
    if instead is not None:
        return worded(ChartSpec((), spec.width, spec.height, title=visible(spec.title), charset=spec.charset), instead)
    plan = layout(spec)
    sheet = Sheet(spec.width, spec.height, plain=spec.charset == "ascii")
    wanted, colours = kept(spec), shades(spec.palette, spec.ground)
    _draw_lines(sheet, spec, plan, wanted, colours)
    for axis, column, room in zip(plan.axes, plan.columns, plan.room, strict=True):
        _draw_axis(sheet, spec, plan, axis, column, room)
    _draw_head(sheet, spec, plan, int(np.count_nonzero(wanted)))
    _draw_foot(sheet, spec, colours)
    return Picture(sheet.rows(), shown=int(np.count_nonzero(wanted)), total=spec.runs)


def _words_instead(spec: ParallelSpec) -> str | None:
    if spec.width < LEAST_WIDTH or spec.height < LEAST_HEIGHT:
        return f"parallel coordinates need {LEAST_WIDTH}×{LEAST_HEIGHT}"
    if not spec.runs:
        return "no run to draw"
    if len(spec.axes) < 2:
        return "parallel coordinates need two axes: params or metrics in which the runs differ"
    return None


def _draw_lines(sheet: Sheet, spec: ParallelSpec, plan: Layout, wanted: Flags, colours: Shades) -> None:
    by = spec.axis(spec.by)
    rank = np.full(spec.runs, _MIDDLE) if by is None else np.nan_to_num(ranks(by), nan=_MIDDLE)
    weight = np.rint(rank * _FINE)
    across, up = raster.DENSITY[spec.charset]
    below = 0 if plan.none is None else plan.none - plan.bottom
    aside = 2 if spec.charset == "ascii" else 1
    lying = [places(axis) for axis in plan.axes]
    for (left, right), (start, end) in zip(pairwise(lying), pairwise(plan.columns), strict=True):
        panel = Panel((end - start - 2 * aside + 1) * across, (plan.rows + below) * up, below * up)
        drawn = lines(left, right, panel)
        for some in (~wanted, wanted):
            woven = weave(drawn[some], weight[some], panel)
            glyphs = raster.cells(woven.runs > 0, spec.charset)
            mean, touched = _by_cell(woven, across, up)
            styles = colours.of(mean) if some is wanted else np.full(mean.shape, colours.left_out)
            sheet.fill(plan.top, start + aside, glyphs[::-1], styles[::-1], touched[::-1])


def _by_cell(woven: Weave, across: int, up: int) -> tuple[Floats, Flags]:
    """The mean rank in each cell, and whether a line passes through it."""
    rows, columns = woven.runs.shape
    shape = (rows // up, up, columns // across, across)
    runs, sums = (part.reshape(shape).sum(axis=(1, 3)) for part in (woven.runs, woven.ranks))
    return sums / np.maximum(runs, 1) / _FINE, runs > 0


def _draw_axis(sheet: Sheet, spec: ParallelSpec, plan: Layout, axis: Axis, column: int, room: int) -> None:
    chosen = axis.key == spec.chosen
    for row in range(plan.top, plan.bottom + 1):
        sheet.write(row, column, "│", "strong" if chosen else "muted")
    sign = "▸" if chosen else ""
    title = cells.cut_before(visible(axis.key), room - len(sign))
    sheet.write(_TITLES, column, f"{sign}{title}", "mark" if chosen else "strong")
    low, high = ends(axis)
    if axis.goal and high:
        high += " best" if len(high) + len(" best") <= room else " ▲"
    sheet.write(_UPPER_ENDS, column, high, "muted", room)
    sheet.write(plan.bottom + 1, column, low, "muted", room)
    missing = int(np.count_nonzero(~np.isfinite(axis.values)))
    if missing and plan.none is not None:
        sheet.write(plan.none, column, f"○ {missing:,} none", "muted", room)
    _draw_ticks(sheet, plan, axis, column, room)
    part = brushed_part(axis)
    for row in range(_row(plan, part[1]), _row(plan, part[0]) + 1) if part else ():
        sheet.write(row, column, "┃", "mark")


def _draw_ticks(sheet: Sheet, plan: Layout, axis: Axis, column: int, room: int) -> None:
    """Of labels that would share a row, the first one stands, or one that is picked."""
    picked = axis.brush.categories if isinstance(axis.brush, Picked) else frozenset()
    labels = inner_ticks(axis, plan.rows // _ROWS_A_TICK if room >= _ROOM_FOR_TICKS else 0)
    taken = {plan.top, plan.bottom} if any(ends(axis)) else set()
    for tick in sorted(labels, key=lambda tick: tick.category not in picked):
        row = _row(plan, tick.place)
        if row in taken:
            continue
        taken.add(row)
        sign, style = ("┝", "mark") if tick.category in picked else ("├", "muted")
        sheet.write(row, column, sign, style)
        sheet.write(row, column + 1, cells.cut(tick.text, room - _LEFT_FREE) + " ", style)


def _row(plan: Layout, place: float) -> int:
    return plan.bottom - min(int(place * plan.rows), plan.rows - 1)


def _draw_head(sheet: Sheet, spec: ParallelSpec, plan: Layout, wanted: int) -> None:
    brushes = [_brush_words(axis) for axis in spec.axes if axis.brush is not None]
    said = [f"{wanted:,} of {spec.runs:,} runs" if brushes else f"{spec.runs:,} runs"]
    if len(plan.axes) < len(spec.axes):
        said.append(f"axes {plan.first + 1} to {plan.first + len(plan.axes)} of {len(spec.axes)}")
    at = sheet.write(0, 0, f"{visible(spec.title)}  " if spec.title else "", "strong")
    at += sheet.write(0, at, " · ".join(said), "muted")
    sheet.write(0, at + 2, " · ".join(brushes), "mark")


def _brush_words(axis: Axis) -> str:
    key = visible(axis.key)
    if isinstance(axis.brush, Picked):
        return f"{key} {', '.join(visible(name) for name in axis.categories if name in axis.brush.categories)}"
    assert axis.brush is not None
    return f"{key} {label(axis.brush.low)} to {label(axis.brush.high)}"


def _draw_foot(sheet: Sheet, spec: ParallelSpec, colours: Shades) -> None:
    by = spec.axis(spec.by)
    if by is None:
        return
    row = spec.height - 1
    worst, best = ("worst", "best") if by.goal else ("low", "high")
    mixed = "; grey where they mix" if spec.palette else ""
    at = sheet.write(row, 0, f"{visible(by.key)}  {worst} ", "muted")
    for style in colours.styles:
        at += sheet.write(row, at, "━━", style)
    sheet.write(row, at, f" {best}, by rank{mixed}", "muted")
