"""A training loss rises far above its best, and stays there."""

import math

import numpy as np

from trackside.health.curve import Curve, middle, noise, told
from trackside.model.health import Finding

_FEWEST = 12
_TOGETHER = 5
_LOST = 0.5
_RATIO = math.log(1.5)
_SIGMAS = 4.0
_NOISE_CELLS = 12


def divergence(curve: Curve) -> Finding | None:
    """From its best on, half of what had been gained was lost again, and more than noise."""
    shape = curve.shape
    if len(shape) < _FEWEST or not curve.is_positive():
        return None
    level = np.log(shape.level)
    smooth = np.convolve(level, np.ones(_TOGETHER) / _TOGETHER, mode="valid")
    best = int(smooth[:-_TOGETHER].argmin())
    rise = float(level[-_TOGETHER:].min() - smooth[best])
    gain = float(smooth[: best + 1].max() - smooth[best])
    if rise < max(_LOST * gain, _RATIO):
        return None
    low, high = np.log(shape.cells["low"]), np.log(shape.cells["high"])
    if rise < _SIGMAS * middle(noise(shape, low, high)[-_NOISE_CELLS:]):
        return None
    step = shape.start(int(np.flatnonzero(level < smooth[best] + rise / 2)[-1]))
    was, now = told(math.exp(smooth[best])), told(float(shape.level[-_TOGETHER:].mean()))
    sentence = f"{curve.metric} rose from {was} to {now} from about step {step:,} on, and stays there: it diverges."
    return Finding(f"divergence:{curve.metric}", sentence, step)
