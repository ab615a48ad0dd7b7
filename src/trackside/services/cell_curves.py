"""The difference of two sides' curves along any x axis that a chart has: step, time, relative time, another metric."""

from trackside.compare.alignment import Line, align
from trackside.compare.difference_curve import Band, DifferenceCurve, difference_curve
from trackside.compare.points import Curves
from trackside.compare.sides import Side, seed_of
from trackside.services.curves import AXES, places_along


def difference_along(
    x: str,
    metric: str,
    baseline: Side,
    candidate: Side,
    curves: Curves,
    *,
    band: Band | None = "simultaneous",
    most: int | None = None,
    interpolate: bool = True,
) -> DifferenceCurve:
    """Candidate − baseline of a metric; `x` is `step`, `time`, `relative` or another metric.

    At most `most` places are kept, evenly chosen; a simultaneous band of ten runs takes a second for a thousand.
    Without `interpolate`, places are those at which every run logged a value.
    """
    ours, theirs = (_lines(x, metric, side, curves) for side in (baseline, candidate))
    seeds = [seed_of(run) for run in baseline.runs], [seed_of(run) for run in candidate.runs]
    return difference_curve(align(ours, theirs, most, interpolate=interpolate), band, seeds)


def _lines(x: str, metric: str, side: Side, curves: Curves) -> list[Line]:
    found = []
    for run in side.runs:
        series = curves(run.id, metric)
        along = None if x in AXES else curves(run.id, x)
        found.append(Line(places_along(run, series.step, series.time, along, x), series.value))
    return found
