"""Which of a row's names are its step, its time and its part of the data, where no format says so."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from trackside.sources import numbers

STEPS = ("step", "_step", "global_step", "iteration", "iter", "timesteps", "total_timesteps", "epoch")
TIMES = ("time", "timestamp", "_timestamp", "ts", "wall_time")
_PARTS = ("split", "mode", "phase", "subset", "stage")
_PART_NAMES = frozenset({"train", "training", "val", "valid", "validation", "eval", "evaluation", "test", "dev"})
_FIRST_MOMENT = 100_000_000.0
"""What is smaller is no moment since 1970 (it would be in 1973), but seconds since the start."""

_OF_METRICS = (
    *("loss", "acc", "auc", "f1", "bleu", "rouge", "map", "iou", "psnr", "fid", "mse", "mae", "rmse", "error"),
    *("perplexity", "ppl", "rew", "reward", "return", "entropy", "precision", "recall", "score", "lr", "learning_rate"),
    *("grad", "train", "val", "valid", "eval", "test", "metric", "dice", "wer", "cer", "kl", "accuracy"),
)


class Columns(NamedTuple):
    """The names that have a meaning of their own; None where there is none."""

    step: str | None
    time: str | None
    part: str | None


def columns_of(first: Mapping[str, Any]) -> Columns:
    """What the names in a first row mean. A step may have a family before it, as `time/total_timesteps` has."""
    return Columns(
        _first_that(first, STEPS, lambda value: numbers.step_of(value) is not None),
        _first_that(first, TIMES, lambda value: (numbers.moment_of(value) or 0.0) >= _FIRST_MOMENT),
        _first_that(first, _PARTS, lambda value: isinstance(value, str) and value.lower() in _PART_NAMES),
    )


def names_metrics(names: Iterable[str]) -> bool:
    """Whether one of several names is that of something that is measured while training."""
    return any(word in _OF_METRICS for name in names for word in _words(name))


def moment(value: Any) -> float:
    """A time in a column of times; NaN where it is none."""
    found = numbers.moment_of(value)
    return math.nan if found is None else found


def _words(name: str) -> list[str]:
    return [*"".join(letter if letter.isalnum() else " " for letter in name.lower()).split(), name.lower()]


def _first_that(row: Mapping[str, Any], names: tuple[str, ...], fits: Any) -> str | None:
    lower = {name.lower().rpartition("/")[2]: name for name in reversed(list(row))}
    return next((lower[name] for name in names if name in lower and fits(row[lower[name]])), None)
