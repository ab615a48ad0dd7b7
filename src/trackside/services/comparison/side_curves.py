"""The curves of a metric along an x axis, as every surface draws them: a side's seeds as their mean, or run by run."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
import numpy as np

from trackside.charts.spec import Curve
from trackside.compare.alignment import Line, align
from trackside.compare.places import averaged_by_seed
from trackside.compare.points import Curves
from trackside.compare.sides import Side, seed_of
from trackside.compare.statistics.replicates import FEWEST
from trackside.model.run import Run
from trackside.services.comparison.words import side_name
from trackside.services.metrics.curves import AXES, STEP, places_along, run_curve
from trackside.store.curves import Series

_AS_NAMED: Mapping[str, str] = MappingProxyType({})


class SideCurves(msgspec.Struct, frozen=True):
    """The mean with its band alone, or a curve a run; `interpolated` says whether values of the mean are."""

    curves: tuple[Curve, ...]
    interpolated: bool = False


def side_curves(
    side: Side, metric: str, curves: Curves, x: str = STEP, names: Mapping[str, str] = _AS_NAMED
) -> SideCurves:
    """The mean of the seeds, with a band of one standard deviation, where every run has a value.

    By step that is at the steps that all of them logged. Along another axis, where hardly two runs have a point at one
    place, it is at the places of the first run that lie in the range of all, and values between two points are
    interpolated. Fewer than three seeds, or runs with no place in common, are a curve each, called by `names` (by id).
    """
    runs = [run for run in side.runs if metric in run.metrics]
    if len(runs) >= FEWEST:
        lines = lines_along(runs, metric, curves, x)
        aligned = align(lines[:1], lines[1:], interpolate=interpolates(x))
        with np.errstate(over="ignore"):
            values = averaged_by_seed(np.vstack([aligned.baseline, aligned.candidate]), [seed_of(run) for run in runs])
            if len(aligned.places) and len(values) >= FEWEST:
                mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
                key = side.lead.id
                curve = Curve(side_name(side), aligned.places, mean, key, owner=key, rising=True, half=spread)
                return SideCurves((curve,), any(aligned.interpolated))
    return run_curves(side, metric, curves, x, names)


def run_curves(
    side: Side, metric: str, curves: Curves, x: str = STEP, names: Mapping[str, str] = _AS_NAMED
) -> SideCurves:
    """A curve for each run of the side that has a point, in the colour of the side."""
    found = []
    for run in side.runs:
        series = curves(run.id, metric)
        if len(series):
            label = names.get(run.id, run.name)
            found.append(run_curve(run, metric, series, _along(run, x, curves), x, label, owner=side.lead.id))
    return SideCurves(tuple(found))


def lines_along(runs: Sequence[Run], metric: str, curves: Curves, x: str) -> list[Line]:
    """The points of each run along an x axis."""
    found = []
    for run in runs:
        series = curves(run.id, metric)
        places = places_along(run, series.step, series.time, _along(run, x, curves), x)
        found.append(Line(places, series.value))
    return found


def _along(run: Run, x: str, curves: Curves) -> Series | None:
    """The points of the metric that lies across; None of an axis that every point has itself."""
    return None if x in AXES else curves(run.id, x)


def interpolates(x: str) -> bool:
    """Whether values between two points are taken along this axis: steps are what runs have in common as they are."""
    return x != STEP
