"""Decisions of a project: its baseline, goals and margins of its metrics, its seeds, and what does not matter.

Anybody may make them; each returns an `Undo`, and None takes a decision back. It knows no screen.
"""

import shlex
import time
from collections.abc import Sequence
from typing import Any, Literal

from msgspec.structs import replace

from trackside.model.counting import counted
from trackside.model.errors import UsageError
from trackside.model.globs import matches
from trackside.model.goals import Goal
from trackside.model.hashes import shortened
from trackside.model.margins import parse_margin
from trackside.model.nearest import meant
from trackside.model.run import Acknowledgement, Withdrawal
from trackside.model.status import FINISHED
from trackside.model.visible import is_encodable
from trackside.services.edit import Undo, check_name
from trackside.services.lookup import SHORTEST_PART
from trackside.store import decisions, identity
from trackside.store.any_store import AnyStore

MOST_SEEDS = 10_000
LONGEST_VALUE = 10_000
"""Characters of a value that is acknowledged, and of the note on it."""


def chosen_project(store: AnyStore, name: str | None) -> str:
    """The project of that name, or without one the only project. UsageError where it has no runs, or is one of more."""
    projects = store.projects()
    if not projects:
        raise UsageError(f"{', '.join(store.addresses)} has no runs, and so no project yet")
    if name is None and len(projects) == 1:
        return projects[0]
    if name is None:
        raise UsageError(f"the store has {len(projects):,} projects: say which, with --project or as PROJECT")
    if name not in projects:
        raise UsageError(f"no project {name!r} in {', '.join(store.addresses)}{meant(name, projects)}")
    return name


def check_metric(store: AnyStore, project: str, metric: str) -> None:
    """UsageError where nothing of a metric is known in a project: no run has it, and nothing was decided on it."""
    decided = store.project(project)
    if metric in {*decided.goals, *decided.margins, decided.primary}:
        return
    known = _known(store, project, "metric.")
    if metric not in known:
        raise UsageError(f"no run of {project} has a metric {metric}{meant(metric, known)}")


def set_baseline(store: AnyStore, project: str, run_id: str | None) -> Undo:
    """Make a run what its project is compared against, or with None nothing."""
    name = next((run.name for run in store.runs([run_id])), run_id) if run_id else None
    said = f"{name} is the baseline of {project}" if name else f"{project} has no baseline"
    return _decide(store, project, {decisions.BASELINE: run_id}, said, runs=(run_id,) if run_id else ())


def set_baseline_among(store: AnyStore, runs: Sequence[str], called: str) -> Undo:
    """Make the newest of these runs its project's baseline, if it can of those that finished; they are `called` so."""
    newest = max(store.runs(list(runs)), key=lambda run: (run.status == FINISHED, run.created, run.id))
    which = "newest run that finished" if newest.status == FINISHED else "newest run"
    undo = set_baseline(store, newest.project, newest.id)
    return replace(undo, says=f"{called}: its {which}, {newest.name}, is the baseline of {newest.project}")


def plan_seeds(store: AnyStore, project: str, seeds: int | None) -> Undo:
    """Say how many seeds are planned; a verdict on fewer is provisional."""
    if seeds is not None and not 0 < seeds <= MOST_SEEDS:
        raise UsageError(f"a planned number of seeds is from 1 to {MOST_SEEDS:,}, this is {seeds:,}")
    said = f"{project} plans {counted(seeds, 'seed')}" if seeds else f"{project} has no planned number of seeds"
    return _decide(store, project, {decisions.SEEDS: seeds}, said)


def pair_by(store: AnyStore, project: str, pair: Literal["seed"] | None) -> Undo:
    """Say that a seed fixes the same split on both sides of a comparison, so that runs are paired by it."""
    said = "is paired by seed: a seed fixes the same split on both sides" if pair else "is not paired"
    return _decide(store, project, {decisions.PAIR: pair}, f"{project} {said}")


def set_goal(store: AnyStore, project: str, metric: str, goal: Goal | None) -> Undo:
    """Say which direction of a metric is better; else its definition says so, or its name."""
    said = f"the goal of {metric} is {goal} in {project}" if goal else f"{project} has no goal of its own for {metric}"
    return _decide(store, project, {decisions.goal(metric): goal}, said)


def set_primary(store: AnyStore, project: str, metric: str | None) -> Undo:
    """Say which metric runs are judged by; else their own definition says so."""
    said = f"{metric} is the primary metric of {project}" if metric else f"{project} has no primary metric of its own"
    return _decide(store, project, {decisions.PRIMARY: metric}, said)


def set_margin(store: AnyStore, project: str, metric: str, typed: str | None) -> Undo:
    """Say how small a difference in a metric does not matter: `0.002`, or `0.5%` of the baseline."""
    if typed is None:
        return _decide(store, project, {decisions.margin(metric): None}, f"{project} has no margin for {metric}")
    check_margin(typed)
    text = typed.strip()
    said = f"a difference of {text} in {metric} does not matter in {project}"
    return _decide(store, project, {decisions.margin(metric): text}, said)


def check_margin(typed: str) -> None:
    """UsageError for what says no margin."""
    if parse_margin(typed) is None:
        raise UsageError(f"{typed!r} is no margin: write 0.002 for a difference in its unit, 0.5% for one in percent")


def ignore(store: AnyStore, project: str, params: Sequence[str], ignored: bool = True) -> Undo:
    """Say which params, or globs of them, do not matter when replicates are told, or do again."""
    check_globs(params)
    said = f"{project} ignores {', '.join(params)}" if ignored else f"{project} heeds {', '.join(params)} again"
    return _decide(store, project, {decisions.ignored(param): ignored or None for param in params}, said)


def without_params(store: AnyStore, project: str, globs: Sequence[str]) -> dict[str, str]:
    """Those of `globs` that match no param of any run of a project, each with the name that may have been meant."""
    known = _known(store, project, "param.")
    return {glob: meant(glob, known) for glob in globs if not any(matches(param, (glob,)) for param in known)}


def list_evaluation(store: AnyStore, project: str, files: Sequence[str], listed: bool = True) -> Undo:
    """Say which files, or globs of them, make up the evaluation, or do not any more."""
    check_globs(files)
    verb = "counts" if listed else "does not count"
    said = f"{project} {verb} {', '.join(files)} as its evaluation"
    return _decide(store, project, {decisions.evaluation(glob): listed or None for glob in files}, said)


def check_globs(globs: Sequence[str]) -> None:
    """UsageError for a name or glob that is empty, too long or not to be printed."""
    for glob in globs:
        check_name(glob, "a name or a glob")


def acknowledge(
    store: AnyStore,
    project: str,
    code: str,
    baseline: str,
    candidate: str,
    note: str,
    *,
    shown: tuple[str, str] | None = None,
) -> Undo:
    """Declare that two values which a reason of `code` names are no obstacle, and why; `shown` is how both are told."""
    for text in (code, baseline, candidate, note):
        if len(text) > LONGEST_VALUE or not is_encodable(text):
            raise UsageError(f"what is acknowledged is UTF-8 of {LONGEST_VALUE:,} characters at most: {text[:40]!r}")
    if not note.strip():
        raise UsageError("an acknowledgement needs a note: why the two values are no obstacle")
    said = Acknowledgement(
        code=code, baseline=baseline, candidate=candidate, note=note, user=identity.user(), time=time.time()
    )
    ours, theirs = shown or (shortened(baseline), shortened(candidate))
    fields = decisions.acknowledged(said)
    return _decide(store, project, fields, f"{project} accepts {theirs} beside {ours} ({code}): {note}")


def withdraw(store: AnyStore, project: str, what: str) -> list[Undo]:
    """Take back every acknowledgement of a code, or on a value that begins with `what`. UsageError where none is."""
    begins = what.removesuffix("…")
    meant = [
        one
        for one in store.project(project).acknowledged
        if one.code == what
        or (len(begins) >= SHORTEST_PART and (one.baseline.startswith(begins) or one.candidate.startswith(begins)))
    ]
    if not meant:
        listed = f"`trackside project {shlex.quote(project)}` lists what it did"
        raise UsageError(f"--withdraw {what}: {project} acknowledged nothing of that code or value; {listed}")
    return [_withdraw(store, project, one) for one in meant]


def _withdraw(store: AnyStore, project: str, one: Acknowledgement) -> Undo:
    fields = decisions.acknowledged(
        Withdrawal(
            code=one.code, baseline=one.baseline, candidate=one.candidate, user=identity.user(), time=time.time()
        )
    )
    said = f"{project} minds {shortened(one.candidate)} beside {shortened(one.baseline)} again ({one.code})"
    return _decide(store, project, fields, said)


def _known(store: AnyStore, project: str, kind: Literal["metric.", "param."]) -> list[str]:
    """The names of the metrics or params that some run of a project has."""
    import polars as pl

    named = [column for column in store.frame(()).columns if column.startswith(kind)]
    frame = store.frame(named).filter(pl.col("project") == project)
    logged = [column.name for column in frame if column.name.startswith(kind) and column.null_count() < len(frame)]
    return [name.removeprefix(kind) for name in logged]


def _decide(store: AnyStore, project: str, fields: dict[str, Any], said: str, runs: tuple[str, ...] = ()) -> Undo:
    editor = store.editor()
    decided = decisions.as_fields(store.project(project))
    before = {field: decided.get(field) for field in fields}
    editor.set_project(project, fields)
    return Undo(said, runs, lambda: editor.set_project(project, before))
