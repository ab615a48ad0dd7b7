"""A pivot for a screen: what it is of where nobody has said it yet, what else it could be of, and the table itself."""

from collections.abc import Iterator

import msgspec
import polars as pl
from msgspec.structs import replace

from trackside.compare.methods import INCIDENTAL_KEYS
from trackside.compare.pivot import Pivot
from trackside.compare.sides import matters
from trackside.model.errors import TracksideError
from trackside.model.status import FINISHED
from trackside.model.system import is_system
from trackside.query.fields import STATISTICS
from trackside.query.naming import key_of
from trackside.services.comparison.eval_data import UnlikeDataError
from trackside.services.pivot.page import Page
from trackside.services.pivot.pivot import Asked, pivot
from trackside.services.pivot.plain import plain
from trackside.services.pivot.values import FACTS
from trackside.services.table.chosen_runs import chosen
from trackside.services.table.selecting import View, column_of, metrics, primary_metric, varying_columns
from trackside.store.any_store import AnyStore

_GROUPING = ("project", "group", "tag", "source", "user", "host", "name", "status")
"""Fields by whose values runs are worth grouping."""

_MOST_PARAMS = 64
_MOST_PLACES = 12
"""A param of more values than this makes no rows or columns unless it is asked for."""


class PivotView(msgspec.Struct, frozen=True):
    """`asked` is what the table is of, `page` its text. Without one, `why_not` says why: `unlike` for other eval data.

    `keys` may make rows and columns, `values` may stand in cells; the likeliest come first. `runs` is their number.
    """

    asked: Asked
    runs: int = 0
    keys: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    pivot: Pivot | None = None
    page: Page | None = None
    why_not: str = ""
    unlike: bool = False


def load(store: AnyStore, asked: Asked, now: float) -> PivotView:
    """The table; rows and values that are not asked for are chosen."""
    try:
        view = chosen(store, asked.filter, asked.runs, now)
    except TracksideError as error:
        return PivotView(asked, why_not=str(error))
    params = [column for column in varying_columns(view, _MOST_PARAMS) if column.startswith("param.")]
    keys = (*(_key(column, view) for column in params), *_GROUPING)
    values = tuple(_values(view))
    found = PivotView(_completed(asked, view, params, values), len(view), keys, values)
    if not len(view) or not values:
        return replace(found, why_not="no run has a metric yet" if len(view) else "no run matches this filter")
    try:
        table = pivot(store, found.asked, now)
        return replace(found, pivot=table, page=plain(table))
    except TracksideError as error:
        return replace(found, why_not=str(error), unlike=isinstance(error, UnlikeDataError))


def _completed(asked: Asked, view: View, params: list[str], values: tuple[str, ...]) -> Asked:
    """By the params in which the finished runs differ in few values, in the metric that the runs are judged by."""
    if asked.rows:
        return replace(asked, values=asked.values or values[:1])
    rows = view.frame.select("status", *params)[view.order].filter(pl.col("status") == FINISHED)
    few = [
        column
        for column in params
        if matters(column.removeprefix("param."), INCIDENTAL_KEYS)
        and 1 < rows.get_column(column).n_unique() <= _MOST_PLACES
    ]
    keys = [_key(column, view) for column in few] or ["group"]
    columns = asked.columns or tuple(keys[1:2])
    return replace(asked, rows=tuple(keys[:1]), columns=columns, values=asked.values or values[:1])


def _values(view: View) -> Iterator[str]:
    """The last value of each metric that some run has, then its other statistics; facts; metrics of the machine."""
    primary = primary_metric(view)
    names = sorted(metrics(view.frame), key=lambda name: (is_system(name), name != primary))
    columns = [f"{kind}.{name}" for name in names for kind in STATISTICS if f"{kind}.{name}" in view.frame.columns]
    counts = view.frame.select(columns)[view.order].select(pl.all().count()) if columns else pl.DataFrame()
    known = [column for column in columns if counts.get_column(column).item()]
    yield from (_key(column, view) for column in known if not is_system(column.partition(".")[2]))
    if known:
        yield from FACTS.values()
    yield from (_key(column, view) for column in known if is_system(column.partition(".")[2]))


def _key(column: str, view: View) -> str:
    """What a person types for a column, where that means it and no other."""
    key = key_of(column, view.frame.schema)
    return key if column_of(key, view.frame) == column else column
