"""One run against the spread of a baseline's seeds, and whether it could be one more seed of the baseline.

The prediction interval of one further value of a normal sample (Hahn & Meeker 1991, section 4.7) at level alpha / k,
for k candidates that are looked at together. A run beyond it is worth more seeds, and is never called better.
"""

import math

from msgspec.structs import replace

from trackside.compare.statistics.difference import ALPHA, Difference
from trackside.compare.statistics.replicates import untested, why_no_spread
from trackside.compare.statistics.sample import Sample, deviation


def predicted(baseline: Sample, candidate: Sample, *, candidates: int = 1, alpha: float = ALPHA) -> Difference:
    """Whether a candidate of one seed lies within what another seed of the baseline would give.

    At 1 - alpha / `candidates`, of which this is one.

    `p` is that of this one candidate; times `candidates` it is at most alpha exactly where `delta` lies beyond the
    interval.
    """
    from scipy.special import stdtr, stdtrit

    number = len(baseline.values)
    why_not = why_no_spread(baseline) or (None if candidate.values else "the candidate's value is not finite")
    found = untested(baseline, candidate, "prediction interval", why_not)
    if found.why_not:
        return found
    error = deviation(baseline.values) * math.sqrt(1 + 1 / number)
    half = -float(stdtrit(number - 1, alpha / candidates / 2)) * error
    return replace(
        found,
        scope="method",
        interval=(-half, half),
        interval_kind="prediction",
        level=1 - alpha / candidates,
        p=2 * float(stdtr(number - 1, -abs(found.delta) / error)),
    )


def in_spreads(delta: float, replicates: Sample) -> float | None:
    """A difference in standard deviations of a set of replicates; None where their spread is not known."""
    return None if why_no_spread(replicates) else delta / deviation(replicates.values)
