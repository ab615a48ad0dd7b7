"""The runs that a table or a statistic is of: those that a filter finds, or just these."""

from collections.abc import Sequence

import polars as pl

from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.services.comparison.sides import methods_of
from trackside.services.table.asked import SortKey
from trackside.services.table.selecting import Query, View, select, whole
from trackside.store.any_store import AnyStore

_OLDEST_FIRST = (SortKey("created"),)


def chosen(store: AnyStore, filter_: str, runs: Sequence[str] | None, now: float) -> View:
    """The rows of `runs`, or where there are none, of what the filter finds. FilterError where it is mistaken."""
    if runs is not None:
        return whole(store.frame(runs=runs).filter(pl.col("id").is_in(runs)))
    query = Query(filter=filter_, sort=_OLDEST_FIRST)
    found = select(store.frame([filter_]), query, now)
    if found.error is not None:
        raise found.error
    frame = store.frame(runs=found.ids(0, len(found)))
    return found if frame is found.frame else select(frame, query, now)


def no_runs(filter_: str) -> UsageError:
    """What is said where `chosen` found none."""
    return UsageError("no run matches this filter" if filter_ else "there are no runs yet")


def put_away(view: View, filter_: str, now: float) -> View:
    """The archived runs that this filter, which found `view`, leaves out for no other reason."""
    archived = f"({filter_}) archived:true" if filter_ else "archived:true"
    found = select(view.frame, Query(filter=archived), now)
    return View(found.frame, found.order.filter(~found.order.is_in(view.order.implode())), found.error)


def begun(store: AnyStore, view: View) -> list[Run]:
    """The runs of these rows without those that did not end well and were run again to their end."""
    runs = store.runs(view.ids(0, len(view)))
    of_project = {project: [run for run in runs if run.project == project] for project in {run.project for run in runs}}
    methods = {project: methods_of(store, project, some) for project, some in of_project.items()}
    return [run for run in runs if not methods[run.project].was_run_again(run)]
