"""At-best: the value of every metric at the step where a run's primary metric was best.

A metric that has no point at that very step counts with its latest one before it, so that a training loss logged every
100 steps still has an at-best. Points are folded as they are read; where that cannot tell (steps that went back, a
sealed log whose rows were not read), the metric is left `unsettled` and its curve is looked at once.
"""

from collections.abc import Iterable

import msgspec
import numpy as np

from trackside.store.decode import Block
from trackside.store.stats import Stats


class Point(msgspec.Struct, array_like=True):
    """One point of a metric."""

    step: int
    time: float
    value: float

    @property
    def place(self) -> tuple[int, float]:
        """What points of a curve are ordered by."""
        return (self.step, self.time)


class AtBest(msgspec.Struct):
    """Every metric's latest point at or before `step`, where `primary` is best; no step before the first row."""

    primary: str
    step: int | None = None
    points: dict[str, Point] = {}
    unsettled: set[str] = set()

    def move(self, step: int, lasts: dict[str, Point]) -> None:
        """The best step is now another one; `lasts` are the last points of all that was folded before."""
        if step == self.step:
            return
        self.step = step
        for metric, last in lasts.items():
            if last.step <= step:
                self.points[metric] = last
                self.unsettled.discard(metric)
            else:
                self.points.pop(metric, None)
                self.unsettled.add(metric)

    def fold(self, blocks: Iterable[Block]) -> None:
        """Take in rows that were read after those that are known."""
        if self.step is None:
            return
        for block in blocks:
            until = np.flatnonzero(block.step <= self.step)
            if len(until):
                row = int(until[np.lexsort((block.time[until], block.step[until]))[-1]])
                step, time = int(block.step[row]), float(block.time[row])
                for metric, value in zip(block.keys, block.values[row].tolist(), strict=True):
                    self.offer(metric, Point(step, time, value))

    def offer(self, metric: str, point: Point) -> None:
        """A point at or before the best step: the latest of them counts."""
        known = self.points.get(metric)
        if known is None or known.place <= point.place:
            self.points[metric] = point

    def value(self, metric: str) -> float | None:
        """The at-best of `metric`; None where it had no point by then."""
        point = self.points.get(metric)
        return None if point is None else point.value


def last_points(stats: dict[str, Stats]) -> dict[str, Point]:
    """The last point of every metric."""
    return {
        metric: Point(known.last_step, known.last_time, known.last)
        for metric, known in stats.items()
        if known.last_step is not None and known.last_time is not None and known.last is not None
    }
