"""Where something leads when it is opened."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """The chart of a metric along an axis, its usual one where none is named; with the crosshair at a step."""

    metric: str
    step: int | None = None
    x: str | None = None


@dataclass(frozen=True, slots=True)
class RunTarget:
    """Another run."""

    run_id: str


Target: TypeAlias = MetricTarget | RunTarget
