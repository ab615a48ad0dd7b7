"""What stands in the cells of a pivot: a statistic of a metric, or a fact that every run has, such as its duration."""

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

from trackside.compare.points import has_diverged
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.query.fields import STATISTICS
from trackside.services.cells import run_value
from trackside.services.table.selecting import column_of, known_column

FACTS = {"duration_s": "duration", "step": "step", "total_steps": "total_steps"}
"""Columns of facts, by their keys."""

_UNITS = {"duration_s": "s"}
_CHOICES = (
    *("METRIC", "best(METRIC)", "min(METRIC)", "max(METRIC)", "mean(METRIC)", "at_best(METRIC)"),
    *FACTS.values(),
)
_BETWEEN = re.compile(r",(?![^()]*\))")
"""A comma that is not within brackets."""

_HINTS = {
    "best": "whether it should be small or large is not known, define_metric(goal=…) says it",
    "at_best": "which metric is the primary one is not known, define_metric(primary=True) says it",
}


class Value(NamedTuple):
    """A statistic or a fact as it was typed, and its column."""

    typed: str
    column: str

    @property
    def is_fact(self) -> bool:
        """Whether it is no statistic of a metric."""
        return self.column in FACTS

    @property
    def kind(self) -> str:
        """Which statistic."""
        return self.column.partition(".")[0]

    @property
    def metric(self) -> str:
        """Of which metric; nothing of a fact."""
        return self.column.partition(".")[2]

    @property
    def name(self) -> str:
        """What it is called in print: a fact with its unit."""
        unit = _UNITS.get(self.column)
        return f"{self.typed} ({unit})" if unit else self.typed

    def of(self, run: Run) -> float | None:
        """What a run has; None where it has none, NaN of a metric that diverged."""
        summary = run.metrics.get(self.metric)
        found = math.nan if summary is not None and has_diverged(summary) else run_value(run, self.column)
        return None if found is None else float(found)


def values_of(texts: Iterable[str], frame: pl.DataFrame) -> list[Value]:
    """The values that are meant, each once; a text may have several, with commas between them.

    UsageError where one is no value, or there is none.
    """
    typed = dict.fromkeys(one for text in texts for one in _listed(text, frame))
    if not typed:
        raise UsageError(f"--value names nothing; write {', '.join(_CHOICES)}")
    return [_value(one, frame) for one in typed]


def _listed(text: str, frame: pl.DataFrame) -> Iterator[str]:
    """One value or several; a metric may have a comma in its name."""
    parts = [text] if column_of(text, frame) is not None else _BETWEEN.split(text)
    yield from filter(None, (part.strip() for part in parts))


def _value(typed: str, frame: pl.DataFrame) -> Value:
    found = Value(typed, known_column(typed, frame))
    if not found.is_fact and found.kind not in STATISTICS:
        raise UsageError(f"{typed} is no metric; write {', '.join(_CHOICES)}")
    if frame.get_column(found.column).is_null().all():
        raise UsageError(f"no run has {typed}; {_HINTS.get(found.kind, 'it has no finite value')}")
    return found
