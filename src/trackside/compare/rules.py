"""What a project decided about comparisons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trackside.compare.guard import Acknowledged
from trackside.model.goals import Goal
from trackside.model.margins import Margin
from trackside.model.run import Run


@dataclass(frozen=True, slots=True)
class Rules:
    """`planned_seeds` is how many seeds each side is to have; `margins` are by metric."""

    primary: str | None = None
    goals: Mapping[str, Goal] = field(default_factory=dict)
    margins: Mapping[str, Margin] = field(default_factory=dict)
    paired_by_seed: bool = False
    planned_seeds: int | None = None
    acknowledged: Acknowledged = field(default_factory=dict)

    def primary_of(self, runs: Iterable[Run]) -> str | None:
        """The metric that runs are judged by: what the project decided, else what the first of them says that does."""
        return self.primary or next((run.primary for run in runs if run.primary), None)
