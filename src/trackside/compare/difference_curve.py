"""The difference of two methods along their curves, with a band where both have seeds enough.

The band (`parting`) holds for the whole curve at once, and says where the curves part.
"""

from collections.abc import Hashable, Sequence
from typing import TypeAlias

import msgspec
import numpy as np
from msgspec.structs import replace

from trackside.compare.alignment import Aligned
from trackside.compare.places import averaged_by_seed
from trackside.compare.statistics.difference import ALPHA, Floats
from trackside.compare.statistics.parting import parting
from trackside.compare.statistics.replicates import FEWEST

Seeds: TypeAlias = tuple[Sequence[Hashable | None], Sequence[Hashable | None]]
"""The seed of each curve of the baseline and of the candidate."""


class DifferenceCurve(msgspec.Struct, frozen=True):
    """Candidate − baseline of the seeds' means at `places`, NaN where a seed has no value.

    `half` is half the width of the band at each place, NaN where the seeds of a side are one value; without a band it
    is None, and `why_not` says why. `parts_at` is where the curves part, and `for_good_at` from where they stay apart
    to the last place, as `parting` says it. `n` counts the seeds of each side, baseline first. `notes` are lines that a
    reader needs to judge the figures.
    """

    places: Floats
    delta: Floats
    n: tuple[int, int]
    half: Floats | None = None
    level: float = 1 - ALPHA
    parts_at: float | None = None
    for_good_at: float | None = None
    why_not: str | None = None
    notes: tuple[str, ...] = ()


def difference_curve(aligned: Aligned, seeds: Seeds | None = None, *, banded: bool = True) -> DifferenceCurve:
    """The difference of aligned curves, those of one seed averaged; without `seeds` each curve is a seed's.

    The band of ten seeds at a thousand places takes a second.
    """
    sides = aligned.baseline, aligned.candidate
    if seeds is not None:
        sides = averaged_by_seed(sides[0], seeds[0]), averaged_by_seed(sides[1], seeds[1])
    found = DifferenceCurve(
        aligned.places,
        _mean(sides[1]) - _mean(sides[0]),
        (len(sides[0]), len(sides[1])),
        why_not=aligned.why_not,
        notes=aligned.notes,
    )
    if found.why_not or not banded:
        return found
    if min(found.n) < FEWEST:
        return replace(found, why_not=f"replicates needed: {FEWEST} seeds on each side")
    parted = parting(aligned.places, *sides)
    if parted.why_not:
        return replace(found, why_not=parted.why_not)
    half = np.full(len(aligned.places), np.nan)
    half[np.searchsorted(aligned.places, parted.steps)] = parted.half
    return replace(found, half=half, parts_at=parted.step, for_good_at=parted.for_good)


def _mean(side: Floats) -> Floats:
    """The mean over seeds; NaN where one has no value, and of no seeds."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        means: Floats = (side / len(side)).sum(axis=0) if len(side) else np.full(side.shape[1], np.nan)
    return means
