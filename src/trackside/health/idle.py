"""A graphics card that was busy has nothing to do."""

import numpy as np

from trackside.health.curve import Curve
from trackside.model.health import Finding

_BUSY = 20.0
_IDLE = 5.0
_SECONDS = 600


def idle(curve: Curve) -> Finding | None:
    """A card that was in use by 20 % and more has been in use by less than 5 % for the last ten minutes."""
    shape = curve.shape
    if not len(shape):
        return None
    starts = shape.cells["place"] << shape.width
    busy = np.flatnonzero(shape.cells["high"] >= _BUSY)
    if not len(busy):
        return None
    since = int(busy[-1]) + 1
    ends = int(starts[-1]) + (1 << shape.width)
    if since == len(shape) or ends - int(starts[since]) < _SECONDS or float(shape.level[since:].max()) >= _IDLE:
        return None
    step = int(shape.cells["high_at"][since - 1])
    minutes = (ends - int(starts[since])) // 60
    card = curve.metric.removeprefix("system/").rpartition(".")[0]
    sentence = f"{card} has had nothing to do for {minutes:,} minutes, since step {step:,}."
    return Finding(f"idle:{card}", sentence, step)
