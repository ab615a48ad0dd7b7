"""What a project decided about comparisons."""

from collections.abc import Iterable, Mapping

import msgspec

from trackside.compare.guard import Acknowledged
from trackside.model.goals import Goal, infer_goal
from trackside.model.margins import Margin
from trackside.model.run import Run


class Rules(msgspec.Struct, frozen=True):
    """`planned_seeds` is how many seeds each side is to have; `margins` are by metric."""

    primary: str | None = None
    goals: Mapping[str, Goal] = msgspec.field(default_factory=dict)
    margins: Mapping[str, Margin] = msgspec.field(default_factory=dict)
    paired_by_seed: bool = False
    planned_seeds: int | None = None
    acknowledged: Acknowledged = msgspec.field(default_factory=dict)

    def goal_of(self, metric: str, runs: Iterable[Run]) -> Goal | None:
        """What the project decided, else what all of these runs say that do, else what the metric's name says.

        None where runs do not say the same.
        """
        said = {goal for run in runs if metric in run.metrics and (goal := run.metrics[metric].goal)}
        if metric in self.goals or not said:
            return self.goals.get(metric) or infer_goal(metric)
        return said.pop() if len(said) == 1 else None

    def primary_of(self, runs: Iterable[Run]) -> str | None:
        """The metric that runs are judged by: what the project decided, else what all of them say that do.

        None where they do not say the same.
        """
        said = {run.primary for run in runs if run.primary}
        return self.primary or (said.pop() if len(said) == 1 else None)
