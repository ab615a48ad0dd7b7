"""What a chart over the whole screen shows: a metric of some runs, with the one it is paired with.

The runs may stand over their baseline, or be drawn as means of their seeds; the metrics may be charts of their own.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
from msgspec.structs import replace

from trackside.charts.spec import Curve
from trackside.compare.sides import Side
from trackside.compare.statistics.replicates import FEWEST
from trackside.model.counting import counted
from trackside.model.errors import StoreError
from trackside.model.run import Run
from trackside.model.system import listed
from trackside.services.comparison.curves_view import MOST_CURVES
from trackside.services.comparison.side_curves import side_curves
from trackside.services.comparison.sides import methods_of
from trackside.services.lookup import of_project
from trackside.services.metrics.curves import STEP, curves, paired, told_apart
from trackside.services.run.overview import baseline_of
from trackside.store.any_store import AnyStore

NO_BASELINE = "no baseline yet: b on the Runs screen sets one"


class Asked(msgspec.Struct, frozen=True):
    """Which runs, by id, what of them, and how: `split` gives each metric a chart of its own."""

    runs: tuple[str, ...]
    metric: str
    x: str = STEP
    over_baseline: bool = False
    means: bool = False
    split: bool = False


class Part(msgspec.Struct, frozen=True):
    """One of the charts under one another."""

    title: str
    metrics: tuple[str, ...]
    curves: tuple[Curve, ...]


class ChartView(msgspec.Struct, frozen=True):
    """The charts; `runs` are those that are drawn, a baseline below the others and so the first of them.

    `metrics` are all that could be drawn, and `remark` says what is not as it was asked for.
    """

    asked: Asked
    runs: tuple[Run, ...]
    metrics: tuple[str, ...]
    parts: tuple[Part, ...]
    remark: str


def load(store: AnyStore, asked: Asked) -> ChartView:
    """Read the curves. StoreError where none of the runs is there any more."""
    all_runs = store.runs(asked.runs)
    if not all_runs:
        raise StoreError(f"{', '.join(asked.runs)} is not in the store any more")
    runs = all_runs[:MOST_CURVES]
    remarks = []
    baseline = baseline_of(store, runs[0]) if asked.over_baseline else None
    if baseline is not None and all(run.id != baseline.id for run in runs):
        runs = [baseline, *runs]
    elif asked.over_baseline:
        remarks.append(NO_BASELINE if baseline is None else f"{baseline.name} is the baseline")
    drawn = paired(runs, asked.metric)
    if asked.split and len(drawn) == 1:
        remarks.append(f"{asked.metric} is not paired with another metric: there is nothing to split")
    sides = _sides(store, runs) if asked.means else []
    if sides and all(len(side.runs) < FEWEST for side in sides):
        remarks.append(f"a mean takes {FEWEST} seeds, which none of these has: each run is drawn")
    parts = [(metric,) for metric in drawn] if asked.split else [drawn]
    return ChartView(
        asked=asked,
        runs=tuple(runs),
        metrics=tuple(listed({name for run in runs for name in run.metrics})),
        parts=tuple(_part(store, asked, runs, sides, metrics) for metrics in parts),
        remark="; ".join(remarks),
    )


def _part(store: AnyStore, asked: Asked, runs: Sequence[Run], sides: Sequence[Side], metrics: tuple[str, ...]) -> Part:
    """The curves of some metrics, run by run, or side by side."""
    if len(asked.runs) == 1:
        of = " over ".join(run.name for run in reversed(runs))
    else:
        of = counted(len(runs), "run") + (f" of {len(asked.runs):,}" if len(asked.runs) > len(runs) else "")
    title = f"{', '.join(metrics)} of {of}"
    if not sides:
        return Part(title, metrics, tuple(curves(store, [run.id for run in runs], metrics, asked.x)))
    means = tuple(_means(store, asked, sides, metrics))
    banded = any(curve.half is not None for curve in means)
    return Part(f"{title}: means of seeds, bands of one SD" if banded else title, metrics, means)


def _means(store: AnyStore, asked: Asked, sides: Sequence[Side], metrics: Sequence[str]) -> Iterator[Curve]:
    """The mean of each side's seeds and each metric, solid for the first metric and dotted for the others."""
    series = cache(store.series)
    names = told_apart([run for side in sides for run in side.runs])
    for number, metric in enumerate(metrics):
        for side in sides:
            for curve in side_curves(side, metric, series, asked.x, names).curves:
                yield replace(
                    curve,
                    key=f"{curve.id} {metric}" if curve.half is not None else curve.key,
                    label=curve.label if len(metrics) == 1 else f"{curve.label} {metric}",
                    stroke="solid" if number == 0 else "dotted",
                )


def _sides(store: AnyStore, runs: Sequence[Run]) -> list[Side]:
    """The methods that the runs are of, with all of their seeds."""
    found: list[Side] = []
    for project in dict.fromkeys(run.project for run in runs):
        methods = methods_of(store, project, of_project(store, project, archived=True))
        found += methods.sides([run for run in runs if run.project == project])
    return found
