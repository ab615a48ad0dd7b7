"""The difference of two methods along their curves, with a band where both have seeds enough.

The simultaneous band (`parting`) holds for the whole curve at once, and says where the curves part. The pointwise one
is Welch's interval at each place: it costs nothing, and one place in twenty lies outside of it by chance alone.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trackside.compare.alignment import Aligned
from trackside.compare.difference import ALPHA, Floats
from trackside.compare.parting import parting
from trackside.compare.places import scaled, squared_errors
from trackside.compare.replicates import FEWEST

Band = Literal["simultaneous", "pointwise"]


@dataclass(frozen=True, slots=True)
class DifferenceCurve:
    """Candidate − baseline of the seeds' means at `places`, NaN where a seed has no value.

    `half` is half the width of the `band` at each place, NaN where the seeds of a side are one value; without a band it
    is None, and `why_not` says why. `parts_at` is where the curves part, which only the simultaneous band tells. `n`
    counts the curves of each side, baseline first. `notes` are lines that a reader needs to judge the figures.
    """

    places: Floats
    delta: Floats
    n: tuple[int, int]
    half: Floats | None = None
    band: Band | None = None
    level: float = 1 - ALPHA
    parts_at: float | None = None
    why_not: str | None = None
    notes: tuple[str, ...] = ()


def difference_curve(aligned: Aligned, band: Band = "simultaneous", *, alpha: float = ALPHA) -> DifferenceCurve:
    """The difference of aligned curves. The simultaneous band of ten seeds at a thousand places takes a second."""
    delta = _mean(aligned.candidate) - _mean(aligned.baseline)
    half, parts_at, why_not = aligned.places * np.nan, None, aligned.why_not
    number = len(aligned.baseline), len(aligned.candidate)
    if not why_not and min(number) < FEWEST:
        why_not = f"replicates needed: {FEWEST} seeds on each side"
    elif not why_not and band == "simultaneous":
        found = parting(aligned.places, aligned.baseline, aligned.candidate, alpha=alpha)
        parts_at, why_not = found.step, found.why_not
        if not why_not:
            half[np.searchsorted(aligned.places, found.steps)] = found.half
    elif not why_not:
        half = _welch_half(aligned.baseline, aligned.candidate, alpha)
    untested = why_not is not None
    return DifferenceCurve(
        aligned.places,
        delta,
        number,
        half=None if untested else half,
        band=None if untested else band,
        level=1 - alpha,
        parts_at=parts_at,
        why_not=why_not,
        notes=aligned.notes,
    )


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
