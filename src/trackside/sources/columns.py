"""Which of a row's names are its step, its time and its part of the data, where no format says so."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trackside.sources import numbers

STEPS = ("step", "_step", "global_step", "iteration", "iter", "timesteps", "total_timesteps", "epoch")
TIMES = ("time", "timestamp", "_timestamp", "ts", "wall_time", "wall time", "datetime", "date")
_PARTS = ("split", "mode", "phase", "subset", "stage")
_PART_NAMES = frozenset({"train", "training", "val", "valid", "validation", "eval", "evaluation", "test", "dev"})
_DAY = len("2026-01-31")
_FIRST_MOMENT = 100_000_000.0
"""What is smaller is no moment since 1970 (it would be in 1973), but seconds since the start."""

_OF_METRICS = (
    *("loss", "acc", "auc", "f1", "bleu", "rouge", "map", "iou", "psnr", "fid", "mse", "mae", "rmse", "error"),
    *("perplexity", "ppl", "rew", "reward", "return", "entropy", "precision", "recall", "score", "lr", "learning_rate"),
    *("grad", "train", "val", "valid", "eval", "test", "metric", "dice", "wer", "cer", "kl", "accuracy"),
)


class Columns(NamedTuple):
    """The names that have a meaning of their own; None where there is none. Of several times the first counts.

    `own` are all of them: what is no metric.
    """

    step: str | None
    times: tuple[str, ...]
    part: str | None
    own: frozenset[str]

    def moment(self, row: Mapping[str, Any]) -> float:
        """The time of a row; NaN where it says none."""
        return _moment(row.get(self.times[0])) if self.times else math.nan


def columns_of(first: Mapping[str, Any]) -> Columns:
    """What the names in a first row mean. A step may have a family before it, as `time/total_timesteps` has."""
    step = _first_that(first, STEPS, lambda value: numbers.step_of(value) is not None)
    times = tuple(_all_that(first, TIMES, lambda value: _moment(value) >= _FIRST_MOMENT))
    part = _first_that(first, _PARTS, lambda value: isinstance(value, str) and value.lower() in _PART_NAMES)
    return Columns(step, times, part, frozenset(name for name in (step, *times, part) if name is not None))


def names_metrics(names: Iterable[str]) -> bool:
    """Whether one of several names is that of something that is measured while training."""
    return any(word in _OF_METRICS for name in names for word in _words(name))


def _moment(value: Any) -> float:
    """A time as scripts write it, by this machine's clock where no zone is said; NaN where it is none, as a day is."""
    is_day = isinstance(value, str) and len(value) <= _DAY
    found = None if is_day and "-" in value else numbers.moment_of(value, zone=None)
    return math.nan if found is None else found


def _words(name: str) -> list[str]:
    return [*"".join(letter if letter.isalnum() else " " for letter in name.lower()).split(), name.lower()]


def _first_that(row: Mapping[str, Any], names: tuple[str, ...], fits: Any) -> str | None:
    return next(_all_that(row, names, fits), None)


def _all_that(row: Mapping[str, Any], names: tuple[str, ...], fits: Any) -> Iterator[str]:
    lower = {name.lower().rpartition("/")[2]: name for name in reversed(list(row))}
    return (lower[name] for name in names if name in lower and fits(row[lower[name]]))
