"""Histograms as a picture: a strip of shades over steps, or the bars of the only one there is."""

from itertools import groupby, pairwise

import numpy as np

from trackside.charts import axis, cells
from trackside.charts.arrays import Indices
from trackside.charts.axis import Scale
from trackside.charts.colours import dimmed, exact
from trackside.charts.histogram.shares import shares
from trackside.charts.histogram.spec import Columns, HistogramSpec, columns
from trackside.charts.spec import Picture, Segment
from trackside.model.histogram import LoggedHistogram
from trackside.model.numerals import whole

_COLOURS = 8
_FAINTEST = 0.2
_SIGNS = " ░▒▓█"
_PLAIN_SIGNS = " .:-=+*#%@"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BELOW = 3
_MOST_TOLD = 5
_ROWS_A_LABEL = 4

Row = tuple[Segment, ...]


def draw(spec: HistogramSpec) -> Picture:
    """The histograms in the cells that there are."""
    held = [one for one in spec.histograms.logged if one.total]
    if not held or spec.height <= _BELOW or spec.width <= gutter(spec):
        return Picture(((Segment("" if held else "no finite value in it", "muted"),),))
    return Picture(tuple(_bars(spec, held[0]) if len(spec.histograms.logged) == 1 else _strip(spec)))


def parts(spec: HistogramSpec) -> Columns:
    """How the histograms share the columns of the strip."""
    return columns(len(spec.histograms.logged), spec.width - gutter(spec))


def gutter(spec: HistogramSpec) -> int:
    """The cells left of the strip, for the labels of values."""
    return max((cells.width(label) for _, label in _values(spec)), default=0) + 1


def _values(spec: HistogramSpec) -> list[tuple[float, str]]:
    return axis.ticks(_scale(spec), max(2, (spec.height - _BELOW) // _ROWS_A_LABEL))


def _scale(spec: HistogramSpec) -> Scale:
    return axis.spanning(spec.histograms.low, spec.histograms.high)


def _strip(spec: HistogramSpec) -> list[Row]:
    rows, left, across = spec.height - _BELOW, gutter(spec), parts(spec)
    halves = 2 if spec.colour and spec.charset != "ascii" else 1
    found = shares(spec.histograms, spec.width - left, rows * halves)
    most = float(found.max())
    levels = len(_shades(spec)) - 1
    shade = np.where(found > 0, np.clip(np.ceil(np.sqrt(found / most) * levels), 1, levels), 0).astype(np.intp)
    shade = np.repeat(shade, np.diff([across.start(column) for column in range(across.count + 1)]), axis=0).T[::-1]
    labels = _labels(spec, rows)
    drawn = [
        (Segment(f"{labels.get(row, ''):>{left - 1}} ", "muted"), *_row(spec, shade[row * halves : (row + 1) * halves]))
        for row in range(rows)
    ]
    return [*drawn, _cursor(spec, left, across), _steps(spec, left, across), _legend(spec, left, most, across)]


def _labels(spec: HistogramSpec, rows: int) -> dict[int, str]:
    """The labels of values by the rows, from the top, in which these are."""
    values = _values(spec)
    above = _scale(spec).place(np.array([value for value, _ in values]), rows + 1).tolist()
    return {max(0, rows - 1 - int(place)): label for place, (_, label) in zip(above, values, strict=True)}


def _shades(spec: HistogramSpec) -> list[str]:
    """From nothing to the most: colours, or characters where there are none."""
    if not spec.colour:
        return list(_PLAIN_SIGNS if spec.charset == "ascii" else _SIGNS)
    faded = (1 - _FAINTEST - (1 - _FAINTEST) * at / (_COLOURS - 1) for at in range(_COLOURS))
    return list(dict.fromkeys((spec.ground, *(exact(dimmed(spec.colour, spec.ground, part)) for part in faded))))


def _row(spec: HistogramSpec, shade: Indices) -> Row:
    """One row of cells, of which each has one shade or two."""
    shades = _shades(spec)
    if not spec.colour:
        return (Segment("".join(shades[level] for level in shade[0].tolist())),)
    found = []
    for levels, same in groupby(zip(*shade.tolist(), strict=True)):
        count = sum(1 for _ in same)
        above, below = shades[levels[0]], shades[levels[-1]]
        found.append(
            Segment(" " * count, f"on {below}") if above == below else Segment("▀" * count, f"{above} on {below}")
        )
    return tuple(found)


def _cursor(spec: HistogramSpec, left: int, across: Columns) -> Row:
    line, sign = ("-", "^") if spec.charset == "ascii" else ("─", "▲")
    column = min(spec.column, across.count - 1)
    start, end = across.start(column), across.start(column + 1)
    return (
        Segment(" " * left + line * start, "muted"),
        Segment(sign * (end - start), "mark"),
        Segment(line * (across.cells - end), "muted"),
    )


def _steps(spec: HistogramSpec, left: int, across: Columns) -> Row:
    """The step of each column, as far as there is room."""
    row = f"{'step':>{left - 1}} " if left > len("step") else " " * left
    for column in range(across.count):
        label = axis.number(spec.histograms.logged[column * across.each].step)
        middle = (across.start(column) + across.start(column + 1)) // 2
        start = min(max(left, left + middle - len(label) // 2), left + across.cells - len(label))
        if start >= len(row):
            row = f"{row.ljust(start)}{label}  "
    return (Segment(row.rstrip(), "muted"),)


def _legend(spec: HistogramSpec, left: int, most: float, across: Columns) -> Row:
    """Of what the shades are parts, and which shade is which part, as far as there is room: the most always."""
    shades = _shades(spec)
    last = len(shades) - 1
    words = "share of a step:" if across.each == 1 else f"mean of {across.each:,} steps:"
    told = [(shades[level], f" {most * (level / last) ** 2:.1%}") for level in range(1, last + 1)]
    sign = "  " if spec.colour else ""
    width = max(len(sign), 1) + max(len(part) for _, part in told) + 1
    count = max(1, min(len(told), _MOST_TOLD, (spec.width - left - len(words)) // width))
    found = [Segment(f"{'':{left}}{words}", "muted")]
    for place in range(count):
        shade, part = told[last - 1 - place * last // count]
        found[1:1] = [Segment(" "), Segment(sign or shade, f"on {shade}" if sign else ""), Segment(part, "muted")]
    return tuple(found)


def _bars(spec: HistogramSpec, one: LoggedHistogram) -> list[Row]:
    """A bar for each bin, the least values at the bottom; bins are put together where there are more than rows."""
    each = -(-len(one.counts) // spec.height)
    counts = [sum(one.counts[start : start + each]) for start in range(0, len(one.counts), each)]
    edges = axis.numbers([*one.all_edges()[:-1:each], one.edges[-1]])
    names = [f"{low} to {high}" for low, high in pairwise(edges)]
    said = [whole(count) if count == int(count) else axis.number(count) for count in counts]
    left, right = max(map(len, names)), max(map(len, said))
    room = max(1, spec.width - left - right - 2)
    most = max(counts)
    drawn: list[Row] = [
        (
            Segment(f"{name:>{left}} ", "muted"),
            Segment(_bar(count / most * room, spec.charset == "ascii").ljust(room + 1), spec.colour),
            Segment(f"{words:>{right}}"),
        )
        for name, count, words in zip(names, counts, said, strict=True)
    ]
    return drawn[::-1]


def _bar(length: float, plain: bool) -> str:
    if plain:
        return "#" * max(1, round(length)) if length else ""
    eighths = max(1, round(length * 8)) if length else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
