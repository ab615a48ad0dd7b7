"""From what a link calls runs to runs of a store."""

from collections.abc import Sequence

from msgspec.structs import replace

from trackside.model.errors import UsageError
from trackside.model.nearest import meant
from trackside.services.lookup import resolve
from trackside.services.sharing.seen import Chart, Run, Seen
from trackside.store.any_store import AnyStore


def resolved(seen: Seen, store: AnyStore) -> Seen:
    """The same with ids of runs that are there. UsageError for a run, or a metric, that is not.

    What is compared, and a pivot, are looked for by their screens, which also say why they find nothing.
    """
    match seen:
        case Run():
            run = resolve(store, seen.run)
            if seen.metric:
                _check_metric(store, [run], seen.metric)
            return replace(seen, run=run)
        case Chart():
            runs = tuple(dict.fromkeys(resolve(store, run) for run in seen.runs))
            _check_metric(store, runs, seen.metric)
            return replace(seen, runs=runs)
    return seen


def _check_metric(store: AnyStore, runs: Sequence[str], metric: str) -> None:
    found = store.runs(list(runs))
    known = {name for run in found for name in run.metrics}
    if metric not in known:
        raise UsageError(f"{', '.join(run.name for run in found)}: no metric {metric!r}{meant(metric, sorted(known))}")
