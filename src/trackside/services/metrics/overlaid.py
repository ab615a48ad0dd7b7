"""Several runs over one another: the metrics that they have, and the one to look at."""

from collections.abc import Sequence

from trackside.model.natural import natural
from trackside.model.run import Run
from trackside.services.run.preview import chosen_metric


def common_metrics(runs: Sequence[Run]) -> list[str]:
    """The metrics of any of the runs: those that most of them have first, then by name."""
    counts: dict[str, int] = {}
    for run in runs:
        for metric in run.metrics:
            counts[metric] = counts.get(metric, 0) + 1
    return sorted(counts, key=lambda metric: (-counts[metric], natural(metric)))


def metric_of_all(runs: Sequence[Run], wanted: str | None) -> str | None:
    """The metric to look at: the wanted one if any run has it, else that by which the runs are likeliest judged."""
    if any(wanted in run.metrics for run in runs):
        return wanted
    return next(filter(None, (chosen_metric(run, None) for run in runs)), None)
