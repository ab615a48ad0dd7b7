"""The difference of two methods along their curves, with a band where both have seeds enough.

The simultaneous band (`parting`) holds for the whole curve at once, and says where the curves part. The pointwise one
is Welch's interval at each place: it costs nothing, and one place in twenty lies outside of it by chance alone.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from trackside.compare.alignment import Aligned
from trackside.compare.places import averaged_by_seed, scaled, squared_errors
from trackside.compare.statistics.difference import ALPHA, Floats
from trackside.compare.statistics.parting import parting
from trackside.compare.statistics.replicates import FEWEST

Band = Literal["simultaneous", "pointwise"]
Seeds: TypeAlias = tuple[Sequence[Hashable | None], Sequence[Hashable | None]]
"""The seed of each curve of the baseline and of the candidate."""


@dataclass(frozen=True, slots=True)
class DifferenceCurve:
    """Candidate − baseline of the seeds' means at `places`, NaN where a seed has no value.

    `half` is half the width of the `band` at each place, NaN where the seeds of a side are one value; without a band it
    is None, and `why_not` says why. `parts_at` is where the curves part, and `for_good_at` from where they stay apart
    to the last place, as `parting` says it; only the simultaneous band tells. `n` counts the seeds of each side,
    baseline first. `notes` are lines that a reader needs to judge the figures.
    """

    places: Floats
    delta: Floats
    n: tuple[int, int]
    half: Floats | None = None
    band: Band | None = None
    level: float = 1 - ALPHA
    parts_at: float | None = None
    for_good_at: float | None = None
    why_not: str | None = None
    notes: tuple[str, ...] = ()


def difference_curve(
    aligned: Aligned, band: Band | None = "simultaneous", seeds: Seeds | None = None, *, alpha: float = ALPHA
) -> DifferenceCurve:
    """The difference of aligned curves, those of one seed averaged; without `seeds` each curve is a seed's.

    The simultaneous band of ten seeds at a thousand places takes a second.
    """
    sides = aligned.baseline, aligned.candidate
    if seeds is not None:
        sides = averaged_by_seed(sides[0], seeds[0]), averaged_by_seed(sides[1], seeds[1])
    found = DifferenceCurve(
        aligned.places,
        _mean(sides[1]) - _mean(sides[0]),
        (len(sides[0]), len(sides[1])),
        level=1 - alpha,
        why_not=aligned.why_not,
        notes=aligned.notes,
    )
    if found.why_not or band is None:
        return found
    if min(found.n) < FEWEST:
        return replace(found, why_not=f"replicates needed: {FEWEST} seeds on each side")
    if band == "pointwise":
        return replace(found, half=_welch_half(*sides, alpha), band=band)
    parted = parting(aligned.places, *sides, alpha=alpha)
    if parted.why_not:
        return replace(found, why_not=parted.why_not)
    half = np.full(len(aligned.places), np.nan)
    half[np.searchsorted(aligned.places, parted.steps)] = parted.half
    return replace(found, half=half, band=band, parts_at=parted.step, for_good_at=parted.for_good)


def _mean(side: Floats) -> Floats:
    """The mean over seeds; NaN where one has no value, and of no seeds."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        means: Floats = (side / len(side)).sum(axis=0) if len(side) else np.full(side.shape[1], np.nan)
    return means


def _welch_half(baseline: Floats, candidate: Floats, alpha: float) -> Floats:
    """Half of Welch's interval at each place, NaN where it cannot be tested."""
    from scipy.special import stdtrit

    half = np.full(baseline.shape[1], np.nan)
    small = scaled(baseline, candidate)
    ours, theirs = map(squared_errors, small.sides)
    error = ours + theirs
    freedom = error**2 / (ours**2 / (len(baseline) - 1) + theirs**2 / (len(candidate) - 1))
    half[small.usable] = -stdtrit(freedom, alpha / 2) * np.sqrt(error) * small.width
    return half
