"""From what a person types to a run.

A RUN is an id, a unique prefix or suffix of one, or the beginning of what tables show of it, of at least four
characters; a unique name; what the system that recorded it calls it, or the last part of that; or one of `@last`,
`@prev`, `@baseline` and `@best:METRIC`. It knows no terminal; mistakes are errors of one line that say what matches.
"""

import shlex
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from trackside.model.counting import listed
from trackside.model.errors import UsageError
from trackside.model.goals import Goal, infer_goal
from trackside.model.ids import SHOWN
from trackside.model.nearest import meant
from trackside.model.run import Run
from trackside.query.quoting import quoted_value
from trackside.services.project.baseline import baseline_of_project
from trackside.store.any_store import AnyStore

Remark: TypeAlias = Callable[[str], None]
"""Hears what a person should know of how a RUN was understood."""

SHORTEST_PART = 4
_SHOWN = 4
_RECENT = 1000
_LETTERS_OF_IDS = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def unsaid(_: str) -> None:
    """Nobody hears the remark."""


def resolve(store: AnyStore, text: str, project: str | None = None, *, remark: Remark = unsaid) -> str:
    """The id of the one run that `text` means, the trash left out. UsageError says what matches instead."""
    if text.startswith("@"):
        return _named_place(store, text, project, remark)
    everywhere = _matching(store, text)
    found = [run for run in everywhere if project is None or run.project == project]
    if everywhere and not found:
        raise UsageError(f"{text} is a run of {everywhere[0].project}, not of {project}")
    kept = [run for run in found if not run.trashed]
    if found and not kept:
        raise UsageError(f"{text} is in the trash: `trackside restore {found[0].id}` brings it back")
    return _one(store, text, kept).id


def resolve_trashed(store: AnyStore, text: str) -> str:
    """The id of the one run in the trash that `text` means."""
    found = _matching(store, text)
    trashed = [run for run in found if run.trashed]
    if found and not trashed:
        raise UsageError(f"{text} is not in the trash")
    return _one(store, text, trashed).id


def chosen(store: AnyStore, texts: Sequence[str], filter_text: str | None, *, remark: Remark = unsaid) -> list[str]:
    """The ids of the RUNs that were named or, instead, of all that match a filter; at least one."""
    if filter_text is not None:
        if texts:
            raise UsageError(f"{texts[0]} beside --filter: name runs, or give a filter")
        ids = matching(store, filter_text)
        if not ids:
            raise UsageError(f"no run matches {filter_text!r}")
        return ids
    if not texts:
        raise UsageError("neither RUN nor --filter: say which runs are meant")
    for text in texts:
        if may_be_filter(text) and not _matching(store, text):
            raise UsageError(f"no run {text!r}; --filter {shlex.quote(text)} means the runs that it matches")
    return list(dict.fromkeys(resolve(store, text, remark=remark) for text in texts))


def may_be_filter(text: str) -> bool:
    """Whether what stands in the place of a RUN has the form of a filter."""
    return not text.startswith("@") and any(sign in text for sign in ":<>=~ ")


def matching(store: AnyStore, filter_text: str) -> list[str]:
    """The ids of all runs that match a filter, newest first. FilterError says where it is mistaken."""
    from trackside.services.table.selecting import Query, select

    view = select(store.frame([filter_text]), Query(filter=filter_text), time.time())
    if view.error is not None:
        raise view.error
    return view.ids(0, len(view))


def of_project(store: AnyStore, project: str, *, archived: bool = False) -> list[Run]:
    """The runs of a project, newest first, without those in the trash; the archived ones only if they are wanted."""
    of_it = f"project:{quoted_value(project)}"
    return store.runs(matching(store, f"{of_it} (archived:true or archived:false)" if archived else of_it))


def newest(store: AnyStore, project: str | None = None, *, limit: int = _RECENT) -> list[Run]:
    """At most `limit` runs, the newest first, of a project or of all, that are neither trashed nor archived."""
    size = limit
    while True:
        page = store.first_page(size)
        runs = [run for run in page if not run.archived and (project is None or run.project == project)]
        if len(runs) >= limit or len(page) < size:
            return runs[:limit]
        size *= 4


def _matching(store: AnyStore, text: str) -> list[Run]:
    """Runs whose whole id or name is `text`, else those with an id that begins or ends so, else of that `source_id`."""
    runs = store.runs(store.ids_matching(text)) if text else []
    whole = [run for run in runs if text in (run.id, run.name)]
    if whole:
        return whole
    part = text.upper()
    parts = [run for run in runs if any(run.id.startswith(part, start) for start in (0, -len(part), -SHOWN))]
    return (parts if len(part) >= SHORTEST_PART else []) or _called(store, text)


def _called(store: AnyStore, text: str) -> list[Run]:
    """Runs that another system calls `text`, or so after the last slash."""
    runs = store.first_page(store.count()) if text else []
    return [run for run in runs if run.source_id and text in (run.source_id, run.source_id.rpartition("/")[2])]


def _one(store: AnyStore, text: str, runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    if runs:
        raise UsageError(f"{text} is {len(runs):,} runs: {_listed(runs)}; say which by its id")
    if 0 < len(text) < SHORTEST_PART and all(letter in _LETTERS_OF_IDS for letter in text.upper()):
        raise UsageError(f"no run is named {text}, and a part of an id needs at least {SHORTEST_PART} characters")
    recent = store.first_page(_RECENT)
    if not recent:
        raise UsageError(f"no run {text!r}: {_where(store)} has no runs")
    hint = meant(text, [run.name for run in recent])
    raise UsageError(f"no run {text!r} in {_where(store)}{hint or '; `trackside ls` lists them'}")


def _where(store: AnyStore) -> str:
    return ", ".join(store.addresses)


def _listed(runs: list[Run]) -> str:
    return listed([f"{run.id} ({run.name})" for run in runs], _SHOWN)


def _named_place(store: AnyStore, text: str, project: str | None, remark: Remark) -> str:
    place, _, argument = text[1:].partition(":")
    if place == "last" and not argument:
        return _last(store, text, project).id
    if place == "prev" and not argument:
        return _previous(store, text, project)
    if place == "baseline" and not argument:
        return _baseline(store, text, project, remark)
    if place == "best" and argument:
        return _best(store, argument, project, remark)
    raise UsageError(f"{text} is none of @last, @prev, @baseline, @best:METRIC")


def _last(store: AnyStore, text: str, project: str | None) -> Run:
    runs = newest(store, project)
    if not runs:
        where = f"project {project}" if project else f"{_where(store)}"
        raise UsageError(f"{text}: {where} has no runs")
    return runs[0]


def _previous(store: AnyStore, text: str, project: str | None) -> str:
    last = _last(store, text, project)
    before = [run for run in newest(store, last.project) if run.id != last.id]
    for run in before:
        if run.command == last.command:
            return run.id
    other = f"; the run before it is {before[0].name} ({before[0].id})" if before else ""
    raise UsageError(f"@prev: no earlier run has the command line of the last one, {last.name} ({last.id}){other}")


def _baseline(store: AnyStore, text: str, project: str | None, remark: Remark) -> str:
    if not project:
        having = [name for name in store.projects() if store.project(name).baseline is not None]
        project = _newest_project(store, text, having, remark)
    baseline = baseline_of_project(store, project)
    if baseline is None:
        raise UsageError(f"@baseline: {project} has none yet; `trackside baseline RUN` sets it")
    if not baseline.is_usable:
        raise UsageError(str(baseline.trouble))
    if baseline.trouble is not None:
        remark(baseline.trouble)
    return baseline.run_id


def _newest_project(store: AnyStore, text: str, having: Sequence[str], remark: Remark) -> str:
    """Of the projects that have what is asked for that with the newest run; of none, that of the newest run of all."""
    last = _last(store, text, None).project
    if not having:
        return last
    project = next((run.project for run in newest(store) if run.project in having), having[0])
    if len(having) > 1:
        remark(f"{text} is that of {project}, which has the newest run of {len(having):,} projects that have one")
    return project


def _best(store: AnyStore, metric: str, project: str | None, remark: Remark) -> str:
    import polars as pl

    frame = store.frame([metric])
    column = f"best.{metric}"
    if f"metric.{metric}" not in frame.columns:
        known = [name.removeprefix("metric.") for name in frame.columns if name.startswith("metric.")]
        raise UsageError(f"@best: no run has a metric {metric}{meant(metric, known)}")
    if project is None:
        having = frame.filter(~pl.col("archived") & pl.col(f"metric.{metric}").is_not_null())["project"]
        project = _newest_project(store, f"@best:{metric}", having.unique().sort().to_list(), remark)
    goal = _goal(store, metric, project)
    if goal is None or column not in frame.columns:
        raise UsageError(
            f"@best: whether {metric} should be small or large is not known; define_metric(goal=…) says it"
        )
    order = frame.filter((pl.col("project") == project) & ~pl.col("archived") & pl.col(column).is_finite())
    if order.is_empty():
        raise UsageError(f"@best: no run of {project} has a finite {metric}")
    return str(order.sort(column, "created", descending=[goal == "max", True])["id"][0])


def _goal(store: AnyStore, metric: str, project: str) -> Goal | None:
    declared = store.project(project).goals.get(metric)
    if declared is not None:
        return declared
    goals = (run.metrics[metric].goal for run in newest(store, project) if metric in run.metrics)
    return next((goal for goal in goals if goal is not None), infer_goal(metric))
