"""A metric's curve in the width of a column. It reads the curve's points: for a worker thread."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trackside.charts.sparkline import sparkline

if TYPE_CHECKING:
    from trackside.charts.arrays import Floats
    from trackside.model.run import Run
    from trackside.store.any_store import AnyStore

WIDTH = 12
_MOST_POINTS = 20_000
"""Of a longer curve its buckets are read, of which there are enough."""


def small_curves(
    store: "AnyStore", wanted: Sequence[tuple[str, str]], *, ascii_only: bool = False
) -> Iterator[tuple[tuple[str, str], str]]:
    """For each run and metric, one after the other, the curve in at most `WIDTH` characters; empty without points."""
    runs = {run.id: run for run in store.runs(dict.fromkeys(run_id for run_id, _ in wanted))}
    for run_id, metric in wanted:
        run = runs.get(run_id)
        values = None if run is None else _values(store, run, metric)
        yield (run_id, metric), "" if values is None else sparkline(values, WIDTH, ascii_only=ascii_only)


def _values(store: "AnyStore", run: "Run", metric: str) -> "Floats | None":
    summary = run.metrics.get(metric)
    if summary is None:
        return None
    if summary.count > _MOST_POINTS:
        return store.overview(run.id, metric, _MOST_POINTS).mean
    return store.series(run.id, metric).value
