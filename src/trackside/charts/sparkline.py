"""Sparklines: a curve in one row of block characters."""

import numpy as np

from trackside.charts.arrays import Floats
from trackside.charts.axis import spanning

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-=^"
_GAP = {BLOCKS: "·", ASCII: "x"}


def sparkline(
    values: Floats, width: int, *, ascii_only: bool = False, bounds: tuple[float, float] | None = None
) -> str:
    """The curve in at most `width` characters: each the mean of its share of the points, a gap where none is finite.

    The lowest and the highest character are those of the curve's own ends, or of `bounds`.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) == 0 or width < 1:
        return ""
    steps = ASCII if ascii_only else BLOCKS
    shares = np.array_split(values, min(width, len(values)))
    means = np.array([_mean(share) for share in shares])
    finite = means[np.isfinite(means)]
    if len(finite) == 0:
        return _GAP[steps] * len(means)
    low, high = (float(finite.min()), float(finite.max())) if bounds is None else bounds
    if low == high:
        levels = np.full(len(means), float(len(steps) // 2))
    else:
        levels = np.rint(spanning(low, high).place(means, len(steps)))
    return "".join(
        _GAP[steps] if np.isnan(mean) else steps[int(np.clip(level, 0, len(steps) - 1))]
        for mean, level in zip(means, levels, strict=True)
    )


def _mean(share: Floats) -> float:
    finite = share[np.isfinite(share)]
    return float(np.mean(finite / len(finite)) * len(finite)) if len(finite) else np.nan
