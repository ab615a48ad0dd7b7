"""Which params differ among a few runs: one row a param, one column a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from trackside.model.natural import natural
from trackside.model.run import Param, Run
from trackside.services.overview import MISSING


@dataclass(frozen=True, slots=True)
class DifferingParam:
    """A param that is not the same in all runs; `values` in the runs' order, `MISSING` where a run lacks it."""

    key: str
    values: tuple[Param, ...]


def differing_params(runs: Sequence[Run]) -> list[DifferingParam]:
    """The params in which the runs differ, in the order of the first run, then of those that it lacks."""
    keys = dict.fromkeys(key for run in runs for key in run.params)
    rows = [DifferingParam(key, tuple(run.params.get(key, MISSING) for run in runs)) for key in keys]
    return [row for row in rows if any(value != row.values[0] for value in row.values[1:])]


def baseline_first(runs: Sequence[Run], baseline: str | None) -> list[Run]:
    """The runs in their order, the baseline before all others."""
    return sorted(runs, key=lambda run: run.id != baseline)


def common_metrics(runs: Sequence[Run]) -> list[str]:
    """The metrics of any of the runs: those that most of them have first, then by name."""
    counts: dict[str, int] = {}
    for run in runs:
        for metric in run.metrics:
            counts[metric] = counts.get(metric, 0) + 1
    return sorted(counts, key=lambda metric: (-counts[metric], natural(metric)))
