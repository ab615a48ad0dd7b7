"""A whole chart: a line above that says what it is, the curves in their axes, and a legend that reads them.

Ranges follow the curves that are shown (y) and all curves (x), so that hiding one moves none along the x axis.
"""

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from trackside.charts.arrays import chosen
from trackside.charts.axis import Scale, evened, spanning, ticks
from trackside.charts.backend import Sheet, Ticks, frame, margin
from trackside.charts.canvas import NOBODY, Canvas, canvas
from trackside.charts.clip import without_outliers
from trackside.charts.colours import assign, dimmed
from trackside.charts.foot import axis_line, labels
from trackside.charts.legend import Entry, entries, head, letters, side_by_side, side_width, under
from trackside.charts.points import extent
from trackside.charts.smooth import smoothed_curve
from trackside.charts.spec import BARE_BELOW, ChartSpec, Curve, Mark, Picture, Plot, Segment
from trackside.charts.words import worded, words_instead

_Y_MARGIN = 0.02
_COLUMNS_A_TICK, _ROWS_A_TICK, _MOST_Y_TICKS = 14, 2, 6
_AXES_ROWS = 2
_NAME_WIDTH = len("step")
"""There is always room for this name of the x axis; another one is said in the title."""

Row = tuple[Segment, ...]


class _Layout(msgspec.Struct, frozen=True):
    """Where things go: columns and rows of the canvas, of the legend beside it, and of the legend under it."""

    columns: int
    rows: int
    beside: int
    below: int


class _Base(msgspec.Struct, frozen=True):
    """All of a picture that neither the crosshair nor the choice of a curve changes."""

    key: ChartSpec
    curves: list[Curve]
    shown: list[Curve]
    x: Scale
    y: Scale
    layout: _Layout
    y_ticks: Ticks
    drawn: Canvas


class Painter:
    """Draws the charts of one place on the screen, and keeps the last canvas: a crosshair that moves draws no curve.

    It keeps the smoothed curves too: a zoom smooths nothing again.

    It is used by one thread at a time.
    """

    def __init__(self) -> None:
        self._base: _Base | None = None
        self._smooth = 0.0
        self._smoothed: dict[Curve, Curve] = {}

    def draw(self, spec: ChartSpec) -> Picture:
        """Draw the chart into exactly `spec.width` × `spec.height` cells; where there is none to draw, it says why."""
        instead = words_instead(spec)
        if instead is not None:
            return worded(spec, instead)
        key = replace(spec, options=spec.options.but(crosshair=None, chosen=None), title="")
        if self._base is None or self._base.key != key:
            self._base = _base(key, self._smoothed_curves(key))
        return _finished(spec, self._base)

    def _smoothed_curves(self, spec: ChartSpec) -> list[Curve]:
        known = self._smoothed if self._smooth == spec.options.smooth else {}
        self._smooth = spec.options.smooth
        self._smoothed = {
            curve: known.get(curve) or smoothed_curve(curve, spec.options.smooth) for curve in spec.curves
        }
        return list(self._smoothed.values())


def draw(spec: ChartSpec) -> Picture:
    """Draw a chart once."""
    return Painter().draw(spec)


def _base(spec: ChartSpec, curves: list[Curve]) -> _Base:
    shown = [curve for curve in curves if spec.options.shows(curve)]
    x = x_scale(spec, curves)
    y = y_scale(spec, x, shown)
    y, layout, y_ticks = _layout(spec, y, entries(curves, spec, {}))
    lifted = next((number for number, curve in enumerate(shown) if curve.id == spec.options.lifted), None)
    drawn = canvas(shown, lifted, x, y, layout.columns, layout.rows, spec.charset)
    return _Base(spec, curves, shown, x, y, layout, y_ticks, drawn)


def _finished(spec: ChartSpec, base: _Base) -> Picture:
    layout, x, y = base.layout, base.x, base.y
    colours = assign((curve.owner or curve.id for curve in base.curves), spec.palette)
    x_ticks = ticks(x, max(2, layout.columns // _COLUMNS_A_TICK), spec.options.x_kind)
    plain, left = spec.charset == "ascii", margin(base.y_ticks)
    *rows, line = frame(_sheet(spec, base, colours), y, base.y_ticks, ascii_only=plain)
    rows.append(axis_line("".join(segment.text for segment in line), x_ticks, base.shown, x, left, plain=plain))
    rows.append(labels(spec.options.x_label, x_ticks, x, left, layout.columns))
    plot = Plot(1, left, layout.columns, layout.rows, x, y)
    legend = entries(base.curves, spec, colours)
    if spec.height < BARE_BELOW:
        return Picture(tuple(rows), replace(plot, top=0), shown=base.drawn.shown, total=base.drawn.total)
    body = side_by_side(rows, legend, layout.beside) if layout.beside else rows
    foot = under(legend, layout.below, spec) if layout.below else []
    top = head(spec, base.curves, base.drawn, y, near_mark(spec, base.shown, x, layout.columns))
    return Picture((top, *body, *foot), plot, shown=base.drawn.shown, total=base.drawn.total)


def x_scale(spec: ChartSpec, curves: list[Curve]) -> Scale:
    """The x axis: the range asked for, and for the rest that of all curves."""
    options = spec.options
    low, high = _span([extent(curve, log=options.log_x) for curve in curves])
    low, high = _or(options.x_range[0], low), _or(options.x_range[1], high)
    if options.x_kind == "step" and low == high and not options.log_x:
        return spanning(low - 0.5, high + 0.5)
    return spanning(low, high, log=options.log_x)


def y_scale(spec: ChartSpec, x: Scale, shown: list[Curve]) -> Scale:
    """The y axis: the range asked for, and for the rest that of the curves shown, where they are within the x axis."""
    options = spec.options
    spans = []
    for curve in shown:
        seen = (curve.x >= x.low) & (curve.x <= x.high)
        for within in (chosen(end, seen) for end in _heights(curve)):
            values = _positive(chosen(within, np.isfinite(within)), options.log_y)
            bounds = without_outliers(values) if options.clip_outliers and not options.log_y else _span([values])
            spans.append(np.array(bounds))
    if options.level is not None:
        spans.append(np.array([options.level]))
    low, high = _span(spans)
    given = options.y_range
    tight = given[0] is not None and given[1] is not None
    return spanning(_or(given[0], low), _or(given[1], high), log=options.log_y, margin=0.0 if tight else _Y_MARGIN)


def _heights(curve: Curve) -> list[NDArray[np.float64]]:
    """The values of a curve, and both ends of its band."""
    return [curve.y] if curve.half is None else [curve.y, curve.y - curve.half, curve.y + curve.half]


def near_mark(spec: ChartSpec, shown: list[Curve], x: Scale, columns: int) -> Mark | None:
    """The mark under the crosshair, if there is one within a column of it."""
    if spec.options.crosshair is None:
        return None
    here = x.place(np.array([spec.options.crosshair]), columns)[0]
    marks = [mark for curve in shown for mark in curve.marks]
    places = x.place(np.array([mark.x for mark in marks], dtype=np.float64), columns)
    near = [(abs(place - here), number) for number, place in enumerate(places) if abs(place - here) <= 1]
    return marks[min(near)[1]] if near else None


def _layout(spec: ChartSpec, y: Scale, legend: list[Entry]) -> tuple[Scale, _Layout, Ticks]:
    bare = spec.height < BARE_BELOW
    wanted = 0 if len(legend) < 2 or bare else len(legend)
    beside = side_width(legend, spec) if wanted and not spec.options.wide else 0
    below = 0
    if wanted and not beside:
        below = min(len(under(legend, wanted, spec)), max(1, spec.height // 4))
    rows = spec.height - (0 if bare else 1) - _AXES_ROWS - below
    most = max(2, min(_MOST_Y_TICKS, rows // _ROWS_A_TICK))
    y = y if any(end is not None for end in spec.options.y_range) else evened(y, rows, most)
    y_ticks = [(value, label.rjust(_NAME_WIDTH)) for value, label in ticks(y, most)]
    return y, _Layout(spec.width - margin(y_ticks) - beside, rows, beside, below), y_ticks


def _sheet(spec: ChartSpec, base: _Base, colours: dict[str, str]) -> Sheet:
    drawn = base.drawn
    glyphs = drawn.glyphs.copy()
    styles = np.full(glyphs.shape, "", dtype="<U8")
    for number, curve in enumerate(base.shown):
        colour = colours.get(curve.owner or curve.id, "")
        mine = drawn.owner == number
        styles[mine] = colour
        styles[mine & drawn.faint] = dimmed(colour, spec.ground) if colour else "muted"
    if not spec.palette and len(base.curves) > 1:
        _put_letters(glyphs, drawn, base.shown, letters(base.curves))
    if spec.options.level is not None:
        _put_level(glyphs, styles, base.y, spec.options.level, drawn, plain=spec.charset == "ascii")
    if spec.options.crosshair is not None:
        _put_crosshair(glyphs, styles, base.x, spec.options.crosshair, drawn.owner, plain=spec.charset == "ascii")
    return Sheet(glyphs, styles)


def _put_letters(glyphs: NDArray[np.str_], drawn: Canvas, shown: list[Curve], named: dict[str, str]) -> None:
    """Without colours each curve has its letter here and there, and at its end."""
    for curve, stations in zip(shown, drawn.stations, strict=True):
        for place in stations:
            glyphs[place] = named[curve.id]


def _put_level(
    glyphs: NDArray[np.str_], styles: NDArray[np.str_], y: Scale, value: float, drawn: Canvas, *, plain: bool
) -> None:
    rows = glyphs.shape[0]
    place = y.place(np.array([value]), rows)[0]
    if not -0.5 < place < rows - 0.5:
        return
    row = round(float(place))
    free = (glyphs[row] == " ") | drawn.faint[row]
    glyphs[row, free] = "_" if plain else "┈"
    styles[row, free] = "muted"


def _put_crosshair(
    glyphs: NDArray[np.str_], styles: NDArray[np.str_], x: Scale, value: float, owner: NDArray[np.int64], *, plain: bool
) -> None:
    columns = glyphs.shape[1]
    place = x.place(np.array([value]), columns)[0]
    if not -0.5 < place < columns - 0.5:
        return
    column = round(float(place))
    free = (owner[:, column] == NOBODY) & (glyphs[:, column] == " ")
    glyphs[free, column] = ":" if plain else "┊"
    # As the blanks around it: a crosshair that moves takes no change of colour in any row.
    styles[free, column] = "muted"


def _span(parts: list[NDArray[np.float64]]) -> tuple[float, float]:
    low, high = np.nan, np.nan
    for part in parts:
        finite = chosen(part, np.isfinite(part))
        if len(finite):
            low, high = float(np.fmin(low, finite.min())), float(np.fmax(high, finite.max()))
    return low, high


def _positive(values: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    return values[values > 0] if log else values


def _or(given: float | None, data: float) -> float:
    return data if given is None else given
