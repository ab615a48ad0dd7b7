"""A metric in a few numbers, folded point by point as logs grow, and merged from log to log.

The numbers of a run never need its curves: what was folded is kept beside the offset up to which it was read, and a
sealed log carries its own. It knows arrays, no file.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from trackside.health import shape
from trackside.health.names import judged
from trackside.model.keys import short
from trackside.model.system import is_system
from trackside.store.decode import Block
from trackside.store.stats import Stats


class Summaries:
    """The stats of every metric of a log, or of a run."""

    def __init__(self, stats: dict[str, Stats] | None = None) -> None:
        self.stats: dict[str, Stats] = {} if stats is None else stats

    def add(self, block: Block) -> None:
        """Fold the rows of one key set, all metrics at once."""
        if len(block.step):
            for key, stats in zip(block.keys, _block_stats(block), strict=True):
                self._merge(key, stats)
            self.add_shapes(block, filter(judged, block.keys))

    def add_shapes(self, block: Block, metrics: Iterable[str]) -> None:
        """Fold no more than the shapes of the curves of these metrics."""
        for metric in metrics:
            value = np.ascontiguousarray(block.values[:, block.keys.index(metric)])
            place = block.time.astype(np.int64) if is_system(metric) else block.step
            self._merge(metric, Stats(shape=shape.of_points(place, block.step, value).packed()))

    def merge(self, newer: "Summaries") -> None:
        """Take in the stats of another log."""
        for key, stats in newer.stats.items():
            self._merge(key, stats)

    def packed(self) -> dict[str, Any]:
        """What `unpacked` takes: plain values for msgpack."""
        return {key: msgspec.to_builtins(stats) for key, stats in self.stats.items()}

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> "Summaries":
        """Summaries from what `packed` gave. msgspec.ValidationError or ValueError on anything else."""
        summaries = cls({short(key): stats for key, stats in msgspec.convert(packed, dict[str, Stats]).items()})
        for stats in filter(lambda stats: stats.shape, summaries.stats.values()):
            shape.unpacked(stats.shape)
        return summaries

    def _merge(self, key: str, stats: Stats) -> None:
        known = self.stats.get(key)
        if known is None:
            self.stats[key] = stats
            return
        known.merge(stats)
        known.shape = _merged(known.shape, stats.shape)


def _merged(one: bytes, other: bytes) -> bytes:
    if not (one and other):
        return one or other
    return shape.unpacked(one).merged(shape.unpacked(other)).packed()


def last_position(step: npt.NDArray[np.int64], time: npt.NDArray[np.float64]) -> int:
    """Where the point of the largest (step, time) stands; of equal ones the one that was logged last."""
    end = len(step) - 1
    latest = step.max()
    at_latest = np.flatnonzero(step == latest)
    if at_latest[0] == end:
        return end
    times = time[at_latest]
    return int(at_latest[len(times) - 1 - int(np.argmax(times[::-1]))])


def _by_step(block: Block) -> Block:
    """Its rows by their steps, those of one step as they were logged: the first that reaches an extreme counts."""
    if (block.step[1:] >= block.step[:-1]).all():
        return block
    order = np.argsort(block.step, kind="stable")
    return Block(block.keys, block.step[order], block.time[order], block.values[order])


def _block_stats(block: Block) -> Iterable[Stats]:
    block = _by_step(block)
    step, values = np.ascontiguousarray(block.step), np.ascontiguousarray(block.values)
    last = last_position(step, block.time)
    finite = np.isfinite(values)
    whole = bool(finite.all())
    low = values if whole else np.where(finite, values, np.inf)
    high = values if whole else np.where(finite, values, -np.inf)
    low_at, high_at = low.argmin(axis=0), high.argmax(axis=0)
    columns = np.arange(values.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        total = (values if whole else np.where(finite, values, 0.0)).sum(axis=0).tolist()
    bad = [0] * len(columns) if whole else (len(step) - finite.sum(axis=0)).tolist()
    lows, highs = low[low_at, columns].tolist(), high[high_at, columns].tolist()
    low_steps, high_steps = step[low_at].tolist(), step[high_at].tolist()
    lasts = values[last].tolist()
    count, first_step, first_time = len(step), int(step.min()), float(block.time.min())
    last_step, last_time = int(step[last]), float(block.time[last])
    for column in columns.tolist():
        some = bad[column] < count
        yield Stats(
            count=count,
            nonfinite=bad[column],
            first_nonfinite_step=int(step[~finite[:, column]].min()) if bad[column] else None,
            total=total[column],
            min=lows[column] if some else None,
            min_step=low_steps[column] if some else None,
            max=highs[column] if some else None,
            max_step=high_steps[column] if some else None,
            last=lasts[column],
            last_step=last_step,
            last_time=last_time,
            first_step=first_step,
            first_time=first_time,
        )
