"""Parallel coordinates of the runs that a filter found: the axes worth showing, and the filter that brushes mean."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from trackside.charts.parallel.axis import axis_of
from trackside.charts.parallel.spec import Axis, Picked
from trackside.compare.statistics.correlation import associations
from trackside.model.goals import Goal, infer_goal
from trackside.model.params import param_text
from trackside.model.run import Param
from trackside.query.edit import with_terms
from trackside.query.naming import key_of
from trackside.query.quoting import quoted_value
from trackside.services.table.selecting import View, varying_columns, whole
from trackside.store.any_store import AnyStore

MOST = 8
"""Axes that are worth showing at once."""

_CONSIDERED = 64
_MOST_CATEGORIES = 24
"""A param of more words than this tells runs apart and nothing else."""


class Coordinates(msgspec.Struct, frozen=True):
    """The axes of some runs, from left to right, whose keys are those of a filter; `ids` are the runs in their order.

    Lines are coloured `by` the metric that the runs are judged by, None without any. The runs differ in the params of
    `left_out` too, which have no axis.
    """

    ids: tuple[str, ...]
    axes: tuple[Axis, ...]
    by: str | None
    left_out: tuple[str, ...]


def coordinates(view: View, most: int = MOST, goals: Mapping[str, Goal] | None = None) -> Coordinates:
    """The params in which the runs differ, then metrics, the one that they are judged by last.

    The more a param goes together with that metric, the nearer to it it stands. `goals` are those that a project set;
    others are inferred from names.
    """
    columns = varying_columns(view, _CONSIDERED)
    frame = view.frame.select("id", *columns)[view.order]
    values = {column: frame.get_column(column).to_list() for column in columns}
    axes = {
        column: axis_of(key_of(column, view.frame.schema), values[column], _goal(column, goals)) for column in columns
    }
    params = [column for column in columns if column.startswith("param.")]
    measured = [column for column in columns if column not in params and not _has_best(column, columns)]
    metric = values[measured[0]] if measured else []
    telling = [column for column in params if len(axes[column].categories) <= _MOST_CATEGORIES]
    strength = _strengths({column: values[column] for column in telling}, metric)
    strongest = sorted(telling, key=lambda column: -strength[column])[: max(most - len(measured), 0)]
    shown = [*sorted(strongest, key=lambda column: strength[column]), *measured[1:], *measured[:1]]
    return Coordinates(
        ids=tuple(frame.get_column("id").to_list()),
        axes=tuple(axes[column] for column in shown),
        by=axes[measured[0]].key if measured else None,
        left_out=tuple(axes[column].key for column in params if column not in strongest),
    )


def coordinates_of(store: AnyStore, run_ids: Sequence[str]) -> Coordinates:
    """The coordinates of just these runs, with the goals of their project if they share one."""
    frame = store.frame(runs=run_ids)
    frame = frame.filter(frame.get_column("id").is_in(list(run_ids)))
    shared = frame.get_column("project").unique().to_list()
    return coordinates(whole(frame), goals=store.project(shared[0]).goals if len(shared) == 1 else None)


def filter_of(axes: Iterable[Axis], text: str = "") -> str:
    """The filter `text`, narrowed to the runs that the brushes of the axes ask for."""
    return with_terms(text, [term for axis in axes for term in _terms(axis)])


def _terms(axis: Axis) -> list[str]:
    match axis.brush:
        case None:
            return []
        case Picked(categories):
            names = [name for name in axis.categories if name in categories]
            return [f"{axis.key}:{','.join(map(quoted_value, names))}"]
        case span:
            return [f"{axis.key}>={param_text(span.low)}", f"{axis.key}<={param_text(span.high)}"]


def _has_best(column: str, columns: Sequence[str]) -> bool:
    """Whether it is the last value of a metric of which the best one is there too."""
    kind, _, name = column.partition(".")
    return kind == "metric" and f"best.{name}" in columns


def _strengths(params: Mapping[str, Sequence[Param]], metric: Sequence[float | None]) -> dict[str, float]:
    """How strongly each param goes together with the metric; 0 where that cannot be said."""
    strengths = dict.fromkeys(params, 0.0)
    if metric:
        strengths |= {found.param: found.strength for found in associations(params, metric).found}
    return strengths


def _goal(column: str, goals: Mapping[str, Goal] | None) -> Goal | None:
    kind, _, name = column.partition(".")
    return None if kind == "param" else (goals or {}).get(name, infer_goal(name))
