"""Several runs over one another: the metrics that they have."""

from collections.abc import Sequence

from trackside.model.natural import natural
from trackside.model.run import Run


def common_metrics(runs: Sequence[Run]) -> list[str]:
    """The metrics of any of the runs: those that most of them have first, then by name."""
    counts: dict[str, int] = {}
    for run in runs:
        for metric in run.metrics:
            counts[metric] = counts.get(metric, 0) + 1
    return sorted(counts, key=lambda metric: (-counts[metric], natural(metric)))
