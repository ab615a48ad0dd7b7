"""The runs of a store in groups; also by which are replicates of each other, which their columns alone do not tell."""

from collections.abc import Sequence

from trackside.services.comparison.sides import methods_of
from trackside.services.grouping.groups import Groups, grouped, with_replicates
from trackside.services.table.asked import SortKey
from trackside.services.table.rows import REPLICATES
from trackside.services.table.selecting import View, known_column
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
    store: AnyStore, view: View, keys: Sequence[str], sort: Sequence[SortKey], columns: Sequence[str]
) -> Groups:
    """The runs of the view by these keys, which are those of the table, and `replicates`. For a worker thread.

    UsageError for a key that no run has.
    """
    if REPLICATES in keys:
        view = with_replicates(view, leads(store, view))
    return grouped(view, [known_column(key, view.frame) for key in keys], sort, columns)
