"""The pivot of a store's runs: rows and columns by any keys of the runs table, values by any statistic of a metric."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from trackside.compare.eval_data import any_unlike, eval_fingerprint
from trackside.compare.pivot import Group, Pivot, Place, Result, grouped
from trackside.compare.sides import BAD_ENDS, fold_of, result_of
from trackside.compare.statistics.adjust import family_of
from trackside.model.errors import UsageError
from trackside.model.goals import Goal
from trackside.model.measured_on import measured_on
from trackside.model.natural import Order, natural
from trackside.model.params import param_text
from trackside.model.run import ProjectSettings, Run
from trackside.model.status import FINISHED
from trackside.services.cells import date
from trackside.services.comparison.eval_data import SameData, UnlikeDataError, mixture
from trackside.services.comparison.mixed import differing, of_other_code, of_other_data
from trackside.services.comparison.provenance.evaluation_code import evaluation_code
from trackside.services.comparison.provenance.same_code import Codes
from trackside.services.pivot.values import Value, values_of
from trackside.services.table.chosen_runs import begun, chosen, no_runs, put_away
from trackside.services.table.selecting import View, known_column
from trackside.store.any_store import AnyStore

_EXTREMES = ("min", "max", "best", "at_best")
_TIMES = ("created", "ended", "last_point")
_LISTS = ("tags", "health", "edited")


class Asked(msgspec.Struct, frozen=True):
    """What the table shall be. Keys are those of the runs table, `values` as `values_of` reads them.

    It is of the runs that match `filter`, or of just these `runs`, of whose methods those `archived` are told of and do
    not count. `mix_eval_data` allows values that were measured on data which is known to be other. `names` are what
    keys and values are called in print, instead of what was typed.
    """

    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    filter: str = ""
    runs: tuple[str, ...] | None = None
    archived: tuple[str, ...] = ()
    mix_eval_data: bool = False
    caption: str | None = None
    names: tuple[tuple[str, str], ...] = ()


class _Axis(NamedTuple):
    """Keys as they were typed, their columns, the place of each run by its id, and the places in their order."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    of_run: dict[str, Place]
    places: tuple[Place, ...]


def pivot(store: AnyStore, asked: Asked, now: float) -> Pivot:
    """The table. UnlikeDataError where eval data is unlike and may not be.

    UsageError for a key that no run has, and for a name of what is not in the table.
    """
    view = chosen(store, asked.filter, asked.runs, now)
    shown = values_of(asked.values, view.frame)
    rows, columns = _axis(view, asked.rows), _axis(view, asked.columns)
    runs = begun(store, view)
    if not runs:
        raise no_runs(asked.filter)
    decided = {project: store.project(project) for project in sorted({run.project for run in runs})}
    same, same_role = (SameData.of(decided.values(), code) for code in ("eval_data", "eval_role"))
    planned = max((settings.seeds or 0 for settings in decided.values()), default=0)
    archived = _archived(store, view, asked, now)
    evaluated, accepted = _evaluated(store, runs, decided)
    metrics = {one.metric for one in shown if not one.is_fact}
    mixed = _mixed(store, view, runs, (rows, columns), [glob for one in decided.values() for glob in one.ignored])

    def group(one: Value) -> Group:
        results = [_result(one, run, rows.of_run[run.id], columns.of_run[run.id], same, same_role) for run in runs]
        goal, plain = (None, "it is no metric") if one.is_fact else _goal(one.metric, runs)
        plain = plain or evaluated
        found = grouped(
            one.typed,
            results,
            goal,
            plain=plain,
            planned=planned,
            archived=archived,
            mixed=mixed,
            on_data=not one.is_fact,
        )
        if not asked.mix_eval_data and any_unlike(found.eval_data):
            counting = [run for run, result in zip(runs, results, strict=True) if result.counts]
            raise UnlikeDataError(mixture(one.typed, one.metric, counting, same))
        return found

    return Pivot(
        row_keys=rows.keys,
        column_keys=columns.keys,
        rows=rows.places,
        columns=columns.places,
        groups=tuple(map(group, shown)),
        filter=asked.filter,
        accepted=(
            *same.accepted(one for run in runs for one in {eval_fingerprint(run, metric) for metric in metrics}),
            *same_role.accepted(one for run in runs for one in {run.eval_data.get(metric) for metric in metrics}),
            *accepted,
        ),
        caption=asked.caption,
        names=_names(asked, shown),
    )


def _axis(view: View, keys: tuple[str, ...]) -> _Axis:
    """Numbers in the order of their size, words in a person's; runs without a value come last."""
    columns = tuple(known_column(key, view.frame) for key in keys)
    rows = view.rows(0, len(view), ["id", *columns])
    numeric = [view.frame.schema[column].is_numeric() for column in columns]
    of_run: dict[str, Place] = {}
    order: dict[Place, Any] = {}
    for run_id, *values in rows:
        place = tuple(map(_label, columns, values))
        of_run[run_id] = place
        order[place] = tuple(map(_order, values, place, numeric))
    return _Axis(keys, columns, of_run, tuple(sorted(order, key=order.__getitem__)))


def _label(column: str, value: Any) -> str | None:
    if value is None:
        return None
    if column in _TIMES:
        return date(value)
    return (" ".join(value) or None) if column in _LISTS else param_text(value)


def _order(value: Any, label: str | None, numeric: bool) -> tuple[bool, float, Order]:
    size = value if numeric and value is not None and not math.isnan(value) else math.inf
    return label is None, size if numeric else 0.0, natural(label or "")


def _names(asked: Asked, shown: Sequence[Value]) -> dict[str, str]:
    known = {key: key for key in (*asked.rows, *asked.columns)} | {one.typed: one.name for one in shown}
    for key, name in asked.names:
        if key not in known:
            raise UsageError(f"--name {key}={name}: the table has {', '.join(known)}")
    return known | dict(asked.names)


def _archived(store: AnyStore, view: View, asked: Asked, now: float) -> Counter[tuple[Place, Place]]:
    """How many runs at each place were put away."""
    away = put_away(view, asked.filter, now) if asked.runs is None else chosen(store, "", asked.archived, now)
    rows, columns = (_axis(away, keys).of_run for keys in (asked.rows, asked.columns))
    return Counter((rows[run_id], columns[run_id]) for run_id in rows)


def _result(one: Value, run: Run, row: Place, column: Place, same: SameData, same_role: SameData) -> Result:
    chosen_by = _chosen_by(one, run)
    fingerprint = eval_fingerprint(run, one.metric)
    return Result(
        run=run.id,
        row=row,
        column=column,
        status=run.status,
        value=one.of(run),
        seed=result_of(run),
        fold=fold_of(run),
        eval_data=same.named(fingerprint),
        fingerprint=fingerprint,
        eval_role=same_role.named(run.eval_data.get(one.metric)),
        chosen_by=chosen_by,
        evaluations=None if chosen_by is None else run.metrics[chosen_by].count,
    )


def _chosen_by(one: Value, run: Run) -> str | None:
    """The metric that the run has at whose best, or extreme, a value is read; None where it is read elsewhere."""
    metric = run.primary if one.kind == "at_best" else one.metric
    return metric if one.kind in _EXTREMES and metric in run.metrics else None


def _goal(metric: str, runs: Sequence[Run]) -> tuple[Goal | None, str | None]:
    """The goal of a metric, and why nothing may be called best by it."""
    goals = {run.metrics[metric].goal for run in runs if metric in run.metrics} - {None}
    primary = metric if any(run.primary == metric for run in runs) else None
    if len(goals) > 1:
        return None, f"runs do not agree on whether {metric} should be small or large"
    judged = family_of(metric, primary=primary, evaluation=True, has_goal=True) is not None
    return next(iter(goals), None), None if judged else f"{metric} is not measured to judge a run by it"


def _evaluated(
    store: AnyStore, runs: Sequence[Run], decided: Mapping[str, ProjectSettings]
) -> tuple[str | None, tuple[str, ...]]:
    """Why nothing may be called best, where files that a project lists as its evaluation are known to differ.

    And sentences on what was acknowledged of them.
    """
    accepted: list[str] = []
    for project, settings in decided.items():
        some = [run for run in runs if run.project == project and run.status not in BAD_ENDS]
        known = evaluation_code(store, some, settings.evaluation).values()
        same = SameData.of([settings], "evaluation_code")
        if len({same.named(one) for one in known}) > 1:
            return f"runs of {project} were evaluated by other files", ()
        accepted += same.accepted(known)
    return None, tuple(accepted)


def _mixed(
    store: AnyStore, view: View, runs: Sequence[Run], axes: tuple[_Axis, _Axis], ignored: Sequence[str]
) -> dict[tuple[Place, Place], tuple[str, ...]]:
    """By place in what its finished runs are no replicates, as `compare.methods` tells them."""
    finished: defaultdict[tuple[Place, Place], list[Run]] = defaultdict(list)
    for run in runs:
        if run.status == FINISHED:
            finished[axes[0].of_run[run.id], axes[1].of_run[run.id]].append(run)
    together = [[run.id for run in of_cell] for of_cell in finished.values()]
    params = differing(view.frame, together, [*axes[0].columns, *axes[1].columns], ignored)
    codes = Codes(store)
    return {
        place: (*names, *["data"] * of_other_data(map(measured_on, of_cell)), *["code"] * of_other_code(codes, of_cell))
        for (place, of_cell), names in zip(finished.items(), params, strict=True)
    }
