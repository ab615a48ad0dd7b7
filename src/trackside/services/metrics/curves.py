"""The curves of a chart: a metric, or several of one family, of some runs, along the x axis that is asked for.

It reads whole series, or of a store that is far away outlines; it knows nothing of how they are drawn.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from trackside.charts.arrays import Floats
from trackside.charts.axis import AxisKind, position
from trackside.charts.smooth import smoothed_curve
from trackside.charts.spec import Bound, ChartOptions, Curve, Mark, MarkKind
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.model.visible import visible
from trackside.services.metrics.wall import family, wall

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore
    from trackside.store.curves import Series

STEP, TIME, RELATIVE = AXES = "step", "time", "relative"
_KINDS: dict[str, AxisKind] = {STEP: "step", TIME: "time", RELATIVE: "duration"}
_KNOWN_MARKS: dict[str, MarkKind] = {"note": "note", "resume": "resume", "signal": "signal"}
_MOST_HOLES = 200
"""Stretches of values that are no numbers are marked up to so many a curve, and as many gaps."""
_GAP = 5
"""How many times as long as nearly all of the distances between points one must be to be a gap."""
_NEARLY_ALL, _FEWEST_DISTANCES = 0.9, 10


def curves(
    store: "AnyStore", run_ids: Iterable[str], metric: str | Sequence[str], x: str = STEP, smooth: float = 0.0
) -> list[Curve]:
    """A curve for each run and metric that has a point; the first metric of several is solid, the others are dotted.

    `x` is `step`, `time`, `relative` (seconds since the run was made) or a metric, whose last value at or before a
    point's step is that point's place. Raises UsageError where none of the runs has that metric.
    """
    runs = store.runs(run_ids)
    metrics = [metric] if isinstance(metric, str) else list(metric)
    if x not in AXES and not any(x in run.metrics for run in runs):
        raise UsageError(
            f"none of these runs has a metric {x!r} to put on the x axis; step, time and relative always work"
        )
    labels = _labels(runs, metrics)
    found = []
    for run in runs:
        marked = False
        for number, name in enumerate(metrics):
            is_whole = smooth > 0 or x not in AXES
            series = store.series(run.id, name) if is_whole else store.outline(run.id, name)
            if len(series.step) == 0:
                continue
            made = partial(
                run_curve,
                run,
                name,
                along=store.series(run.id, x) if x not in AXES else None,
                x=x,
                label=labels[run.id, name],
                dotted=number > 0,
                notes=not marked,
            )
            marked = True
            curve = smoothed_curve(made(series), smooth)
            found.append(curve if series.of is None else _outline(store, run.id, name, x, series, made))
    return found


def _outline(
    store: "AnyStore", run_id: str, metric: str, x: str, series: "Series", made: Callable[["Series"], Curve]
) -> Curve:
    """The curve of an outline, with the way to more of its points."""

    def closer(low: Bound, high: Bound) -> Curve:
        if x != STEP or (low is None and high is None):
            return made(store.series(run_id, metric))
        return _outline(store, run_id, metric, x, store.outline(run_id, metric, low, high), made)

    return replace(made(series), of=series.of, closer=None if series.of is None else closer)


def paired(runs: Iterable[Run], metric: str) -> tuple[str, ...]:
    """The metric with those that it shares a chart with, training first: `train/loss`, `val/loss`."""
    known = {name for run in runs for name in run.metrics} | {metric}
    return next(chart.metrics for chart in wall(known) if metric in chart.metrics)


def told_apart(runs: Sequence[Run]) -> dict[str, str]:
    """By id each run's name, with the end of its id where two have one."""
    twice = {name for name, count in Counter(run.name for run in runs).items() if count > 1}
    return {run.id: f"{run.name} {run.id[-4:]}" if run.name in twice else run.name for run in runs}


def chart_options(x: str = STEP) -> ChartOptions:
    """Options for a chart along this x axis."""
    return ChartOptions(x_kind=_KINDS.get(x, "number"), x_label=visible(x))


def run_curve(
    run: Run,
    metric: str,
    series: "Series",
    along: "Series | None",
    x: str,
    label: str,
    *,
    owner: str = "",
    dotted: bool = False,
    notes: bool = True,
) -> Curve:
    """The points of a run's metric along `x`, of which `along` is the series where it is a metric, with their marks.

    `owner` is whose colour it has, the run's own by default; `notes` asks for the marks that people and resumes made.
    """
    places = places_along(run, series.step, series.time, along, x)
    values = series.value
    if x in (TIME, RELATIVE):
        order = np.argsort(places, kind="stable")
        places, values = places[order], values[order]
    if along is not None:
        usable = np.isfinite(places)
        places, values = places[usable], values[usable]
    marks = _holes(places, values) + ([] if along is not None else _gaps(places, x))
    return Curve(
        label=label,
        x=places,
        y=values,
        key=f"{run.id} {metric}",
        owner=owner or run.id,
        stroke="dotted" if dotted else "solid",
        rising=along is None,
        marks=(*(_notes(run, series, along, x) if notes else ()), *marks),
    )


def places_along(run: Run, step: NDArray[np.int64], time: Floats, along: "Series | None", x: str) -> Floats:
    """Where points stand on the x axis `x`; `along` are the points of the metric that it is, NaN before its first."""
    if along is not None:
        at = np.searchsorted(along.step, step, side="right") - 1
        places = np.full(len(step), np.nan)
        places[at >= 0] = along.value[at[at >= 0]]
        return places
    if x == STEP:
        return np.asarray(step, dtype=np.float64)
    return np.asarray(time - run.created if x == RELATIVE else time, dtype=np.float64)


def _notes(run: Run, series: "Series", along: "Series | None", x: str) -> list[Mark]:
    """The run's own marks; one without a step stands at the step of the point logged last before it."""
    known = [mark for mark in run.marks if mark.kind in _KNOWN_MARKS]
    if not known:
        return []
    time = np.array([mark.time for mark in known], dtype=np.float64)
    order = np.argsort(series.time, kind="stable")
    before = np.clip(np.searchsorted(series.time[order], time, side="right") - 1, 0, None)
    step = np.array(
        [series.step[order[near]] if mark.step is None else mark.step for mark, near in zip(known, before, strict=True)]
    )
    places = places_along(run, step, time, along, x)
    return [
        Mark(float(place), _KNOWN_MARKS[mark.kind], mark.text or mark.kind)
        for mark, place in zip(known, places, strict=True)
        if np.isfinite(place)
    ]


def _holes(places: Floats, values: Floats) -> list[Mark]:
    """The first value of each stretch of values that are no numbers."""
    hole = ~np.isfinite(values)
    starts = np.flatnonzero(hole & ~np.concatenate([[False], hole[:-1]]))[:_MOST_HOLES]
    return [_hole(float(places[start]), float(values[start])) for start in starts]


def _gaps(places: Floats, x: str) -> list[Mark]:
    """The last point before each place where none was logged for much longer than was usual. `places` never fall."""
    distances = np.diff(places)
    if len(distances) < _FEWEST_DISTANCES or distances.max() <= _GAP * distances.min():
        return []
    nearly_all = int((len(distances) - 1) * _NEARLY_ALL)
    usual = np.partition(distances, nearly_all)[nearly_all]
    if not usual > 0:
        return []
    before = np.flatnonzero(distances > _GAP * usual)[:_MOST_HOLES]
    return [
        Mark(float(places[at]), "gap", f"no point until {position(float(places[at + 1]), _KINDS[x])}") for at in before
    ]


def _hole(place: float, value: float) -> Mark:
    if np.isnan(value):
        return Mark(place, "nan", "NaN from here")
    return Mark(place, "inf", "Inf from here" if value > 0 else "-Inf from here")


def _labels(runs: Sequence[Run], metrics: Sequence[str]) -> dict[tuple[str, str], str]:
    """Names of the runs, which are told apart; of several metrics, what tells these apart."""
    names = told_apart(runs)
    shared = {family(metric) for metric in metrics}
    said = {metric: metric.removesuffix(family(metric))[:-1] if len(shared) == 1 else metric for metric in metrics}
    labels = {}
    for run in runs:
        for metric in metrics:
            parts = ([names[run.id]] if len(runs) > 1 or len(metrics) == 1 else []) + (
                [said[metric]] if len(metrics) > 1 else []
            )
            labels[run.id, metric] = " ".join(parts)
    return labels
