"""The runs of a store in groups; also by which are replicates of each other, which their columns alone do not tell."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import polars as pl

from trackside.services.comparison.mixed import why_mixed
from trackside.services.comparison.sides import methods_of
from trackside.services.grouping.groups import Groups, Mixture, grouped, with_replicates
from trackside.services.table.asked import Change, SortKey
from trackside.services.table.baseline_changes import Values
from trackside.services.table.rows import REPLICATES
from trackside.services.table.selecting import View, known_column
from trackside.services.table.unlike_data import unlike_columns
from trackside.store.any_store import AnyStore


def leads(store: AnyStore, view: View) -> list[str]:
    """For each run of the view, in its order, the first of its replicates; itself where it has none."""
    runs = store.runs(view.ids(0, len(view)))
    found: dict[str, str] = {}
    for project in dict.fromkeys(run.project for run in runs):
        own = [run for run in runs if run.project == project]
        for side in methods_of(store, project, own).sides(own):
            found.update((run.id, side.lead.id) for run in side.all_runs)
    return [found.get(run_id, run_id) for run_id in view.ids(0, len(view))]


def grouped_runs(
    store: AnyStore,
    view: View,
    keys: Sequence[str],
    sort: Sequence[SortKey],
    columns: Sequence[str],
    change: Change = "value",
    baselines: AbstractSet[str] = frozenset(),
) -> Groups:
    """The runs of the view by these keys, which are those of the table, and `replicates`. For a worker thread.

    UsageError for a key that no run has.
    """
    if REPLICATES in keys:
        view = with_replicates(view, leads(store, view))

    def mixtures(together: Sequence[Sequence[str]], measured: Sequence[str]) -> list[Mixture]:
        why = [""] * len(together) if REPLICATES in keys else why_mixed(store, view.frame, together)
        return list(map(Mixture, why, unlike_columns(store, view.frame, together, measured)))

    return grouped(view, [known_column(key, view.frame) for key in keys], sort, columns, mixtures, change, baselines)


def baseline_means(
    store: AnyStore, view: View, keys: Sequence[str], columns: Sequence[str], of_projects: Mapping[str, str]
) -> Values:
    """What groups are told from: by project the means of the group that its baseline is in.

    They are over the project's runs that the view has; where it lacks the baseline, over all that are not archived.
    """
    found: dict[str, dict[str, float]] = {}
    for project, run_id in of_projects.items():
        groups = grouped_runs(store, _around(view, project, run_id), keys, (), columns)
        place = groups.of_run(run_id)
        if place is not None:
            measured = {column: groups.measured(place[0], column) for column in columns}
            found[project] = {column: one.mean for column, one in measured.items() if one is not None}
    return found


def _around(view: View, project: str, run_id: str) -> View:
    """The runs of a project among which its baseline is."""
    frame, own = view.frame, pl.col("project") == project
    shown = frame.select(own).to_series()
    order = view.order.filter(shown.gather(view.order)) if view.position(run_id) is not None else None
    if order is None:
        kept = frame.select(own & (~pl.col("archived") | (pl.col("id") == run_id))).to_series()
        order = kept.arg_true()
    return View(frame, order, None)
