"""A loss or a gradient is exactly the same, point after point."""

import numpy as np

from trackside.health.curve import Curve, told
from trackside.model.health import Finding

_FEWEST = 50
_SHARE = 0.1


def flat(curve: Curve) -> Finding | None:
    """The last 50 points at least, and a tenth of the run, are one and the same number."""
    cells = curve.shape.cells
    if not len(cells):
        return None
    value = float(cells["high"][-1])
    same = (cells["low"] == value) & (cells["high"] == value)
    moved = np.flatnonzero(~same)
    first = int(moved[-1]) + 1 if len(moved) else 0
    points = int(cells["count"][first:].sum())
    if points < max(_FEWEST, _SHARE * curve.shape.count):
        return None
    step = curve.shape.start(first)
    what = "0" if value == 0 else told(value)
    since = f"since about step {step:,}" if first else "from the start"
    return Finding(f"flat:{curve.metric}", f"{curve.metric} is exactly {what} {since}.", step)
