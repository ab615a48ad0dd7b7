"""Curves of several runs brought to the same places, so that they can be subtracted.

A place is what runs along the x axis: a step, a time, seconds since a run was made, or another metric. The places are
those of the baseline as far as every curve reaches; a curve that was not evaluated at one of them is interpolated
between its own two points beside it, never beyond its range, and how often is counted. Where each place must be an
evaluation of every curve, only those are taken.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec.structs import replace

from trackside.compare.statistics.difference import Floats


class Line(msgspec.Struct, frozen=True):
    """The points of one curve in the order in which they were logged: `places` and `values` float64[n].

    A place that is not finite is missing, and its point is left out. Of several points at one place the last counts.
    A value that is not finite is a hole.
    """

    places: Floats
    values: Floats


class Aligned(msgspec.Struct, frozen=True):
    """Two sides at common `places` float64[p], which rise: curves × p each, NaN in a hole and beside one.

    `interpolated` counts the values of each side that lie between two points. `left_out` counts the points of each side
    that have no place, or were followed by another at the same place. `of` is how many places there were before they
    were thinned. Where there are none, `why_not` says why in one line.
    """

    places: Floats
    baseline: Floats
    candidate: Floats
    interpolated: tuple[int, int] = (0, 0)
    left_out: tuple[int, int] = (0, 0)
    of: int = 0
    why_not: str | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the curves, one line each."""
        notes = []
        if any(self.interpolated):
            count = self.baseline.size + self.candidate.size
            interpolated = f"{sum(self.interpolated):,} of {count:,} values are interpolated between two points"
            notes.append(f"{interpolated}, in the range of all curves")
        if any(self.left_out):
            notes.append(f"{sum(self.left_out):,} points have no place, or one that was logged again: left out")
        if len(self.places) < self.of:
            notes.append(f"{len(self.places):,} of {self.of:,} places, evenly chosen")
        return tuple(notes)


def align(
    baseline: Sequence[Line], candidate: Sequence[Line], most: int | None = None, *, interpolate: bool = True
) -> Aligned:
    """The curves of both sides at the baseline's places that lie in the range of every curve.

    `most` is how many places are kept at most, evenly chosen, the first and the last among them; it is 2 or more.
    Without `interpolate`, places are those at which every curve has a point.
    """
    sides = [[_in_order(line) for line in side] for side in (baseline, candidate)]
    before, after = (
        sum(len(line.places) for line in given) - sum(len(line.places) for line in kept)
        for given, kept in zip((baseline, candidate), sides, strict=True)
    )
    lines = [line for side in sides for line in side]
    places, why_not = _common(sides[0], lines, interpolate=interpolate)
    kept = places if most is None else _evenly(places, most)
    ours, theirs = (_at(kept, side) for side in sides)
    return Aligned(kept, ours[0], theirs[0], (ours[1], theirs[1]), (before, after), len(places), why_not)


def _in_order(line: Line) -> Line:
    """Points by their places, each place once, with what was logged there last."""
    places, values = line.places, line.values
    if not (np.isfinite(places).all() and (places[1:] > places[:-1]).all()):
        placed = np.isfinite(places)
        order = np.argsort(places[placed], kind="stable")
        places, values = places[placed][order], values[placed][order]
        last = np.append(places[1:] != places[:-1], True)[: len(places)]
        places, values = places[last], values[last]
    return replace(line, places=places, values=np.where(np.isfinite(values), values, np.nan))


def _common(baseline: Sequence[Line], lines: Sequence[Line], *, interpolate: bool) -> tuple[Floats, str | None]:
    """The baseline's places within the range of all curves, or why there are none."""
    if not baseline or len(lines) == len(baseline):
        return np.empty(0), "a side has no curve"
    empty = sum(not len(line.places) for line in lines)
    if empty:
        return np.empty(0), f"{empty} of {len(lines)} curves have no point"
    start, end = max(line.places[0] for line in lines), min(line.places[-1] for line in lines)
    if start > end:
        return np.empty(0), "the curves have no place in common: one ends before another begins"
    first, *others = (line.places for line in baseline)
    unlike = [places for places in others if not np.array_equal(places, first)]
    places = np.unique(np.concatenate([first, *unlike])) if unlike else first
    within: Floats = places[(places >= start) & (places <= end)]
    if not len(within):
        return within, f"the baseline has no point from {start:,.10g} to {end:,.10g}, where all curves are"
    for line in () if interpolate else lines:
        if not np.array_equal(line.places, within):
            within = within[line.places[np.searchsorted(line.places, within)] == within]
    return within, None if len(within) else "there is no place at which every curve has a point"


def _evenly(places: Floats, most: int) -> Floats:
    if len(places) <= most:
        return places
    kept: Floats = places[np.round(np.linspace(0, len(places) - 1, most)).astype(np.intp)]
    return kept


def _at(places: Floats, lines: Sequence[Line]) -> tuple[Floats, int]:
    """The values (lines × places) at places that lie in every line's range, and how many of them are interpolated."""
    values = np.full((len(lines), len(places)), np.nan)
    interpolated = 0
    for row, line in zip(values, lines, strict=True):
        if np.array_equal(line.places, places):
            row[:] = line.values
            continue
        if not len(places):
            continue
        after = np.searchsorted(line.places, places)
        before = np.maximum(after - 1, 0)
        own = line.places[after] == places
        with np.errstate(all="ignore"):
            share = (places - line.places[before]) / (line.places[after] - line.places[before])
            between = line.values[before] * (1 - share) + line.values[after] * share
        row[:] = np.where(own, line.values[after], between)
        interpolated += int(np.count_nonzero(np.isfinite(row) & ~own))
    return values, interpolated
