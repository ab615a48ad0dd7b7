"""Curves at common places (seeds × places) as tests take them: one a seed, where there is a spread, and scaled.

Scaling each place's values into [0, 1] keeps squares from over- and underflowing; no test depends on it otherwise.
"""

from collections.abc import Hashable, Sequence

import msgspec
import numpy as np

from trackside.compare.statistics.difference import Flags, Floats
from trackside.compare.statistics.sample import ULPS


class Scaled(msgspec.Struct, frozen=True):
    """Both sides at their `usable` places (flags over all places), in units of `width` above the lowest value there.

    Usable is a place at which every seed has a finite value and each side's seeds differ.
    """

    usable: Flags
    width: Floats
    baseline: Floats
    candidate: Floats

    @property
    def sides(self) -> tuple[Floats, Floats]:
        """The baseline, then the candidate."""
        return self.baseline, self.candidate


def scaled(baseline: Floats, candidate: Floats) -> Scaled:
    """Both sides, seeds × places with at least one seed each, at the places that can be tested."""
    sides = baseline, candidate
    with np.errstate(over="ignore", invalid="ignore"):
        lowest = np.minimum(*(side.min(axis=0) for side in sides))
        width = np.maximum(*(side.max(axis=0) for side in sides)) - lowest
    usable = _spread(sides) & np.isfinite(width)
    ours, theirs = ((side[:, usable] - lowest[usable]) / width[usable] for side in sides)
    return Scaled(usable, width[usable], ours, theirs)


def averaged_by_seed(side: Floats, seeds: Sequence[Hashable | None]) -> Floats:
    """A curve for each seed (seeds × places): those of one seed are averaged, one without a seed counts once."""
    rows: dict[Hashable, list[int]] = {}
    for row, seed in enumerate(seeds):
        rows.setdefault((row, None) if seed is None else (None, seed), []).append(row)
    return np.array([side[own].mean(axis=0) for own in rows.values()], np.float64).reshape(len(rows), side.shape[1])


def squared_errors(side: Floats) -> Floats:
    """The squared standard error of the mean over seeds; of an array … × seeds × places."""
    squared: Floats = side.var(axis=-2, ddof=1) / side.shape[-2]
    return squared


def _spread(sides: Sequence[Floats]) -> Flags:
    """Places at which every seed has a finite value, and each side's seeds differ by more than rounding."""
    flags = np.ones(sides[0].shape[1], np.bool_)
    for side in sides:
        with np.errstate(over="ignore", invalid="ignore"):
            rounding = ULPS * np.spacing(np.abs(side).max(axis=0))
            flags &= np.isfinite(side).all(axis=0) & (side.max(axis=0) - side.min(axis=0) > rounding)
    return flags
