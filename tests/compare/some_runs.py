"""Runs for comparisons, as a store would give them."""

import itertools
from typing import Any

import numpy as np

from trackside.compare.compare import compare
from trackside.compare.comparison import Comparison
from trackside.compare.points import At
from trackside.compare.rules import Rules
from trackside.compare.sides import Side, side_of_runs
from trackside.model.goals import infer_goal
from trackside.model.run import DataRef, MetricSummary, Run
from trackside.store.curves import Series

METRIC = "val/accuracy"
AUTO = At()
_numbers = itertools.count()


def a_run(
    value: float | None = 0.9, *, metric: str = METRIC, fingerprint: str | None = "blake3:aa", **more: Any
) -> Run:
    """A finished run whose metric ended at `value`, measured on data of that fingerprint."""
    number = next(_numbers)
    summary = MetricSummary(last=value, last_step=99, best=value, best_step=90, count=100, goal=infer_goal(metric))
    known = {
        "id": f"run-{number:04}",
        "name": f"name-{number}",
        "project": "p",
        "created": float(number),
        "status": "finished",
        "metrics": {} if value is None else {metric: summary},
        "primary": metric,
        "data": {"val": DataRef(uri="val.npz", fingerprint=fingerprint)},
    }
    return Run(**(known | more))


def seeds(*values: float, **more: Any) -> Side:
    """A side of as many seeds as there are values."""
    return side_of_runs([a_run(value, seed=seed, **more) for seed, value in enumerate(values)])


def compared(baseline: Side, *candidates: Side, at: At = AUTO, curves=None, examples=None, **rules: Any) -> Comparison:
    """The comparison, of curves by (run id, metric) and of no examples unless they are given."""
    none = Series(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return compare(
        baseline,
        candidates,
        at=at,
        rules=Rules(**rules),
        curves=lambda run_id, metric: (curves or {}).get((run_id, metric), none),
        examples=examples or (lambda _run, _metric: None),
    )


def only_cell(comparison: Comparison):
    """The one cell of a comparison of one metric and one candidate."""
    ((cell,),) = [row.cells for row in comparison.rows]
    return cell


def word(comparison: Comparison) -> str:
    return only_cell(comparison).verdict.word


def codes(comparison: Comparison) -> list[str]:
    return [reason.code for reason in only_cell(comparison).reasons]
