"""The only file that knows plotext: it lays a canvas of cells into axes with y ticks, and gives back rows of segments.

plotext gets at most one marker a cell, in whole cells and within fixed limits. It raises on infinities, hangs on limits
much tighter than the data and joins points at a cost that grows with the canvas; so whatever the data, none of that
reaches it. A plot of its own is made for every call: nothing here is shared between threads.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray
from plotext._date import date_class
from plotext._monitor import monitor_class

from trackside.charts.axis import Scale
from trackside.charts.spec import Segment

_PLAIN_FRAME = str.maketrans("┤│└─┬┼├", "+|+-+++")

Ticks = list[tuple[float, str]]
Row = tuple[Segment, ...]


class Sheet(msgspec.Struct, frozen=True):
    """What goes between the axes: a character and a style for each cell, row 0 lowest. A blank cell is not drawn."""

    glyphs: NDArray[np.str_]
    styles: NDArray[np.str_]


def frame(sheet: Sheet, y: Scale, y_ticks: Ticks, *, ascii_only: bool = False) -> list[Row]:
    """The sheet with its axes, top row first: wider by `margin(y_ticks)`, higher by the line of the x axis."""
    rows, columns = sheet.glyphs.shape
    plot = _empty_plot(columns + margin(y_ticks), rows + 1)
    plot.xticks[0], plot.xlabels[0] = [], []
    plot.yticks[0], plot.ylabels[0] = _cells(y, y_ticks, rows), [label for _, label in y_ticks]
    plot.set_xlim(0, columns - 1)
    plot.set_ylim(0, rows - 1)
    up, across = np.nonzero(sheet.glyphs != " ")
    drawn = sheet.styles[up, across].tolist()
    styles = list(dict.fromkeys(drawn))
    codes = {style: code for code, style in enumerate(styles)}
    colours = [codes[style] for style in drawn]
    plot.draw(across.tolist(), up.tolist(), marker=sheet.glyphs[up, across].tolist(), color=colours)
    plot.build_plot()
    translated = _PLAIN_FRAME if ascii_only else {}
    return [
        _segments(
            [mark.translate(translated) if colour == "default" else mark for mark, colour in zip(*row, strict=True)],
            ["muted" if colour == "default" else styles[colour] for colour in row[1]],
        )
        for row in zip(plot.matrix.marker[::-1], plot.matrix.fullground[::-1], strict=True)
    ]


def margin(y_ticks: Ticks) -> int:
    """The columns left of the canvas: the labels of the y axis, and the axis."""
    return max((len(label) for _, label in y_ticks), default=0) + 1


def _empty_plot(width: int, height: int) -> monitor_class:
    plot = monitor_class()
    plot.set_theme("clear")
    plot.set_date(date_class())
    plot.set_size([width, height])
    plot.set_xaxes(True, False)
    plot.set_yaxes(True, False)
    return plot


def _cells(scale: Scale, ticks: Ticks, count: int) -> list[int]:
    places = scale.place(np.array([value for value, _ in ticks], dtype=np.float64), count)
    return [int(place) for place in np.clip(np.rint(places), 0, count - 1)]


def _segments(marks: list[str], styles: list[str]) -> Row:
    """Characters of one style joined to segments."""
    row: list[Segment] = []
    start = 0
    for end in range(1, len(marks) + 1):
        if end == len(marks) or styles[end] != styles[start]:
            row.append(Segment("".join(marks[start:end]), styles[start]))
            start = end
    return tuple(row)
