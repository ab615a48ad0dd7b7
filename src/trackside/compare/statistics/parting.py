"""Where two methods' curves part: the first step from which their difference stays outside a simultaneous band.

It stays outside where it is beyond the same side of the band at `RUNNING` evaluations in a row, or more. Whether it
stays so to the last evaluation is told apart from that: curves that part early may come together again.

The band is that of the largest |Welch t| over all steps (max-t, Westfall & Young 1993), so that it holds for the whole
curve at once. Three seeds on a side have too few permutations for that; so the largest t is that of normal curves with
the spread and the correlation over steps that each side's seeds show. A correlation seen in a few seeds is seen too
high, which would make the band too narrow: it is shrunk towards none by the rule of Schäfer & Strimmer (2005).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.random import PCG64

from trackside.compare.places import scaled, squared_errors
from trackside.compare.statistics.difference import ALPHA, Floats
from trackside.compare.statistics.draws import seed_of
from trackside.compare.statistics.replicates import FEWEST

RUNNING = 3
"""Evaluations in a row, outside of the band on one side, without which nothing is called parted."""

_DRAWS = 2_000
_AT_ONCE = 4_000_000
"""Random values that are held at one time."""


class Parting(msgspec.Struct, frozen=True):
    """The difference (candidate − baseline) and the band's half width at each step; `step` is where the curves part.

    `step` is None where they do not, or where `why_not` says that nothing was tested. `for_good` is the first step from
    which they stay apart to the last one: `step` itself, a later one, or None where they end together. `left_out` steps
    had a seed without a finite value, or no spread; they neither part nor hold together.
    """

    step: float | None
    for_good: float | None
    steps: Floats
    delta: Floats
    half: Floats
    left_out: int = 0
    why_not: str | None = None


def parting(steps: Sequence[float] | Floats, baseline: Floats, candidate: Floats, *, alpha: float = ALPHA) -> Parting:
    """Where curves part that were evaluated at the same `steps`; `baseline` and `candidate` are seeds × steps.

    Time grows with seeds × steps: ten seeds of a thousand steps take about a second.
    """
    when = np.asarray(steps, np.float64)
    sides = [np.asarray(side, np.float64).reshape(-1, len(when)) for side in (baseline, candidate)]
    if min(map(len, sides)) < FEWEST:
        return Parting(None, None, when, *_nothing(), why_not=f"replicates needed: {FEWEST} seeds on each side")
    small = scaled(*sides)
    left_out = int(np.count_nonzero(~small.usable))
    when = when[small.usable]
    if len(when) < RUNNING:
        why_not = f"{len(when)} of {RUNNING} evaluations with values that differ between seeds"
        return Parting(None, None, when, *_nothing(), left_out, why_not)
    delta, error = _difference(small.sides)
    half = _widest(small.sides, alpha) * error
    apart = _apart(delta, half)
    step = float(when[apart[0][0]]) if apart else None
    for_good = float(when[apart[-1][0]]) if apart and apart[-1][1] == len(when) else None
    return Parting(step, for_good, when, delta * small.width, half * small.width, left_out)


def _nothing() -> tuple[Floats, Floats]:
    return np.empty(0), np.empty(0)


def _difference(sides: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The difference of both means at each step, and its standard error; of arrays … × seeds × steps."""
    ours, theirs = sides
    return theirs.mean(axis=-2) - ours.mean(axis=-2), np.sqrt(squared_errors(ours) + squared_errors(theirs))


def _apart(delta: Floats, half: Floats) -> list[tuple[int, int]]:
    """The stretches of steps, first and end, over which the difference stays outside of the band on one side."""
    outside = np.where(np.abs(delta) > half, np.sign(delta), 0.0)
    turns = np.flatnonzero(outside[1:] != outside[:-1]) + 1
    stretches = pairwise([0, *turns.tolist(), len(outside)])
    return [(first, end) for first, end in stretches if outside[first] and end - first >= RUNNING]


def _widest(sides: Sequence[Floats], alpha: float) -> float:
    """The quantile of the largest |t| over the steps, of normal curves as spread and as correlated as each side's."""
    ordered = sorted((_sorted_rows(side) for side in sides), key=lambda side: (len(side), side.tolist()))
    steps = ordered[0].shape[1]
    bits = PCG64(seed_of(f"{len(side)} seeds, {steps} steps" for side in ordered))
    at_once = max(1, _AT_ONCE // (sum(map(len, ordered)) * steps))
    largest = []
    for start in range(0, _DRAWS, at_once):
        count = min(at_once, _DRAWS - start)
        delta, error = _difference([_curves_like(side, count, bits) for side in ordered])
        largest.append(np.max(np.abs(delta) / error, axis=1))
    return float(np.quantile(np.concatenate(largest), 1 - alpha))


def _sorted_rows(side: Floats) -> Floats:
    """The seeds in an order that is their values' own."""
    return side[np.lexsort(side.T[::-1])]


def _curves_like(side: Floats, count: int, bits: PCG64) -> Floats:
    """Normal curves, `count` × seeds × steps, with the side's spread at each step and its shrunk correlation."""
    seeds, steps = side.shape
    spread = side.std(axis=0, ddof=1)
    residuals = (side - side.mean(axis=0)) / spread
    alone = _shrinkage(residuals)
    common = _normal(bits, (count, seeds, seeds)) @ residuals / math.sqrt(seeds - 1)
    own = _normal(bits, (count, seeds, steps))
    curves: Floats = spread * (math.sqrt(1 - alone) * common + math.sqrt(alone) * own)
    return curves


def _shrinkage(residuals: Floats) -> float:
    """How much of the correlation between steps is chance, in [0, 1]: Schäfer & Strimmer 2005, target D.

    Sums over all pairs of steps are taken through seeds × seeds products, so that no steps × steps matrix is made.
    """
    seeds = len(residuals)
    squares = residuals**2
    products = float(np.sum(squares.sum(axis=1) ** 2) - np.sum(squares**2))
    means = float((np.sum((residuals @ residuals.T) ** 2) - np.sum(squares.sum(axis=0) ** 2)) / seeds**2)
    if means <= 0:
        return 1.0
    chance = seeds / (seeds - 1) ** 3 * (products - seeds * means)
    correlation = means * (seeds / (seeds - 1)) ** 2
    return min(1.0, max(0.0, chance / correlation))


def _normal(bits: PCG64, shape: tuple[int, ...]) -> Floats:
    """Normal values from raw bits, the same with each version of numpy."""
    from scipy.special import ndtri

    raw = bits.random_raw(math.prod(shape)).reshape(shape)
    values: Floats = ndtri(((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52)
    return values
