"""What a project decided about comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trackside.compare.guard import Acknowledged
from trackside.model.goals import Goal
from trackside.model.margins import Margin


@dataclass(frozen=True, slots=True)
class Rules:
    """`planned_seeds` is how many seeds each side is to have; `margin`, where there is one, stands for all metrics'."""

    primary: str | None = None
    goals: Mapping[str, Goal] = field(default_factory=dict)
    margins: Mapping[str, Margin] = field(default_factory=dict)
    margin: Margin | None = None
    paired_by_seed: bool = False
    planned_seeds: int | None = None
    acknowledged: Acknowledged = field(default_factory=dict)
