"""McNemar's test of paired 0/1 results: mid-p, the exact p beside it, and the interval that goes with the mid-p.

Of the pairs that disagree, how many went one way is binomial (McNemar 1947); the mid-p takes half the probability of
what was seen (Fagerland, Lydersen & Laake 2013). The difference is the product of two shares: how many pairs disagree,
and which way those that do. Their intervals, Wilson's and the one that inverts the mid-p, are joined by the smallest
and largest product on the ellipse that they span (as in Zou & Donner 2008). So the interval leaves out 0 exactly
where the mid-p is below alpha. Inverting the mid-p alone would take the number of pairs that disagree for known: such
an interval of 95 % holds the difference in 53 to 95 % of cases, as simulated.
"""

import math

import numpy as np

from trackside.compare.statistics.difference import Interval

_ANGLES = np.linspace(0, np.pi / 2, 2049)


def p_values(lost: int, won: int) -> tuple[float, float]:
    """The two-sided mid-p and the exact p of `won` against `lost` pairs that disagree."""
    from scipy.special import bdtr

    fewer, pairs = min(lost, won), lost + won
    below, upto = (float(bdtr(fewer - 1, pairs, 0.5)) if fewer else 0.0), float(bdtr(fewer, pairs, 0.5))
    return min(1.0, below + upto), min(1.0, 2 * upto)


def interval(lost: int, won: int, pairs: int, alpha: float) -> Interval:
    """The interval of (won - lost) / pairs at 1 - alpha."""
    return _lower(lost, won, pairs, alpha), -_lower(won, lost, pairs, alpha)


def _lower(lost: int, won: int, pairs: int, alpha: float) -> float:
    """The smallest product of both shares, the share of wins as an advantage in [-1, 1].

    Where no pair disagrees, nothing is known of which way one would.
    """
    disagree = lost + won
    fewest, most = _wilson(disagree, pairs, alpha)
    if not disagree:
        return -most
    rate = disagree / pairs
    advantage = (won - lost) / disagree
    reach = advantage - (2 * _least_share(won, disagree, alpha) - 1)
    advantages = advantage - reach * np.cos(_ANGLES)
    rates = np.stack([rate - (rate - fewest) * np.sin(_ANGLES), rate + (most - rate) * np.sin(_ANGLES)])
    return float(np.min(advantages * rates))


def _least_share(won: int, disagree: int, alpha: float) -> float:
    """The share of wins at which so many wins or more have a mid-p of alpha / 2; 0 where nothing was won."""
    from scipy.optimize import brentq
    from scipy.special import bdtrc

    if not won:
        return 0.0

    def excess(share: float) -> float:
        return float(bdtrc(won - 1, disagree, share) + bdtrc(won, disagree, share)) / 2 - alpha / 2

    return float(brentq(excess, 0.0, 1.0, xtol=1e-15))


def _wilson(count: int, total: int, alpha: float) -> Interval:
    """Wilson's interval of a share (Wilson 1927)."""
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha / 2))
    share, weight = count / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / total + weight / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)
