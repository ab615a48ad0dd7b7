"""How soon a curve gets to where the baseline got: steps and seconds until it first reaches the baseline's best.

First, and not for good: the baseline's own best is one point as well, and both sides are measured alike. What counts is
a point that was logged; nothing is read off between two. A lucky point counts too, so a metric that jumps about is
reached too soon, on both sides.
"""

import math
from collections.abc import Sequence
from statistics import median

import msgspec
import numpy as np

from trackside.compare.statistics.difference import Floats
from trackside.model.goals import Goal


class Track(msgspec.Struct, frozen=True):
    """The points of one seed, in any order: `steps`, `seconds` since its run was made, `values`, float64[n] each.

    Seconds are NaN of a run of which that is not known.
    """

    steps: Floats
    seconds: Floats
    values: Floats


class Reached(msgspec.Struct, frozen=True):
    """The point at which a seed was there first."""

    step: float
    seconds: float


class SpeedUp(msgspec.Struct, frozen=True):
    """How many times sooner the candidate was there than the baseline: 2.0 is in half the steps.

    `medians` are where the sides were there, baseline first: a median is never (None) where half of the seeds never
    were. `median` is the one over the other; `per_seed` is the baseline's median over the place of each seed of the
    candidate, in their order, and `lowest` and `highest` are their range. None is never, infinite is at the very start.
    All are None where the baseline was there at the start, for nothing is sooner, and where a time is not known.
    """

    medians: tuple[float | None, float | None]
    per_seed: tuple[float | None, ...]
    median: float | None = None
    lowest: float | None = None
    highest: float | None = None


class Reaching(msgspec.Struct, frozen=True):
    """When the seeds of both sides reached `target`, in their order; None is never. `why_not` says why none is known.

    `target` is the best value that more than half of the baseline's seeds got to: of one seed its best.
    """

    target: float | None
    baseline: tuple[Reached | None, ...]
    candidate: tuple[Reached | None, ...]
    steps: SpeedUp
    seconds: SpeedUp
    why_not: str | None = None


def reaching(baseline: Sequence[Track], candidate: Sequence[Track], goal: Goal | None) -> Reaching:
    """How soon each seed reaches the baseline's best, and how much sooner the candidate does than the baseline."""
    target = None if goal is None else _reached_by_most(baseline, goal)
    why_not = None
    if goal is None:
        why_not = "whether small or large is better is not known"
    elif target is None:
        why_not = "half of the baseline's seeds or more have no finite value"
    ours, theirs = (tuple(_first(track, target, goal) for track in side) for side in (baseline, candidate))
    steps = _speed_up(*([None if one is None else one.step for one in side] for side in (ours, theirs)))
    seconds = _speed_up(*([None if one is None else one.seconds for one in side] for side in (ours, theirs)))
    return Reaching(target, ours, theirs, steps, seconds, why_not)


def _reached_by_most(baseline: Sequence[Track], goal: Goal) -> float | None:
    """The best value that more than half of the seeds got to."""
    finite = [track.values[np.isfinite(track.values)] for track in baseline]
    bests = sorted(float(values.max() if goal == "max" else -values.min()) for values in finite if len(values))
    others = len(baseline) // 2
    if len(bests) <= others:
        return None
    return bests[-1 - others] if goal == "max" else -bests[-1 - others]


def _first(track: Track, target: float | None, goal: Goal | None) -> Reached | None:
    """The point of the smallest step that is as good as the target."""
    if target is None:
        return None
    there = np.isfinite(track.steps) & (track.values >= target if goal == "max" else track.values <= target)
    places = np.flatnonzero(there & np.isfinite(track.values))
    if not len(places):
        return None
    first = places[np.argmin(track.steps[places])]
    return Reached(float(track.steps[first]), float(track.seconds[first]))


def _speed_up(baseline: Sequence[float | None], candidate: Sequence[float | None]) -> SpeedUp:
    ours, theirs = ([math.inf if place is None else place for place in side] for side in (baseline, candidate))
    if not ours or not theirs or any(map(math.isnan, [*ours, *theirs])):
        return SpeedUp((None, None), (None,) * len(theirs))
    usual, reached = median(ours), median(theirs)
    medians = _unless_never(usual), _unless_never(reached)
    if not 0 < usual < math.inf:
        return SpeedUp(medians, (None,) * len(theirs))
    return SpeedUp(
        medians,
        tuple(_sooner(usual, place) for place in theirs),
        _sooner(usual, reached),
        _sooner(usual, max(theirs)),
        _sooner(usual, min(theirs)),
    )


def _unless_never(place: float) -> float | None:
    return None if place == math.inf else place


def _sooner(baseline: float, candidate: float) -> float | None:
    if candidate == math.inf:
        return None
    return baseline / candidate if candidate > 0 else math.inf
