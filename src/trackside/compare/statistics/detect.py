"""How many seeds a named difference needs: as a range, for the spread is itself estimated from few seeds.

The power of the t test of two samples of N each is exact for normal values, by the noncentral t (Cohen
1988, section 2.2). The range is that of the spread's own interval, by chi-squared.
"""

import math

import msgspec

from trackside.compare.statistics.difference import ALPHA
from trackside.compare.statistics.replicates import FEWEST, why_no_spread
from trackside.compare.statistics.sample import Sample, deviation

MOST = 10_000
"""Seeds on a side beyond which nobody asks for the exact number."""

_CERTAIN = 37.0
"""Standard errors beyond which a difference is always found, and the noncentral t cannot be computed."""


class SeedsNeeded(msgspec.Struct, frozen=True):
    """Seeds on each side: if the spread is as small as it may be, as it was measured, as large as it may be.

    None is more than MOST.
    """

    fewest: int | None
    likely: int | None
    most: int | None


def seeds_needed(
    difference: float, *replicates: Sample, power: float = 0.8, confidence: float = 0.8, alpha: float = ALPHA
) -> SeedsNeeded | None:
    """Seeds that find `difference` with `power`, from the spread within the sets of `replicates`.

    `confidence` is that of the spread's interval. None where no set has three seeds that differ.
    """
    from scipy.special import chdtri

    sets = [side for side in replicates if not why_no_spread(side)]
    if not sets or not difference:
        return None
    freedom = sum(len(side.values) - 1 for side in sets)
    spread = math.hypot(*(deviation(side.values) * math.sqrt(len(side.values) - 1) for side in sets))
    tail = (1 - confidence) / 2
    by_spread = [
        spread / math.sqrt(float(within)) for within in (chdtri(freedom, tail), freedom, chdtri(freedom, 1 - tail))
    ]
    fewest, likely, most = (_needed(abs(difference) / one, power, alpha) for one in by_spread)
    return SeedsNeeded(fewest, likely, most)


def power_of(seeds: int, effect: float, alpha: float = ALPHA) -> float:
    """How often the two-sided t test with `seeds` on each side claims a difference of `effect` standard deviations.

    A claim of the wrong direction does not count.
    """
    from scipy.special import nctdtr, stdtrit

    freedom = 2 * seeds - 2
    beyond = -float(stdtrit(freedom, alpha / 2))
    shift = effect * math.sqrt(seeds / 2)
    return 1 - float(nctdtr(freedom, shift, beyond)) if shift < _CERTAIN else 1.0


def _needed(effect: float, power: float, alpha: float) -> int | None:
    """The smallest number with that power, by halving: more seeds never have less."""
    if power_of(MOST, effect, alpha) < power:
        return None
    low, high = FEWEST, MOST
    while low < high:
        middle = (low + high) // 2
        if power_of(middle, effect, alpha) >= power:
            high = middle
        else:
            low = middle + 1
    return low
