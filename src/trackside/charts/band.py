"""The band round a curve as a loose pattern of dots, as wide as both of its ends ever are within a column."""

import numpy as np

from trackside.charts.arrays import Floats
from trackside.charts.raster import DENSITY, Dots
from trackside.charts.reduce import envelope, stretches
from trackside.charts.spec import Charset

_PATTERN: dict[Charset, tuple[tuple[int, int], ...]] = {
    "braille": ((0, 0), (1, 2)),
    "blocks": ((0, 0),),
    "ascii": ((0, 0),),
}
"""Which dots of a cell (across, up) are drawn."""


def shade(across: Floats, low: Floats, high: Floats, width: int, height: int, charset: Charset) -> Dots:
    """The dots between a band's ends, in pixels, over places `across`, which rise; none where an end is missing."""
    area = np.zeros((height, width), dtype=bool)
    known = np.isfinite(low) & np.isfinite(high)
    ends = [np.where(known, end, np.nan) for end in (low, high)]
    kept = np.union1d(*(envelope(across, end, width) for end in ends))
    rows = np.arange(height)[:, None]
    for some in stretches(kept, ends[0]):
        along = np.clip(np.rint(across[some]), -1, width).astype(np.int64)
        columns = np.arange(max(along[0], 0), min(along[-1], width - 1) + 1)
        inside = (along >= 0) & (along < width)
        bottom, top = (np.interp(columns, across[some], end[some]) for end in ends)
        np.minimum.at(bottom, along[inside] - columns[:1], low[some[inside]])
        np.maximum.at(top, along[inside] - columns[:1], high[some[inside]])
        area[:, columns] = (rows >= np.rint(bottom)) & (rows <= np.rint(top))
    return area & _pattern(width, height, charset)


def _pattern(width: int, height: int, charset: Charset) -> Dots:
    across, up = DENSITY[charset]
    dots = np.zeros((height, width), dtype=bool)
    for column, row in _PATTERN[charset]:
        dots[row::up, column::across] = True
    return dots
