"""The curves of a metric as a report draws them: the seeds of a side as their mean with its spread, or run by run."""

from typing import TYPE_CHECKING

import numpy as np

from trackside.compare import alignment
from trackside.compare.places import averaged_by_seed
from trackside.compare.points import Curves
from trackside.compare.sides import Side, seed_of
from trackside.compare.statistics.replicates import FEWEST
from trackside.services.svg_curves import Line

if TYPE_CHECKING:
    from trackside.store.curves import Series


def side_curves(side: Side, metric: str, curves: Curves, slot: int) -> list[Line]:
    """The mean of the seeds, with a band of one standard deviation, over the steps that every run has a point at.

    Fewer than three seeds, or runs that share no step, are a line each.
    """
    lines = [_line(curves(run.id, metric)) for run in side.runs if metric in run.metrics]
    seeds = [seed_of(run) for run in side.runs if metric in run.metrics]
    if len(lines) >= FEWEST:
        aligned = alignment.align(lines[:1], lines[1:], interpolate=False)
        with np.errstate(over="ignore"):
            values = averaged_by_seed(np.vstack([aligned.baseline, aligned.candidate]), seeds)
            if len(aligned.places) and len(values) >= FEWEST:
                return [Line(aligned.places, values.mean(axis=0), slot, half=values.std(axis=0, ddof=1))]
    return [Line(line.places, line.values, slot) for line in lines]


def _line(series: "Series") -> alignment.Line:
    return alignment.Line(series.step.astype(np.float64), series.value)
