"""The loss on held-out data rises while the training loss falls."""

import numpy as np

from trackside.health.curve import Curve, middle, noise, told
from trackside.health.shape import Shape
from trackside.model.health import Finding

_FEWEST = 8
_LAST = 3
_LOSS = 1.1
_SIGMAS = 3.0


def overfitting(training: Curve, held_out: Curve) -> Finding | None:
    """Prechelt's generalisation loss over 10 %, in the last three cells, while training went on to get better."""
    shape = held_out.shape
    if len(shape) < _FEWEST or not (training.is_positive() and held_out.is_positive()):
        return None
    level = shape.level
    smooth = np.convolve(level, np.ones(_LAST) / _LAST, mode="valid")
    best = int(smooth[:-_LAST].argmin())
    lowest, now = float(smooth[best]), float(level[-_LAST:].min())
    if now < _LOSS * lowest or now - lowest < _SIGMAS * middle(noise(shape, level, level)):
        return None
    then, latest = _level_at(training.shape, shape.start(best + 1)), float(training.shape.level[-_LAST:].mean())
    if latest >= then or held_out.low is None or held_out.low_at is None:
        return None
    step = held_out.low_at
    rose = f"{held_out.metric} rose from {told(held_out.low)} to {told(float(level[-_LAST:].mean()))}"
    sentence = f"Overfitting since step {step:,}: {rose}, while {training.metric} went on to fall."
    return Finding(f"overfitting:{held_out.metric}", sentence, step)


def _level_at(shape: Shape, step: int) -> float:
    """The level of the cells around a step."""
    at = int(np.searchsorted(shape.cells["place"] << shape.width, step, side="right")) - 1
    return float(shape.level[max(0, at - 1) : max(0, at) + 2].mean())
