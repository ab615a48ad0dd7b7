"""Several seeds on both sides: Welch's t (Welch 1947), or the t of pairs where a seed means the same split on both.

Whether seeds are paired is declared by the project beforehand, never chosen by which p is smaller. There is no
bootstrap over seeds: of three to ten values it claims far more than it says.
"""

import math
from collections.abc import Hashable

from msgspec.structs import replace

from trackside.compare.statistics.difference import ALPHA, Difference
from trackside.compare.statistics.sample import Sample, deviation, identical, mean

FEWEST = 3
"""Seeds on a side without which nothing is tested."""

_TOO_FAR = "the values lie too far apart to be computed with"


def welch(baseline: Sample, candidate: Sample, *, alpha: float = ALPHA) -> Difference:
    """Unpaired seeds of two methods, whose spreads may differ. The interval is the t interval of the same test."""
    fewest_first = sorted((baseline, candidate), key=lambda side: len(side.values))
    why_not = next(filter(None, map(why_no_spread, fewest_first)), None)
    found = untested(baseline, candidate, "Welch's t", why_not)
    if found.why_not:
        return found
    lowest = min(*baseline.values, *candidate.values)
    sides = [[value - lowest for value in side.values] for side in (baseline, candidate)]
    errors = [deviation(side) / math.sqrt(len(side)) for side in sides]
    error = math.hypot(*sorted(errors))
    if not math.isfinite(error):
        return replace(found, why_not=_TOO_FAR)
    freedom = 1 / math.fsum((own / error) ** 4 / (len(side) - 1) for own, side in zip(errors, sides, strict=True))
    return _t_tested(found, mean(sides[1]) - mean(sides[0]), error, freedom, alpha)


def paired_by_seed(baseline: Sample, candidate: Sample, *, alpha: float = ALPHA) -> Difference:
    """Seeds that both sides have, where a seed fixes the same split on both: the t of their differences.

    Seeds of one side only are counted in `notes`; values and spreads are those of the pairs.
    """
    before = dict(zip(baseline.seeds, baseline.values, strict=True))
    after = dict(zip(candidate.seeds, candidate.values, strict=True))
    shared = shared_seeds(baseline, candidate)
    ours = replace(baseline, values=tuple(before[seed] for seed in shared), seeds=shared)
    theirs = replace(candidate, values=tuple(after[seed] for seed in shared), seeds=shared)
    alone = [len(side.values) - len(shared) for side in (baseline, candidate)]
    found = replace(untested(ours, theirs, "t of pairs"), unit="pairs of seeds")
    if any(alone):
        found = replace(found, notes=(*found.notes, f"{alone[0]} and {alone[1]} seeds have no partner"))
    differences = [after[seed] - before[seed] for seed in shared]
    if len(shared) < FEWEST:
        return replace(found, why_not=f"{len(shared)} of {FEWEST} pairs of seeds")
    if not all(map(math.isfinite, differences)):
        return replace(found, why_not=_TOO_FAR)
    if identical(differences, max(map(abs, ours.values + theirs.values))):
        return replace(found, why_not=f"{len(shared)} identical differences: same seed?")
    return _t_tested(found, mean(differences), deviation(differences) / math.sqrt(len(shared)), len(shared) - 1, alpha)


def shared_seeds(baseline: Sample, candidate: Sample) -> tuple[Hashable, ...]:
    """The seeds that both sides have, in the baseline's order."""
    return tuple(seed for seed in baseline.seeds if seed is not None and seed in candidate.seeds)


def untested(baseline: Sample, candidate: Sample, method: str, why_not: str | None = None) -> Difference:
    """Means, spreads and counts of two sides of seeds, before anything is tested, or where nothing can be."""
    values = mean(baseline.values), mean(candidate.values)
    return Difference(
        method=method,
        n=(len(baseline.values), len(candidate.values)),
        unit="seeds",
        values=values,
        delta=values[1] - values[0],
        sd=(deviation(baseline.values), deviation(candidate.values)),
        why_not=why_not,
        left_out=(baseline.left_out, candidate.left_out),
        notes=done_to(baseline, candidate),
    )


def why_no_spread(side: Sample) -> str | None:
    """Why the spread of a side is not known, in one line; None where it is."""
    number = len(side.values)
    if number < FEWEST:
        return f"{number} of the {FEWEST} seeds that a test needs"
    return f"{number} identical values: same seed?" if identical(side.values) else None


def t_half_width(number: int, deviation: float, alpha: float = ALPHA) -> float | None:
    """Half of Student's t interval of the mean of so many seeds, two at least; None where it is not finite."""
    from scipy.special import stdtrit

    half = -float(stdtrit(number - 1, alpha / 2)) * deviation / math.sqrt(number)
    return half if math.isfinite(half) else None


def done_to(baseline: Sample, candidate: Sample) -> tuple[str, ...]:
    """What was done to the runs of both sides to have one value a seed, a line each."""
    sides = ("baseline", baseline), ("candidate", candidate)
    return tuple(f"{whose}: {note}" for whose, side in sides for note in side.notes)


def _t_tested(found: Difference, delta: float, error: float, freedom: float, alpha: float) -> Difference:
    from scipy.special import stdtr, stdtrit

    half = -float(stdtrit(freedom, alpha / 2)) * error
    return replace(
        found,
        delta=delta,
        scope="method",
        interval=(delta - half, delta + half),
        interval_kind="confidence",
        level=1 - alpha,
        p=2 * float(stdtr(freedom, -abs(delta) / error)),
    )
