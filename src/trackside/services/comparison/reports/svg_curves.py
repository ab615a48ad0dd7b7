"""Curves as a picture in SVG: lines with their bands over one pair of axes. It knows neither runs nor a store.

Colours and dashes are those of the page around it: a line is of class `line s<slot>`, its band of class `band s<slot>`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import msgspec
import numpy as np

from trackside.charts.axis import Scale, spanning, ticks
from trackside.charts.reduce import envelope, stretches
from trackside.services.comparison.reports.html_elements import element

if TYPE_CHECKING:
    from trackside.charts.arrays import Floats

WIDTH, HEIGHT = 420, 254
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 10, 40
ACROSS, DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
"""The size of the picture, its margins, and what they leave, in units of the picture."""

_TICKS = 5
_MARGIN = 0.05


class Line(msgspec.Struct, frozen=True, eq=False):
    """A line through `values` at `places`, which rise, float64[n] each; `half` is half the width of a band around it.

    A value that is not finite breaks the line. `slot` says how it looks.
    """

    places: "Floats"
    values: "Floats"
    slot: int
    half: "Floats | None" = None


def svg_curves(
    lines: Sequence[Line], label: str, *, level: float | None = None, under: Sequence[Line] = ()
) -> Element | None:
    """The picture, which is called `label`; None where no line has a finite value.

    A rule lies across at the height `level`. A picture that stands `under` the one of other lines has their x axis.
    """
    if not any(np.isfinite(line.values).any() for line in lines):
        return None
    x = _scale([line.places[np.isfinite(line.values)] for line in (*lines, *under)], 0.0)
    y = _scale([*_heights(lines), *([] if level is None else [np.array([level])])], _MARGIN)
    picture = element("svg", *_axes(x, y), viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)
    if level is not None:
        picture.append(_rule(_height(level, y), "level"))
    for line in lines:
        if line.half is not None:
            picture.append(_band(line, line.half, x, y))
    for line in lines:
        picture.append(element("path", d=_path(line, x, y), class_=f"line s{line.slot}"))
    return picture


def _heights(lines: Sequence[Line]) -> "list[Floats]":
    return [line.values for line in lines] + [
        end for line in lines if line.half is not None for end in (line.values - line.half, line.values + line.half)
    ]


def _scale(arrays: "Sequence[Floats]", margin: float) -> Scale:
    """An axis over all finite values, of which there is one at the least."""
    known = np.concatenate([array[np.isfinite(array)] for array in arrays])
    return spanning(known.min(), known.max(), margin=margin)


def _axes(x: Scale, y: Scale) -> list[Element]:
    drawn = []
    for value, label in ticks(y, _TICKS):
        height = _height(value, y)
        drawn += [
            _rule(height, "grid"),
            element("text", label, x=str(LEFT - 6), y=height, dy="0.32em", text_anchor="end"),
        ]
    for value, label in ticks(x, _TICKS, "step"):
        place = _at(_across(x, np.array([value]))[0])
        drawn.append(element("text", label, x=place, y=str(HEIGHT - BOTTOM + 18), text_anchor="middle"))
    drawn.append(element("text", "step", x=_at(LEFT + ACROSS / 2), y=str(HEIGHT - 6), text_anchor="middle"))
    return drawn


def _rule(height: str, class_: str) -> Element:
    return element("line", x1=str(LEFT), x2=str(WIDTH - RIGHT), y1=height, y2=height, class_=class_)


def _height(value: float, y: Scale) -> str:
    return _at(_down(y, np.array([value]))[0])


def _path(line: Line, x: Scale, y: Scale) -> str:
    """Of each unit across the least and the greatest value; a stretch between values that are not finite is one line.

    Each stretch begins with a line of no length, which makes a dot of one that has a single point.
    """
    kept = envelope(x.place(line.places, ACROSS), line.values, ACROSS)
    parts = (_points(line.places[some], line.values[some], x, y) for some in stretches(kept, line.values))
    return "".join(f"M{points[0]}h0" + "".join(f"L{point}" for point in points[1:]) for points in parts)


def _band(line: Line, half: "Floats", x: Scale, y: Scale) -> Element:
    """The area between both ends of the band, which keeps the least and the greatest of either."""
    low, high = line.values - half, line.values + half
    kept = np.union1d(*(envelope(x.place(line.places, ACROSS), end, ACROSS) for end in (low, high)))
    areas = (
        _points(line.places[some], high[some], x, y) + _points(line.places[some], low[some], x, y)[::-1]
        for some in stretches(kept, half)
    )
    return element("path", d="".join(f"M{'L'.join(points)}Z" for points in areas), class_=f"band s{line.slot}")


def _points(places: "Floats", values: "Floats", x: Scale, y: Scale) -> list[str]:
    return [f"{_at(across)} {_at(down)}" for across, down in zip(_across(x, places), _down(y, values), strict=True)]


def _across(x: Scale, places: "Floats") -> "Floats":
    return LEFT + x.place(places, ACROSS + 1)


def _down(y: Scale, values: "Floats") -> "Floats":
    return TOP + DOWN - y.place(values, DOWN + 1)


def _at(place: float) -> str:
    return f"{place:.1f}"
