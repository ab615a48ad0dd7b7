"""Which point of a curve counts: one choice for all runs of a comparison.

Without a choice, finished runs count by their own last point; as soon as one of a pair still goes on, both count at the
last step that all runs of the pair logged of that metric.
"""

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Literal

import msgspec
import numpy as np

from trackside.compare.sides import Side
from trackside.model.errors import UsageError
from trackside.model.run import MetricSummary, Run
from trackside.store.curves import Series

Kind = Literal["auto", "last", "best", "primary-best", "mean-last", "common", "step", "time"]
Curves = Callable[[str, str], Series]
"""All points of a run's metric, by the run's id and the metric's name."""

_PLAIN: tuple[Kind, ...] = ("auto", "last", "best", "primary-best", "common")
_FURTHEST = (1 << 63) - 1
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_CHOICES = "auto, last, best, primary-best, common, mean-last=10, step=1000 or time=2h"


class At(msgspec.Struct, frozen=True):
    """A choice; `number` is how many points or which step, whole, or how many seconds since a run's first point."""

    kind: Kind = "auto"
    number: float = 0.0

    def __str__(self) -> str:
        if self.kind in _PLAIN:
            return self.kind
        return f"{self.kind}={f'{self.number:.12g}s' if self.kind == 'time' else int(self.number)}"


class Point(msgspec.Struct, frozen=True):
    """A value, which may be NaN, and the step at which it stands; None where there is none."""

    value: float | None = None
    step: int | None = None


def parse_at(text: str) -> At:
    """The choice that a person typed. UsageError says what there is to choose from."""
    kind, equals, number = text.partition("=")
    for plain in _PLAIN:
        if text == plain:
            return At(plain)
    try:
        if equals and kind == "time" and 0 <= (seconds := _seconds(number)) < math.inf:
            return At("time", seconds)
        if equals and kind == "step":
            return At("step", _whole(number))
        if equals and kind == "mean-last" and _whole(number) > 0:
            return At("mean-last", _whole(number))
    except ValueError:
        pass
    raise UsageError(f"{text!r} is no point of a curve: it is one of {_CHOICES}")


def _whole(text: str) -> int:
    """A step, or a number of points, of 64 bits as a run's are. ValueError where it is none."""
    number = int(text)
    if abs(number) > _FURTHEST:
        raise ValueError("no run comes so far")
    return number


def _seconds(text: str) -> float:
    """`90`, `90s` or `2h`. ValueError where it is none."""
    unit = _UNITS.get(text[-1:])
    return float(text) if unit is None else float(text[:-1]) * unit


def settled(at: At, baseline: Side, candidate: Side) -> At:
    """The choice for one pair, where none was made."""
    if at.kind != "auto":
        return at
    return At("common") if baseline.going or candidate.going else At("last")


def has_diverged(summary: MetricSummary) -> bool:
    """Whether a metric ended in no finite value: what it reached before is no result."""
    return summary.last is not None and not math.isfinite(summary.last)


def points(at: At, metric: str, side: Side, curves: Curves) -> list[Point]:
    """The point of every run of a side, by a choice that is settled and no common step."""
    return [_point(at, run, metric, curves) for run in side.runs]


def common_points(metric: str, baseline: Side, candidate: Side, curves: Curves) -> tuple[list[Point], list[Point]]:
    """The points of both sides at the last step that all of their runs logged."""
    sides = baseline.runs, candidate.runs
    step = _common_step([curves(run.id, metric) for side in sides for run in side if metric in run.metrics])
    ours, theirs = ([_at_step(curves(run.id, metric), step) for run in side] for side in sides)
    return ours, theirs


def _point(at: At, run: Run, metric: str, curves: Curves) -> Point:
    summary = run.metrics.get(metric)
    if summary is None:
        return Point()
    match at.kind:
        case "best" | "primary-best" if has_diverged(summary):
            return Point(math.nan, summary.last_step)
        case "best":
            return Point(summary.best, summary.best_step)
        case "primary-best":
            judged = run.metrics.get(run.primary or "")
            return Point(summary.at_best, None if judged is None else judged.best_step)
        case "mean-last":
            return _mean_of_last(curves(run.id, metric), int(at.number))
        case "step":
            return _until(curves(run.id, metric), "step", at.number)
        case "time":
            return _until(curves(run.id, metric), "time", at.number)
        case _:
            return Point(summary.last, summary.last_step)


def _mean_of_last(series: Series, count: int) -> Point:
    if len(series) < count:
        return Point()
    return Point(float(np.mean(series.value[-count:])), int(series.step[-1]))


def _until(series: Series, axis: Literal["step", "time"], limit: float) -> Point:
    """The last point that is not beyond `limit`, of a curve that has come so far."""
    if not len(series):
        return Point()
    places = series.step if axis == "step" else series.time - series.time.min()
    reached = np.flatnonzero(places <= limit)
    if not len(reached) or places.max() < limit:
        return Point()
    last = int(reached[-1])
    return Point(float(series.value[last]), int(series.step[last]))


def _common_step(curves: Sequence[Series]) -> int | None:
    if not curves:
        return None
    shared = reduce(np.intersect1d, [curve.step for curve in curves])
    return int(shared[-1]) if len(shared) else None


def _at_step(series: Series, step: int | None) -> Point:
    if step is None:
        return Point()
    place = int(np.searchsorted(series.step, step, side="right")) - 1
    if place < 0 or series.step[place] != step:
        return Point()
    return Point(float(series.value[place]), step)
