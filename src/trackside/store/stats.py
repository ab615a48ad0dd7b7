"""One metric in a few numbers: what is kept of its points beside the offset up to which a log was read.

Part of every training process: standard library and msgspec only.
"""

import math
from typing import TypeVar

import msgspec

from trackside.model.bounds import Count, Int64
from trackside.model.goals import Goal
from trackside.model.run import MetricSummary

Number = TypeVar("Number", int, float)

_MEAN_DIGITS = 12
"""Sums depend in their last bits on how a log was cut into reads; a mean must not."""


class Stats(msgspec.Struct, array_like=True):
    """One metric so far. Beside an extreme stands the smallest step that reached it, in whatever order it was read."""

    count: Count = 0
    nonfinite: Count = 0
    first_nonfinite_step: Int64 | None = None
    total: float = 0.0
    min: float | None = None
    min_step: Int64 | None = None
    max: float | None = None
    max_step: Int64 | None = None
    last: float | None = None
    last_step: Int64 | None = None
    last_time: float | None = None
    first_step: Int64 | None = None
    first_time: float | None = None
    shape: bytes = b""
    """What `health/shape.py` packs, of a metric that is judged by its shape; `Summaries` merges it."""

    def merge(self, newer: "Stats") -> None:
        """Take in what was seen after this, or beside it by another writer."""
        self.count += newer.count
        self.nonfinite += newer.nonfinite
        self.total += newer.total
        self.first_nonfinite_step = _least(self.first_nonfinite_step, newer.first_nonfinite_step)
        if newer.lowest < self.lowest:
            self.min, self.min_step = newer.min, newer.min_step
        if newer.highest < self.highest:
            self.max, self.max_step = newer.max, newer.max_step
        if newer.last_step is not None and self.last_point <= newer.last_point:
            self.last, self.last_step, self.last_time = newer.last, newer.last_step, newer.last_time
        self.first_step = _least(self.first_step, newer.first_step)
        self.first_time = _least(self.first_time, newer.first_time)

    @property
    def lowest(self) -> tuple[float, float]:
        """(value, step) of the smallest value, after every other where there is none."""
        return (math.inf, math.inf) if self.min is None or self.min_step is None else (self.min, self.min_step)

    @property
    def highest(self) -> tuple[float, float]:
        """(value, step) of the largest value, with its sign turned so that the smaller pair is the better one, too."""
        return (math.inf, math.inf) if self.max is None or self.max_step is None else (-self.max, self.max_step)

    @property
    def last_point(self) -> tuple[float, float]:
        """(step, time) of the last point, before every other where there is none."""
        if self.last_step is None or self.last_time is None:
            return (-math.inf, -math.inf)
        return (self.last_step, self.last_time)

    def best_step(self, goal: Goal | None) -> int | None:
        """The step of the best value by `goal`."""
        return {"min": self.min_step, "max": self.max_step, None: None}[goal]

    def summary(self, goal: Goal | None, at_best: float | None) -> MetricSummary:
        """As the rest of trackside knows it."""
        finite = self.count - self.nonfinite
        return MetricSummary(
            last=self.last,
            last_step=self.last_step,
            first_step=self.first_step,
            min=self.min,
            min_step=self.min_step,
            max=self.max,
            max_step=self.max_step,
            mean=float(f"{self.total / finite:.{_MEAN_DIGITS}g}") if finite and not math.isnan(self.total) else None,
            count=self.count,
            nonfinite=self.nonfinite,
            first_nonfinite_step=self.first_nonfinite_step,
            goal=goal,
            best={"min": self.min, "max": self.max, None: None}[goal],
            best_step=self.best_step(goal),
            at_best=at_best,
        )


def _least(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
