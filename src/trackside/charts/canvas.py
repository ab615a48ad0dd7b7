"""The curves of a chart on a canvas of cells: reduced, clipped, turned into dots, and put over one another.

Curves that cross in a cell share its dots, so that none loses any. Where they go on together they take turns in giving
the colour, so that none seems to end. The lifted curve is drawn last and has its cells for itself; what lies behind a
curve shows only where no curve is.
"""

from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackside.charts.arrays import Flags, Floats, Indices, chosen
from trackside.charts.axis import Scale
from trackside.charts.band import shade
from trackside.charts.clip import clipped
from trackside.charts.raster import DENSITY, Dots, cells, lines, points
from trackside.charts.reduce import broken, envelope
from trackside.charts.spec import Charset, Curve

NOBODY = -1
_TURN = 4
"""Columns in which one of several curves that share cells gives these their colour."""
_BETWEEN, _ASIDE = 24, 7
"""Columns between two stations of a curve, and between those of one curve and of the next."""

Place: TypeAlias = tuple[int, int]
"""The row and the column of a cell."""


class Canvas(msgspec.Struct, frozen=True):
    """`glyphs[row, column]`, row 0 lowest; whose each cell is: `owner` is a curve's number in the order given.

    `faint` cells show a curve's band, or the raw values of one that was smoothed. `shown` of `total` points in the
    range were drawn; `above` and `below` count those past the y axis, `unplaced_x` and `unplaced_y` those at 0 or below
    for which that axis, being logarithmic, has no place; `stations` are cells of each curve, its last one among
    them.
    """

    glyphs: NDArray[np.str_]
    owner: NDArray[np.int64]
    faint: Flags
    shown: int
    total: int
    above: int
    below: int
    unplaced_x: int
    unplaced_y: int
    stations: tuple[tuple[Place, ...], ...]


class _Drawn(msgspec.Struct, frozen=True):
    dots: Dots
    behind: Dots | None
    shown: int
    total: int
    above: int
    below: int
    unplaced_x: int
    unplaced_y: int
    stations: tuple[Place, ...]


def canvas(
    curves: list[Curve], lifted: int | None, x: Scale, y: Scale, columns: int, rows: int, charset: Charset
) -> Canvas:
    """Draw the curves, the lifted one on top."""
    across, up = DENSITY[charset]
    drawn = [
        _draw(curve, x, y, columns * across, rows * up, charset, number * _ASIDE % _BETWEEN)
        for number, curve in enumerate(curves)
    ]
    order = [number for number in range(len(curves)) if number != lifted]
    dots = np.zeros((rows * up, columns * across), dtype=bool)
    for number in order:
        dots |= drawn[number].dots
    owner = _owners({number: _touched(drawn[number].dots, across, up) for number in order}, rows, columns)
    glyphs = cells(dots, charset)
    if lifted is not None:
        mine = _touched(drawn[lifted].dots, across, up)
        glyphs[mine] = cells(drawn[lifted].dots, charset)[mine]
        owner[mine] = lifted
    faint = np.zeros((rows, columns), dtype=bool)
    free = owner == NOBODY
    for number in range(len(curves)):
        behind = drawn[number].behind
        if behind is not None:
            mine = _touched(behind, across, up) & free
            glyphs[mine] = cells(behind, charset)[mine]
            owner[mine] = number
            faint |= mine
    return Canvas(
        glyphs,
        owner,
        faint,
        shown=sum(one.shown for one in drawn),
        total=sum(one.total for one in drawn),
        above=sum(one.above for one in drawn),
        below=sum(one.below for one in drawn),
        unplaced_x=sum(one.unplaced_x for one in drawn),
        unplaced_y=sum(one.unplaced_y for one in drawn),
        stations=tuple(one.stations for one in drawn),
    )


def _owners(touched: dict[int, Flags], rows: int, columns: int) -> NDArray[np.int64]:
    """Whose each cell is, of the curves that touch it."""
    owner = np.full((rows, columns), NOBODY, dtype=np.int64)
    sharing = np.zeros((rows, columns), dtype=np.int64)
    for mine in touched.values():
        sharing += mine
    others_first = np.arange(columns) // _TURN % np.maximum(sharing, 1)
    for number, mine in touched.items():
        owner[mine & (others_first == 0)] = number
        others_first -= mine
    return owner


def _draw(curve: Curve, x: Scale, y: Scale, width: int, height: int, charset: Charset, first: int) -> _Drawn:
    """The curve in dots; `first` is the column from which its stations are counted."""
    across = x.place(curve.x, width)
    up = y.place(curve.y, height)
    dots, kept = _stroke(curve, across, up, width, height, charset)
    behind = None
    if curve.half is not None:
        low, high = (y.place(end, height) for end in (curve.y - curve.half, curve.y + curve.half))
        behind = shade(across, low, high, width, height, charset)
    elif curve.behind is not None:
        behind, _ = _stroke(curve, across, y.place(curve.behind, height), width, height, charset)
    with np.errstate(invalid="ignore"):
        within = (across > -0.5) & (across < width - 0.5)
        above, below = within & (up > height - 0.5), within & (up < -0.5)
        visible = within & ~above & ~below & np.isfinite(up)
    return _Drawn(
        dots,
        behind,
        shown=int(np.count_nonzero(within[kept])),
        total=int(np.count_nonzero(within & np.isfinite(up))) if curve.of is None else curve.of,
        above=int(np.count_nonzero(above)),
        below=int(np.count_nonzero(below)),
        unplaced_x=int(np.count_nonzero(np.isfinite(curve.y) & (curve.x <= 0))) if x.log else 0,
        unplaced_y=int(np.count_nonzero(within & (curve.y <= 0))) if y.log else 0,
        stations=_stations(chosen(across, visible), chosen(up, visible), width, charset, first),
    )


def _stations(across: Floats, up: Floats, width: int, charset: Charset, first: int) -> tuple[Place, ...]:
    """Cells of the last point and of some points before it, about `_BETWEEN` columns apart."""
    if not len(across):
        return ()
    dense_x, dense_y = DENSITY[charset]
    wanted = np.arange(first * dense_x, width, _BETWEEN * dense_x)
    ordered = bool((across[1:] >= across[:-1]).all())
    passed = np.searchsorted(across, wanted) if ordered else np.empty(0, dtype=np.intp)
    met = {*passed[(passed > 0) & (passed < len(across))].tolist(), len(across) - 1}
    return tuple((round(up[point]) // dense_y, round(across[point]) // dense_x) for point in sorted(met))


def _stroke(
    curve: Curve, across: Floats, up: Floats, width: int, height: int, charset: Charset
) -> tuple[Dots, Indices]:
    kept = envelope(across, up, width)
    if len(kept) == 0:
        return np.zeros((height, width), dtype=bool), kept
    joined = ~broken(kept, up)
    along, over = across[kept], up[kept]
    dots = lines(clipped(along, over, joined, width, height), width, height, curve.stroke, charset)
    alone = ~(np.append(joined, False) | np.insert(joined, 0, False))
    dots |= points(along[alone], over[alone], width, height, size=min(DENSITY[charset]))
    return dots, kept


def _touched(dots: Dots, across: int, up: int) -> Flags:
    rows, columns = dots.shape[0] // up, dots.shape[1] // across
    return np.asarray(dots.reshape(rows, up, columns, across).any(axis=(1, 3)))
