"""The min/max envelope: from any number of points to at most two a column, without losing a spike.

Which points of a curve are kept depends on the curve and the columns alone, never on the other curves of the chart.
"""

import numpy as np

from trackside.charts.arrays import Flags, Floats, Indices


def envelope(places: Floats, values: Floats, columns: int) -> Indices:
    """Indices of the points to draw, ascending: of each visit to a column its least and its greatest value.

    `places` are pixels along the x axis, `values` what lies over them. Of the points left and right of the columns
    one of each visit is kept, so that the line leaves the canvas where it should. Points without a place or a finite
    value are dropped.
    """
    known = np.isfinite(places) & np.isfinite(values)
    if not known.all():
        usable = np.flatnonzero(known)
        return np.asarray(usable[envelope(places[usable], values[usable], columns)])
    if len(places) == 0:
        return np.empty(0, np.int64)
    column = np.rint(places)
    np.clip(column, -1, columns, out=column)
    first = np.append(0, np.flatnonzero(column[1:] != column[:-1]) + 1)
    kept = np.zeros(len(column), np.bool_)
    for extreme in (np.minimum, np.maximum):
        kept[_first_of_each(values, first, extreme)] = True
    kept &= (column >= 0) & (column < columns)
    last = np.append(first[1:], len(column)) - 1
    outside = (column[first] < 0) | (column[first] >= columns)
    kept[first[outside]] = kept[last[outside]] = True
    return np.flatnonzero(kept)


def broken(kept: Indices, values: Floats) -> Flags:
    """For each kept point but the first: whether a value that is not finite lies between it and the one before."""
    holes = np.cumsum(~np.isfinite(values))
    return np.asarray(np.diff(holes[kept]) > 0)


def stretches(kept: Indices, values: Floats) -> list[Indices]:
    """The kept points, parted where a value that is not finite lies between two of them."""
    return np.split(kept, np.flatnonzero(broken(kept, values)) + 1) if len(kept) else []


def _first_of_each(values: Floats, first: Indices, extreme: np.ufunc) -> Indices:
    """Of each stretch, which begin at `first`, the first of its extremes."""
    wanted = np.repeat(extreme.reduceat(values, first), np.diff(first, append=len(values)))
    hits = np.flatnonzero(values == wanted)
    return np.asarray(hits[np.searchsorted(hits, first)])
