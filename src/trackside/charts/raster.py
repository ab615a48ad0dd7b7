"""From points in pixels to characters: several dots a cell, as braille, as quarter blocks or as plain ASCII.

It knows neither axes nor colours. Row 0 of everything here is the bottom row.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trackside.charts.arrays import Flags, Floats
from trackside.charts.clip import Segments
from trackside.charts.spec import Charset, Stroke

Dots: TypeAlias = Flags

DENSITY: dict[Charset, tuple[int, int]] = {"braille": (2, 4), "blocks": (2, 2), "ascii": (1, 3)}
"""Dots across and up in a cell."""
_BRAILLE_BITS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))
_BRAILLE = np.array([chr(0x2800 + bits) if bits else " " for bits in range(256)])
_BLOCKS = np.array(list(" ▖▗▄▘▌▚▙▝▞▐▟▀▛▜█"))
_ASCII = np.array(list(" .-:'|:|"))
_WEIGHTS: dict[Charset, NDArray[np.int64]] = {
    "braille": np.array(_BRAILLE_BITS, dtype=np.int64),
    "blocks": np.array([[1, 2], [4, 8]], dtype=np.int64),
    "ascii": np.array([[1], [2], [4]], dtype=np.int64),
}
_GLYPHS: dict[Charset, NDArray[np.str_]] = {"braille": _BRAILLE, "blocks": _BLOCKS, "ascii": _ASCII}
_DOTTED = {"braille": (2, 4), "blocks": (1, 2), "ascii": (1, 2)}
"""How many dots of how many in a row a dotted line has."""
_MOST_DOTS = 1_000_000
"""Beyond so many dots along its lines a tangle is drawn by its points alone."""


def lines(segments: Segments, width: int, height: int, stroke: Stroke, charset: Charset) -> Dots:
    """The dots of the segments, which lie within `width` × `height` pixels."""
    dots = np.zeros((height, width), dtype=bool)
    steps = np.maximum(np.abs(segments.x1 - segments.x0), np.abs(segments.y1 - segments.y0))
    counts = np.ceil(steps).astype(np.int64) + 1
    total = int(counts.sum())
    if total == 0:
        return dots
    if total > _MOST_DOTS:
        return points(segments.x0, segments.y0, width, height)
    which = np.repeat(np.arange(len(counts)), counts)
    along = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    part = along / np.maximum(counts - 1, 1)[which]
    across = np.rint(segments.x0[which] + part * (segments.x1 - segments.x0)[which]).astype(np.int64)
    up = np.rint(segments.y0[which] + part * (segments.y1 - segments.y0)[which]).astype(np.int64)
    if stroke == "dotted":
        moved = np.cumsum((np.diff(across, prepend=across[0]) != 0) | (np.diff(up, prepend=up[0]) != 0))
        on, of = _DOTTED[charset]
        drawn = moved % of < on
        across, up = across[drawn], up[drawn]
    dots[up, across] = True
    return dots


def points(x: Floats, y: Floats, width: int, height: int, size: int = 1) -> Dots:
    """Points as squares of `size` dots; those outside the canvas are left out."""
    dots = np.zeros((height, width), dtype=bool)
    with np.errstate(invalid="ignore"):
        within = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    across, up = np.rint(x[within]).astype(np.int64), np.rint(y[within]).astype(np.int64)
    for aside in range(size):
        for above in range(size):
            dots[np.minimum(up + above, height - 1), np.minimum(across + aside, width - 1)] = True
    return dots


def cells(dots: Dots, charset: Charset) -> NDArray[np.str_]:
    """The characters of the dots, one a cell, a blank where there is none."""
    across, up = DENSITY[charset]
    rows, columns = dots.shape[0] // up, dots.shape[1] // across
    boxes = dots.reshape(rows, up, columns, across)
    codes = np.einsum("ruca,ua->rc", boxes.astype(np.int64), _WEIGHTS[charset])
    return np.asarray(_GLYPHS[charset][codes])
