"""What stands beside the runs table: a run's curve over the baseline's, the params that differ, its last words.

Arrays are loaded with the first preview, not with this module: the app's first screen has a preview on it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from trackside.compare.differs.facts import ParamRow, params
from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.services import cells
from trackside.services.console import lines
from trackside.services.run.overview import baseline_of

if TYPE_CHECKING:
    from trackside.charts.spec import Curve
    from trackside.store.any_store import AnyStore

_CONSOLE_LINES = 8
_MOST_CURVES = 12


class RunPreview(msgspec.Struct, frozen=True):
    """A run in short, or a group of `number` runs after its first one.

    `baseline` is None where it is the run itself, `metric` where the run has none.
    """

    run: Run
    number: int
    baseline: Run | None
    metric: str | None
    drawn: "tuple[Curve, ...]"
    changes: tuple[ParamRow, ...]
    console: tuple[str, ...]
    failure: str


def load(store: "AnyStore", run_ids: Sequence[str], metric: str | None) -> RunPreview:
    """The preview of a run with the curve of `metric`, of its primary one where it lacks that. For a worker thread.

    Of several runs the first is told of, and the curves of the first dozen are drawn.
    """
    from trackside.services.metrics.curves import curves

    run = store.run(run_ids[0])
    known = baseline_of(store, run)
    baseline = None if known is None or known.id == run.id else known
    shown = chosen_metric(run, metric)
    below = [] if baseline is None or baseline.id in run_ids else [baseline.id]
    return RunPreview(
        run=run,
        number=len(run_ids),
        baseline=baseline,
        metric=shown,
        drawn=() if shown is None else tuple(curves(store, [*below, *run_ids[:_MOST_CURVES]], shown)),
        changes=() if baseline is None else params(baseline, [run]),
        console=tuple(lines.last_lines(store, run.id, _CONSOLE_LINES)),
        failure=cells.last_line(run.traceback),
    )


def chosen_metric(run: Run, wanted: str | None) -> str | None:
    """The metric to draw: the wanted one, else the primary, else the likeliest to be judged by."""
    known = [metric for metric in (wanted, run.primary) if metric in run.metrics]
    trained = (metric for metric in run.metrics if not is_system(metric))
    return known[0] if known else min(trained, key=lambda metric: _likeliness(run, metric), default=None)


def _likeliness(run: Run, metric: str) -> tuple[bool, bool, str]:
    """Lower comes first: metrics with a direction, of validation before training, then by name."""
    held_out = any(word in metric for word in ("val", "eval", "test"))
    return (run.metrics[metric].goal is None, not held_out, metric)
