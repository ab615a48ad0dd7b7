"""Why a run differs from its baseline: what could explain it, where the curves part, and how soon it gets as far.

It knows no terminal. The sides, their values and the verdict are those of `comparing`.
"""

from collections.abc import Sequence
from functools import cache

import msgspec

from trackside.compare.comparison import Cell, Comparison, Row
from trackside.compare.difference_curve import DifferenceCurve
from trackside.compare.reaching import Reaching
from trackside.compare.sides import Side
from trackside.compare.why import Cause, ranked
from trackside.model.errors import UsageError
from trackside.model.goals import Goal
from trackside.services.comparison.cell_curves import difference_of, reaching_of
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.suspects import suspects
from trackside.services.comparison.words import side_name
from trackside.services.lookup import Remark, unsaid
from trackside.store.any_store import AnyStore

_LISTED = 5


class Why(msgspec.Struct, frozen=True):
    """One metric of a candidate beside the baseline (`cell`), and what may explain their difference.

    `curve` is the difference over the steps at which every run of both sides logged the metric.
    """

    metric: str
    goal: Goal | None
    baseline: Side
    cell: Cell
    causes: tuple[Cause, ...]
    curve: DifferenceCurve
    reaching: Reaching


def why(
    store: AnyStore, run: str, baseline: str | None = None, metric: str | None = None, *, remark: Remark = unsaid
) -> Why:
    """What could explain how RUN differs from `baseline`, or from that of its project, in `metric`.

    Without a metric it is the primary one, else the first that both sides have. UsageError where they have none in
    common, or RUN is the baseline.
    """
    asked = Asked((run,), baseline, metrics=() if metric is None else (metric,))
    return why_of(store, compared(store, asked, remark=remark), metric=metric)


def why_of(store: AnyStore, found: Comparison, candidate: int = 0, metric: str | None = None) -> Why:
    """The same of a comparison that was made: of its candidate of that number, counted from 0."""
    row = _row(found, candidate, metric)
    cell = row.cells[candidate]
    curves = cache(store.series)
    return Why(
        metric=row.metric,
        goal=cell.verdict.goal,
        baseline=found.baseline,
        cell=cell,
        causes=ranked(suspects(store, found.baseline, cell, row.metric)),
        curve=difference_of(row, found.baseline, cell, curves),
        reaching=reaching_of(row, found.baseline, cell, curves),
    )


def _row(found: Comparison, candidate: int, metric: str | None) -> Row:
    """The metric that is meant, else the primary one where both sides have it, else the first that they do."""
    meant = [row for row in found.rows if metric in (None, row.metric)]
    shared = [row for row in meant if row.cells[candidate].delta is not None]
    if not shared:
        raise UsageError(_nothing_shared(found, candidate, meant))
    return next((row for row in shared if row.metric == found.primary), shared[0])


def _nothing_shared(found: Comparison, candidate: int, meant: Sequence[Row]) -> str:
    names = side_name(found.candidates[candidate]), side_name(found.baseline)
    having = (
        [row.metric for row in meant if row.cells[candidate].value is not None],
        [row.metric for row in meant if row.cells[candidate].baseline_value is not None],
    )
    listed = (", ".join(metrics[:_LISTED]) or "none" for metrics in having)
    told = ", ".join(f"{name} has {metrics}" for name, metrics in zip(names, listed, strict=True))
    return f"{names[0]} and {names[1]} have no metric in common that has a finite value: {told}"
