"""The baseline of a project, as it is shown: whether it still stands, and who chose which one when."""

import msgspec

from trackside.model.run import Run
from trackside.services.documents import Document, iso_time
from trackside.store.any_store import AnyStore


class Baseline(msgspec.Struct, frozen=True):
    """The run that a project chose; None where it is not there any more. `trouble` is one line, None without any."""

    run_id: str
    run: Run | None
    trouble: str | None

    @property
    def is_usable(self) -> bool:
        """Whether anything can be compared against it."""
        return self.run is not None and not self.run.trashed


class Choice(msgspec.Struct, frozen=True):
    """Who chose which baseline and when, in seconds since the epoch; without a run it was cleared."""

    time: float | None
    run_id: str | None
    name: str | None
    user: str | None
    host: str | None

    def document(self) -> Document:
        """An entry of `trackside baseline --history --json`."""
        return {
            "time": iso_time(self.time),
            "baseline": self.run_id,
            "name": self.name,
            "user": self.user,
            "host": self.host,
        }


def baseline_of_project(store: AnyStore, project: str) -> Baseline | None:
    """The baseline of a project as it stands; None where none was chosen."""
    run_id = store.project(project).baseline
    if run_id is None:
        return None
    run = next(iter(store.runs([run_id])), None)
    trouble = _trouble(run, project)
    said = f"the baseline of {project}, {run_id if run is None else run.name}, {trouble}" if trouble else None
    return Baseline(run_id, run, said)


def baseline_beside(store: AnyStore, run_id: str) -> tuple[str, Baseline | None]:
    """The project of a run, and its baseline. StoreError where there is no such run."""
    project = store.run(run_id).project
    return project, baseline_of_project(store, project)


def _trouble(run: Run | None, project: str) -> str | None:
    if run is None:
        return "is not in the store any more; `trackside baseline RUN` chooses another"
    if run.trashed:
        return f"is in the trash: `trackside restore {run.id}` brings it back, `trackside baseline RUN` chooses another"
    if run.project != project:
        return f"is a run of {run.project}; `trackside baseline RUN` chooses another"
    if run.archived:
        return f"is archived; `trackside archive --undo {run.id}` shows it in tables again"
    return None


def baseline_history(store: AnyStore, project: str) -> list[Choice]:
    """Every change of a project's baseline, the latest first. What was chosen again by the same user is told once."""
    choices = store.baseline_choices(project)
    names = {run.id: run.name for run in store.runs({one.run for one in choices if one.run})}
    told: list[Choice] = []
    for one in choices:
        if not told or (one.run, one.user) != (told[-1].run_id, told[-1].user):
            told.append(Choice(one.time, one.run, names.get(one.run or ""), one.user, one.host))
    return told[::-1]
