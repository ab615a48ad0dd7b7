"""A curve in few of its points, for a screen: none of its spikes is lost, and where it breaks can be seen.

It knows arrays, no file. Which points are kept depends on the curve alone.
"""

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

if TYPE_CHECKING:
    from trackside.store.curves import Series
    from trackside.store.decode import Floats, Steps

MOST_POINTS = 2_000
"""About so many are kept: more than two for each column of dots of a wide terminal."""


def outlined(series: "Series", most: int = MOST_POINTS) -> "Series":
    """The series in about `most` of its points; the same one where it has no more.

    The steps are parted evenly: of each part the least and the greatest value are kept; and the first and the last
    point of all, and of each stretch of values that are not finite.
    """
    if len(series) <= most:
        return series
    kept = _kept(series.step, series.value, most // 2)
    return replace(series, step=series.step[kept], time=series.time[kept], value=series.value[kept], of=series.points)


def _kept(step: "Steps", value: "Floats", parts: int) -> "Steps":
    finite = np.isfinite(value)
    turns = np.flatnonzero(np.diff(finite))[:parts]
    seen = np.concatenate([[0, len(step) - 1], turns, turns + 1])
    usable = np.flatnonzero(finite)
    if not len(usable):
        return np.unique(seen)
    places = step[usable].astype(np.float64) - float(step[0])
    part = np.minimum(places / max(1.0, float(step[-1]) - float(step[0])) * parts, parts - 1).astype(np.int64)
    first = np.flatnonzero(np.diff(part, prepend=-1))
    last = np.append(first[1:], len(usable)) - 1
    order = usable[np.lexsort((value[usable], part))]
    return np.unique(np.concatenate([order[first], order[last], seen]))
