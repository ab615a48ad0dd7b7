"""Where something leads when it is opened."""

from typing import TypeAlias

import msgspec


class MetricTarget(msgspec.Struct, frozen=True):
    """The chart of a metric along an axis, its usual one where none is named; with the crosshair at a step."""

    metric: str
    step: int | None = None
    x: str | None = None


class RunTarget(msgspec.Struct, frozen=True):
    """Another run."""

    run_id: str


Target: TypeAlias = MetricTarget | RunTarget
