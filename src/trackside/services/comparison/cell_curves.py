"""What the curves of a cell's two sides say: their difference along an x axis, and how soon the best is reached."""

import numpy as np
from msgspec.structs import replace

from trackside.compare.alignment import align
from trackside.compare.comparison import Cell, Row
from trackside.compare.difference_curve import DifferenceCurve, difference_curve
from trackside.compare.points import Curves
from trackside.compare.reaching import Reaching, Track, reaching
from trackside.compare.sides import Side, seed_of, share_data
from trackside.model.run import Run
from trackside.services.comparison.side_curves import interpolates, lines_along
from trackside.services.metrics.curves import RELATIVE, STEP, places_along
from trackside.store.curves import Series

_MOST_PLACES = 200
"""Places at which it is looked where curves part: so many, evenly chosen, take a quarter of a second."""

_INCOMPARABLE = "the sides are not comparable"


def difference_of(row: Row, baseline: Side, cell: Cell, curves: Curves, x: str = STEP) -> DifferenceCurve:
    """The difference of the row's metric with the band that may be claimed, if one may."""
    barred = _barred(baseline, cell)
    found = difference_along(x, row.metric, baseline, cell.side, curves, banded=not barred, most=_MOST_PLACES)
    return replace(found, why_not=barred) if barred else found


def difference_along(
    x: str,
    metric: str,
    baseline: Side,
    candidate: Side,
    curves: Curves,
    *,
    banded: bool = True,
    most: int | None = None,
) -> DifferenceCurve:
    """Candidate − baseline of a metric; `x` is `step`, `time`, `relative` or another metric.

    By step, places are those at which every run logged a value; along other axes values are interpolated. At most
    `most` places are kept, evenly chosen; a band of ten runs takes a second for a thousand.
    """
    ours, theirs = (lines_along(side.runs, metric, curves, x) for side in (baseline, candidate))
    seeds = [seed_of(run) for run in baseline.runs], [seed_of(run) for run in candidate.runs]
    return difference_curve(align(ours, theirs, most, interpolate=interpolates(x)), seeds, banded=banded)


def reaching_of(row: Row, baseline: Side, cell: Cell, curves: Curves) -> Reaching:
    """How soon the runs of both sides reach the baseline's best, unless nothing may be claimed of their curves."""
    if why_not := _barred(baseline, cell):
        return replace(reaching((), (), cell.verdict.goal), why_not=why_not)
    ours, theirs = ([_track(run, curves(run.id, row.metric)) for run in side.runs] for side in (baseline, cell.side))
    return reaching(ours, theirs, cell.verdict.goal)


def _barred(baseline: Side, cell: Cell) -> str | None:
    """Why nothing may be claimed of the curves, whatever the seeds are; as nothing of the values may."""
    standing = cell.verdict.standing
    if standing.incomparable:
        return _INCOMPARABLE
    if standing.provisional:
        return "a run is still going, or fewer seeds ended than were planned"
    if share_data(baseline, cell.side):
        return "folds share data, so that they are no replicates"
    if standing.lacks(cell.verdict.difference):
        return "a run that did not end well or diverged is left out, and nobody acknowledged that"
    return None


def _track(run: Run, series: Series) -> Track:
    known = run.began is not None
    seconds = places_along(run, series.step, series.time, None, RELATIVE) if known else np.full(len(series), np.nan)
    return Track(series.step.astype(np.float64), seconds, series.value)
