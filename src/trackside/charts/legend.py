"""What stands around the curves: the line above them, and the legend that names each curve and reads its value."""

import string
from collections.abc import Mapping

import msgspec
import numpy as np

from trackside.charts import cells
from trackside.charts.axis import NUMBER_WIDTH, Scale, number, position
from trackside.charts.canvas import Canvas
from trackside.charts.cells import cut, padded
from trackside.charts.points import extent, nearest
from trackside.charts.smooth import raw_curve
from trackside.charts.spec import ChartOptions, ChartSpec, Curve, Mark, Segment

_SIDE_LEGEND_FROM, _SIDE_LEGEND_CURVES, _SIDE_LEGEND_MOST = 90, 3, 38
_SWATCHES = {"solid": "━━", "dotted": "┅┅"}
_PLAIN_SWATCHES = {"solid": "--", "dotted": ".."}
_LEAST_TITLE, _LEAST_SAID = 16, 6
_GAP = 3

Row = tuple[Segment, ...]


class Entry(msgspec.Struct, frozen=True):
    """A curve in the legend: its sign and colour, its name, and its value at the crosshair, or else its last."""

    swatch: str
    colour: str
    label: str
    value: float
    text: str
    shown: bool
    chosen: bool

    @property
    def width(self) -> int:
        """Columns, with the sign before it and a blank between its parts."""
        return 2 + len(self.swatch) + 1 + cells.width(self.label) + 1 + len(self.text)


def entries(curves: list[Curve], spec: ChartSpec, colours: Mapping[str, str]) -> list[Entry]:
    """The legend: in the order given, or with a crosshair by value, the greatest first; hidden curves last."""
    named = letters(curves) if not spec.palette and len(curves) > 1 else {}
    found = [_entry(curve, spec, colours, named.get(curve.id)) for curve in curves]
    if spec.options.crosshair is None:
        return found
    return sorted(found, key=lambda entry: (not entry.shown, np.isnan(entry.value), -entry.value))


def letters(curves: list[Curve]) -> dict[str, str]:
    """A letter for each curve, by which it is known where there are no colours."""
    alphabet = string.ascii_lowercase + string.ascii_uppercase
    return {curve.id: alphabet[number % len(alphabet)] for number, curve in enumerate(curves)}


def reading(curve: Curve, x: float | None, *, log_x: bool = False) -> float:
    """The value of the curve's point nearest to `x` (its last one without), NaN beyond its first and last point."""
    if x is None:
        finite = np.flatnonzero(np.isfinite(curve.y))
        return float(curve.y[finite[-1]]) if len(finite) else np.nan
    ends = extent(curve)
    if len(ends) == 0 or not ends[0] <= x <= ends[1]:
        return np.nan
    index = nearest(curve, x, log=log_x)
    return np.nan if index is None else float(curve.y[index])


def head(spec: ChartSpec, curves: list[Curve], drawn: Canvas, y: Scale, mark: Mark | None) -> Row:
    """The line above: the title, what the crosshair is on, and all that makes the picture less than the data.

    `curves` are those of the spec as they are drawn.
    """
    dot = " - " if spec.charset == "ascii" else " · "
    said = dot.join(_left_out(spec, drawn, y) + _looked_at(spec.options))
    here, *shorter = _here(spec, curves, mark)
    if shorter and cells.width(f"{spec.title}  {here}  {said}") > spec.width:
        here = shorter[0]
    title = max(_LEAST_TITLE, spec.width - cells.width(here) - 2) if here else spec.width
    parts = [Segment(cut(spec.title, min(title, spec.width)), "strong")]
    room = spec.width - cells.width(parts[0].text)
    for text, style in ((here, "mark"), (said, "muted")):
        if text and room > _LEAST_SAID:
            piece = cut(("  " if room < spec.width else "") + text, room)
            parts.append(Segment(piece, style))
            room -= cells.width(piece)
    return (*parts, Segment(" " * room))


def side_width(legend: list[Entry], spec: ChartSpec) -> int:
    """Columns that a legend beside the canvas takes, 0 where it goes under it."""
    if spec.width < _SIDE_LEGEND_FROM or len(legend) < _SIDE_LEGEND_CURVES:
        return 0
    return min(max(entry.width for entry in legend) + 2, _SIDE_LEGEND_MOST)


def side_by_side(rows: list[Row], legend: list[Entry], width: int) -> list[Row]:
    """The rows with the legend right of them, one curve a row; what does not fit is counted."""
    lines = _listed(legend, len(rows), width - 2)
    blank = (Segment(" " * (width - 2)),)
    return [
        (*row, Segment("  "), *(lines[number] if number < len(lines) else blank)) for number, row in enumerate(rows)
    ]


def under(legend: list[Entry], most: int, spec: ChartSpec) -> list[Row]:
    """The legend in at most `most` rows, in as many columns as fit; what does not fit is counted."""
    wide = min(max(entry.width for entry in legend), spec.width)
    columns = max(1, (spec.width + _GAP) // (wide + _GAP))
    rows_needed = -(-len(legend) // columns)
    cut = rows_needed > most
    kept = _window(legend, columns * most - 1) if cut else legend
    boxes = [_row(entry, wide) for entry in kept]
    if cut:
        boxes.append((Segment(padded(f"  +{len(legend) - len(kept)} more", wide), "muted"),))
    rows = []
    for start in range(0, len(boxes), columns):
        row: list[Segment] = []
        for box in boxes[start : start + columns]:
            row += [*([Segment(" " * _GAP)] if row else []), *box]
        row.append(Segment(" " * (spec.width - sum(cells.width(segment.text) for segment in row))))
        rows.append(tuple(row))
    return rows


def _listed(legend: list[Entry], most: int, width: int) -> list[Row]:
    if len(legend) <= most:
        return [_row(entry, width) for entry in legend]
    kept = _window(legend, most - 1)
    more = (Segment(padded(f"  +{len(legend) - len(kept)} more", width), "muted"),)
    return [*(_row(entry, width) for entry in kept), more]


def _window(legend: list[Entry], most: int) -> list[Entry]:
    """The first entries, or those that end with the chosen one."""
    chosen = next((number for number, entry in enumerate(legend) if entry.chosen), 0)
    start = max(0, chosen - most + 1)
    return legend[start : start + most]


def _entry(curve: Curve, spec: ChartSpec, colours: Mapping[str, str], letter: str | None) -> Entry:
    shown = spec.options.shows(curve)
    signs = _PLAIN_SWATCHES if spec.charset == "ascii" else _SWATCHES
    swatch = signs[curve.stroke] if shown else "  "
    value = reading(curve, spec.options.crosshair, log_x=spec.options.log_x) if shown else np.nan
    blank = "-" if spec.charset == "ascii" else "–"
    return Entry(
        swatch=f"{letter} {swatch}" if letter else swatch,
        colour=colours.get(curve.owner or curve.id, "") if shown else "muted",
        label=curve.label,
        value=value,
        text=("hidden" if not shown else blank if np.isnan(value) else number(value)).rjust(NUMBER_WIDTH),
        shown=shown,
        chosen=curve.id == spec.options.chosen,
    )


def _row(entry: Entry, width: int) -> Row:
    room = width - 2 - len(entry.swatch) - 1 - len(entry.text) - 1
    label = padded(entry.label, max(room, 0))
    style = "strong" if entry.chosen else "" if entry.shown else "muted"
    row = (
        Segment("> " if entry.chosen else "  ", "strong"),
        Segment(entry.swatch, entry.colour),
        Segment(f" {label} ", style),
        Segment(entry.text, style),
    )
    return _fitted(row, width)


def _fitted(row: Row, width: int) -> Row:
    fitted: list[Segment] = []
    room = width
    for segment in row:
        fitted.append(Segment(cut(segment.text, room), segment.style))
        room -= cells.width(fitted[-1].text)
    return (*fitted, Segment(" " * room)) if room else tuple(fitted)


def _left_out(spec: ChartSpec, drawn: Canvas, y: Scale) -> list[str]:
    """What there is in the data and not in the picture."""
    unplaced = drawn.unplaced_y + (drawn.unplaced_x if spec.options.x_range[0] is None else 0)
    said = []
    if drawn.above:
        said.append(f"{drawn.above:,} above {number(y.high)}")
    if drawn.below:
        said.append(f"{drawn.below:,} below {number(y.low)}")
    if unplaced:
        said.append(f"{unplaced:,} at or below 0")
    if drawn.shown < drawn.total - drawn.above - drawn.below:
        said.append(f"{drawn.shown:,} of {drawn.total:,} points")
    return said


def _looked_at(options: ChartOptions) -> list[str]:
    """How the curves are looked at, where it is not as usual."""
    said = []
    if options.smooth > 0:
        said.append(f"smoothed {options.smooth:g}")
    if options.log_y:
        said.append("log y")
    if options.log_x:
        said.append("log x")
    if options.x_label != "step":
        said.append(f"by {'relative time' if options.x_label == 'relative' else options.x_label}")
    if options.solo is not None:
        said.append("one alone")
    elif options.hidden:
        said.append(f"{len(options.hidden)} hidden")
    return said


def _here(spec: ChartSpec, curves: list[Curve], mark: Mark | None) -> list[str]:
    """The crosshair's place, and of one curve what is read there; of a smoothed one with the raw value, and without."""
    options = spec.options
    if options.crosshair is None:
        return [""]
    place = f"{options.x_label} {position(options.crosshair, options.x_kind)}"
    said = [place]
    if len(curves) == 1:
        said = [f"{place}: {read}" for read in _read(curves[0], options)]
    dot = " - " if spec.charset == "ascii" else " · "
    return [f"{text}{dot}{mark.text}" for text in said] if mark is not None and mark.text else said


def _read(curve: Curve, options: ChartOptions) -> list[str]:
    value, raw = (number(reading(one, options.crosshair, log_x=options.log_x)) for one in (curve, raw_curve(curve)))
    return [value] if curve.behind is None else [f"{value} smoothed, {raw} raw", f"{value} smoothed"]
