"""Below the canvas: the line of the x axis with its ticks and its marks, and under it each tick's label."""

from collections.abc import Sequence

import numpy as np

from trackside.charts import cells
from trackside.charts.axis import Scale
from trackside.charts.spec import Curve, Segment

Ticks = list[tuple[float, str]]
Row = tuple[Segment, ...]

_MARKS = {"note": "◆", "nan": "×", "inf": "×", "gap": "~", "resume": "↻", "signal": "!"}
_PLAIN_MARKS = {"note": "n", "nan": "x", "inf": "x", "gap": "~", "resume": "r", "signal": "!"}


def axis_line(line: str, ticks: Ticks, shown: Sequence[Curve], x: Scale, left: int, *, plain: bool) -> Row:
    """The line with the ticks on it, and over them notes, values that are no numbers, gaps, and resumes."""
    columns = len(line) - left
    signs = list(line)
    for cell in _cells(x, [value for value, _ in ticks], columns):
        signs[left + cell] = "+" if plain else "┬"
    styles = ["muted"] * len(line)
    for curve in shown:
        places = x.place(np.array([mark.x for mark in curve.marks], dtype=np.float64), columns)
        for mark, place in zip(curve.marks, places, strict=True):
            if -0.5 < place < columns - 0.5:
                signs[left + round(float(place))] = (_PLAIN_MARKS if plain else _MARKS)[mark.kind]
                styles[left + round(float(place))] = "mark"
    return tuple(Segment(sign, style) for sign, style in zip(signs, styles, strict=True))


def labels(name: str, ticks: Ticks, x: Scale, left: int, columns: int) -> Row:
    """Each label under its tick, as far as it has room, and the name of the axis left of them where it fits."""
    row = f"{name:>{left - 1}} " if len(name) < left else " " * left
    for (_, label), cell in zip(ticks, _cells(x, [value for value, _ in ticks], columns), strict=True):
        start = max(left, min(left + cell - len(label) // 2, left + columns - len(label)))
        if start >= len(row) and start + len(label) <= left + columns:
            row = row.ljust(start) + label + " "
    return (Segment(cells.padded(row.rstrip(), left + columns), "muted"),)


def _cells(x: Scale, values: Sequence[float], columns: int) -> list[int]:
    places = x.place(np.array(values, dtype=np.float64), columns)
    return [int(place) for place in np.clip(np.rint(places), 0, columns - 1)]
