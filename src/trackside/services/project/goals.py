"""The metrics of a project: which direction of each is better, which one judges runs, and who says so.

A person's word comes first, then what the run declared (its script, or the system that recorded it), then the name.
"""

from collections.abc import Sequence

import msgspec

from trackside.model.goals import Goal, infer_goal
from trackside.model.natural import natural
from trackside.model.run import OWN_SOURCE, ProjectSettings, Run
from trackside.model.system import is_system
from trackside.services.documents import Document
from trackside.services.lookup import newest
from trackside.store.any_store import AnyStore

PERSON, SCRIPT, NAME = "person", "script", "name"
"""Who says it; of a run that another system recorded, that system's name stands in place of `script`."""


class MetricGoal(msgspec.Struct, frozen=True):
    """A metric as the newest run of the project has it.

    `goal_from` is `person`, `script`, a system such as `wandb`, `name` where it is inferred, None where no goal is
    known; `other_goals` are those of older runs. `primary_from` is None where it is not the primary metric.
    `eval_data` is the role of the data that it is measured on.
    """

    metric: str
    goal: Goal | None
    goal_from: str | None
    other_goals: tuple[Goal, ...]
    primary_from: str | None
    margin: str | None
    eval_data: str | None

    @property
    def is_told(self) -> bool:
        """Whether anything of it was decided or declared, and not only inferred."""
        return self.goal_from not in (None, NAME) or bool(self.primary_from or self.margin)

    def document(self) -> Document:
        """An entry of `metrics` in `trackside goal --json` and `trackside project --json`."""
        return msgspec.structs.asdict(self) | {"other_goals": list(self.other_goals)}


def metric_goals(store: AnyStore, project: str) -> list[MetricGoal]:
    """Every metric of a project, the primary one first; those of the machine are left out."""
    decided = store.project(project)
    runs = newest(store, project)
    having: dict[str, list[Run]] = {metric: [] for metric in (*decided.goals, *decided.margins)}
    for run in runs:
        for metric in {**run.metrics, **run.declared}:
            if not is_system(metric):
                having.setdefault(metric, []).append(run)
    primary, primary_from = _primary(decided, runs)
    if primary is not None:
        having.setdefault(primary, [])
    found = [_of(metric, runs, decided, primary_from if metric == primary else None) for metric, runs in having.items()]
    return sorted(found, key=lambda one: (one.primary_from is None, natural(one.metric)))


def _primary(decided: ProjectSettings, runs: Sequence[Run]) -> tuple[str | None, str | None]:
    """The primary metric, and who says so."""
    if decided.primary is not None:
        return decided.primary, PERSON
    run = next((run for run in runs if run.primary is not None), None)
    return (None, None) if run is None else (run.primary, _recorder(run))


def _of(metric: str, runs: Sequence[Run], decided: ProjectSettings, primary_from: str | None) -> MetricGoal:
    goals = list(dict.fromkeys(_goal(metric, run, decided) for run in runs)) or [_goal(metric, None, decided)]
    goal, goal_from = goals[0]
    others = {other for other, _ in goals if other is not None and other != goal}
    return MetricGoal(
        metric,
        goal,
        goal_from,
        tuple(sorted(others)),
        primary_from,
        decided.margins.get(metric),
        next((run.eval_data[metric] for run in runs if metric in run.eval_data), None),
    )


def _goal(metric: str, run: Run | None, decided: ProjectSettings) -> tuple[Goal | None, str | None]:
    """The goal by one run, and who says so."""
    if metric in decided.goals:
        return decided.goals[metric], PERSON
    if run is not None and metric in run.declared:
        return run.declared[metric], _recorder(run)
    inferred = infer_goal(metric)
    return inferred, None if inferred is None else NAME


def _recorder(run: Run) -> str:
    return SCRIPT if run.source == OWN_SOURCE else run.source
