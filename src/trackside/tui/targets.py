"""Where a line leads when it is opened."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """The chart of a metric, with the crosshair at a step where there is something to see."""

    metric: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class RunTarget:
    """Another run."""

    run_id: str
