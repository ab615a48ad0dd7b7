"""What a project decided, as it is shown: whether its baseline still stands, who chose it when, and the rest."""

from dataclasses import dataclass

import msgspec

from trackside.model.run import Acknowledgement, Run
from trackside.services.cells import date
from trackside.services.documents import Document, iso_time
from trackside.store.any_store import AnyStore


@dataclass(frozen=True, slots=True)
class Baseline:
    """The run that a project chose; None where it is not there any more. `trouble` is one line, None without any."""

    run_id: str
    run: Run | None
    trouble: str | None

    @property
    def is_usable(self) -> bool:
        """Whether anything can be compared against it."""
        return self.run is not None and not self.run.trashed


@dataclass(frozen=True, slots=True)
class Choice:
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


def project_document(store: AnyStore, project: str) -> Document:
    """What a project decided: an entry of `trackside project --json`."""
    decided = store.project(project)
    baseline = baseline_of_project(store, project)
    acknowledged = [msgspec.structs.asdict(one) | {"time": iso_time(one.time)} for one in decided.acknowledged]
    trouble = None if baseline is None else baseline.trouble
    return msgspec.structs.asdict(decided) | {"trouble": trouble, "acknowledged": acknowledged}


def project_rows(store: AnyStore, project: str) -> list[tuple[str, str]]:
    """What a project decided, a word and what it is each; of what it did not, none."""
    decided = store.project(project)
    baseline = baseline_of_project(store, project)
    rows = [
        ("baseline", "" if baseline is None else _named(baseline)),
        ("primary", decided.primary or ""),
        *(("goal", f"{metric} {goal}") for metric, goal in sorted(decided.goals.items())),
        *(("margin", f"{metric} {typed}") for metric, typed in sorted(decided.margins.items())),
        ("seeds", "" if decided.seeds is None else f"{decided.seeds:,}"),
        ("pair", decided.pair or ""),
        *(("ignored", param) for param in decided.ignored),
        *(("evaluation", glob) for glob in decided.evaluation),
        *(("acknowledged", _acknowledged(one)) for one in decided.acknowledged),
    ]
    return [(word, text) for word, text in rows if text]


def _named(baseline: Baseline) -> str:
    return baseline.run_id if baseline.run is None else f"{baseline.run.name} ({baseline.run_id})"


def _acknowledged(one: Acknowledgement) -> str:
    by = " ".join(part for part in (one.user, date(one.time)) if part)
    return f"{one.code}: {one.candidate} beside {one.baseline}, {by}: {one.note}"
