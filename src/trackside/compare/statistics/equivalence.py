"""How large a difference is beside the values, and whether it is too small to matter."""

import math

from trackside.compare.statistics.difference import Interval


def percent(baseline: float, candidate: float, *, signed: bool = False) -> float | None:
    """The difference in percent of the baseline; None where that means nothing.

    So it is where the baseline is not above zero, and for a metric that may be negative (`signed`, or seen to be).
    """
    if signed or not (baseline > 0 and candidate >= 0):
        return None
    change = 100 * ((candidate - baseline) / baseline)
    return change if math.isfinite(change) else None


def within(interval: Interval, margin: float) -> bool:
    """Whether the whole interval lies inside ±`margin`, in units of the metric.

    Of a 95 % interval this is two one-sided tests (Schuirmann 1987) at 2.5 % each, half of what is usual.
    """
    return -margin < interval[0] and interval[1] < margin


def not_worse(interval: Interval, goal_is_max: bool, margin: float) -> bool:
    """Whether the whole interval lies on the better side of -`margin`."""
    return interval[0] > -margin if goal_is_max else interval[1] < margin
