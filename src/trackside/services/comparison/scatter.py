"""The runs of a comparison as points, a metric against a param or another metric, and how params go with the metric."""

from collections.abc import Sequence

import msgspec

from trackside.charts.parallel.axis import axis_of
from trackside.charts.parallel.spec import Axis
from trackside.charts.scatter.spec import Point
from trackside.compare.sides import is_seed
from trackside.model.errors import TracksideError
from trackside.model.params import param_text
from trackside.model.run import Param, Run
from trackside.query.naming import key_of
from trackside.services.cells import run_value
from trackside.services.comparison.correlations import Asked, Correlations, correlations
from trackside.services.comparison.eval_data import UnlikeDataError
from trackside.services.comparison.view import ComparisonView
from trackside.services.comparison.words import side_name
from trackside.services.metrics.curves import told_apart
from trackside.services.metrics.overlaid import common_metrics
from trackside.store.any_store import AnyStore

_DURATION = "duration_s"
_UNLIKE = (
    "Compare runs on the same eval data alone, accept it in the summary as the same, or take all of them together with "
    "`trackside correlate --mix-eval-data`."
)


class Scatter(msgspec.Struct, frozen=True):
    """`across` are the columns of the table of runs that may lie across with what they are called, the likeliest first.

    `column` is the one of `x`. Where there are no correlations, `why_not` says why.
    """

    points: tuple[Point, ...]
    sides: tuple[tuple[str, str], ...]
    across: tuple[tuple[str, str], ...]
    column: str | None = None
    x: Axis | None = None
    y: Axis | None = None
    correlations: Correlations | None = None
    why_not: str = ""


def scatter(store: AnyStore, view: ComparisonView, metric: str | None, column: str | None, now: float) -> Scatter:
    """The metric against a column of the table of runs; None is the param that goes together with it most."""
    runs = view.every_run
    columns = store.frame(()).columns
    found, why_not = _correlations(store, runs, metric and key_of(f"metric.{metric}", columns), now)
    strongest = [] if found is None else [f"param.{one.param}" for one in found.found]
    differing = sorted(_differing(runs), key=lambda name: is_seed(name.removeprefix("param.")))
    others = [f"metric.{name}" for name in common_metrics(runs) if name != metric]
    across = tuple(dict.fromkeys((*strongest, *differing, *others, _DURATION)))
    x = column if column in across else next(iter(across))
    return Scatter(
        points=tuple(_points(view)),
        sides=tuple((side.lead.id, side_name(side)) for side in view.sides),
        across=tuple((name, key_of(name, columns)) for name in across),
        column=x,
        x=_axis(x, runs, columns),
        y=None if metric is None else _axis(f"metric.{metric}", runs, columns),
        correlations=found,
        why_not=why_not,
    )


def _correlations(
    store: AnyStore, runs: Sequence[Run], metric: str | None, now: float
) -> tuple[Correlations | None, str]:
    try:
        return correlations(store, Asked(metric, runs=tuple(run.id for run in runs)), now), ""
    except UnlikeDataError as error:
        return None, f"{error}. {_UNLIKE}"
    except TracksideError as error:
        return None, str(error)


def _differing(runs: Sequence[Run]) -> list[str]:
    """The params of which these runs have several values, or some none."""
    keys = dict.fromkeys(key for run in runs for key in run.params)
    return [f"param.{key}" for key in keys if len({param_text(run.params.get(key)) for run in runs}) > 1]


def _points(view: ComparisonView) -> list[Point]:
    """Every run, in the order of `view.every_run`, with the first side that it is of."""
    of_side = {run.id: side.lead.id for side in reversed(view.sides) for run in side.all_runs}
    names = told_apart(view.every_run)
    return [Point(run.id, names[run.id], of_side.get(run.id, "")) for run in view.every_run]


def _axis(column: str, runs: Sequence[Run], columns: Sequence[str]) -> Axis:
    """Numbers are numbers, however few there are."""
    return axis_of(key_of(column, columns), [_value(run, column) for run in runs], few=0)


def _value(run: Run, column: str) -> Param:
    kind, _, name = column.partition(".")
    if kind == "param":
        return run.params.get(name)
    value: Param = run_value(run, column)
    return value
