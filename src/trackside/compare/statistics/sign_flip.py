"""The sign-flip permutation test of paired differences, and the interval that inverts it.

If the sides are exchangeable, each unit's difference could as well have had the other sign (Fisher 1935, section 21).
A unit is an example, or a whole group of examples that belong together. The same flips, turned against every shift of
the differences, give the interval: a shift is refused where the mean of the flipped units lies beyond it, so that the
limits are order statistics of means over random halves (Hartigan 1969). Hence the interval leaves out 0 exactly where
p is at most alpha. To flip none or all refuses nothing.
"""

import math
from collections.abc import Iterable

import msgspec
import numpy as np

from trackside.compare.statistics.difference import Flags, Floats, Interval

_ROUNDING = 1e-9
"""Sums that differ by less than this share of all absolute differences are one sum, rounded twice."""


class Flipped(msgspec.Struct, frozen=True):
    """The p of no difference, and the interval of the mean difference."""

    p: float
    interval: Interval


def sign_flip(sums: Floats, sizes: Floats, flips: Iterable[Flags], alpha: float) -> Flipped:
    """Tests the mean of all differences against 0. `sums` and `sizes` are those of each unit, of one length.

    `flips` are rows of which units to flip: random ones, or every one but that which flips none. As seen counts as one
    more, so that p is never 0.
    """
    units = np.column_stack([sums, sizes])
    total, size = units.sum(axis=0)
    tolerance = _ROUNDING * float(np.abs(sums).sum())
    as_far = 0
    lower, upper = [], []
    for rows in flips:
        flipped, of = (rows.astype(np.float64) @ units).T
        as_far += int(np.count_nonzero(np.abs(total - 2 * flipped) >= abs(total) - tolerance))
        with np.errstate(divide="ignore", invalid="ignore"):
            means = np.stack([flipped / of, (total - flipped) / (size - of)])
        some = (of > 0) & (of < size)
        lower.append(np.where(some, means.min(axis=0), -np.inf))
        upper.append(np.where(some, means.max(axis=0), np.inf))
    lows, highs = np.concatenate(lower), np.concatenate(upper)
    refused = math.floor(alpha * (len(lows) + 1) * (1 + _ROUNDING))
    if not 1 <= refused <= len(lows):
        raise ValueError(f"{len(lows)} resamples cannot tell a p of {alpha}")
    return Flipped(
        p=(1 + as_far) / (len(lows) + 1),
        interval=(
            float(np.partition(lows, refused - 1)[refused - 1]),
            float(np.partition(highs, len(highs) - refused)[len(highs) - refused]),
        ),
    )
