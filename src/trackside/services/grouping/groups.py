"""Runs in groups: the runs of each beside each other, and what its columns come to. All in polars: see `group_rows`.

A mean is over seeds, of the runs that finished; of a group in which none has finished, of those that go on, and where
all ended badly, of these: as `compare.sides` counts them. Where these are of several methods, or a column was measured
on unlike data, their spread is not that of seeds, and a seed that is there twice was not run again: the mean is over
runs, and has no interval.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from trackside.compare.pivot import FOLDS, NO_SPREAD, UNLIKE
from trackside.compare.sides import FOLD_KEYS, SEED_KEYS
from trackside.compare.statistics.replicates import FEWEST, t_half_width
from trackside.compare.statistics.sample import identical
from trackside.model.status import RUNNING
from trackside.services.table.asked import Change, SortKey
from trackside.services.table.rows import CHANGE, ON_OTHER_DATA, REPLICATES, is_measured
from trackside.services.table.selecting import View, sort_columns

TIMES = ("created", "ended", "last_point")
STATUSES = ("running", "finished", "failed", "killed", "crashed")
_GROUP, _PLACE, _RESULT, _FOLD, _SIZE, _NAME = "group|", "place|", "result|", "fold|", "size|", "name|"
_RECORDED, _MIXED, _UNLIKE = "recorded|", "mixed|", "unlike|"
"""Columns beside those of the table: no field is called so."""

_PAGE = 64


class Mixture(NamedTuple):
    """Why runs are no replicates of each other, empty where they may be; and the columns measured on unlike data."""

    why: str
    unlike: AbstractSet[str]


Mixtures: TypeAlias = Callable[[Sequence[Sequence[str]], Sequence[str]], Sequence[Mixture]]
"""Of each set of runs, by their ids, and these columns."""


class Measured(NamedTuple):
    """What the runs of a group come to: of `n` seeds that count, or runs where these are no replicates.

    `values` are given where there are one or two. `why_not` says why there is no interval.
    """

    n: int
    mean: float
    half_width: float | None
    values: tuple[float, ...]
    why_not: str = ""


class Fact(NamedTuple):
    """What the runs of a group have in a column: from the least to the largest value, and how many values there are."""

    low: Any
    high: Any
    different: int


class Groups:
    """Groups in order, and `view`, in which the runs of a group stand beside each other in the order asked for.

    Measured columns show the `change` to a baseline; of runs that are `baselines`, and of their groups, the value.
    """

    def __init__(
        self, view: View, by: tuple[str, ...], table: pl.DataFrame, change: Change, baselines: AbstractSet[str]
    ) -> None:
        self.view = view
        self.by = by
        self.change = change
        self.baselines = baselines
        self._table = table
        self._page = -1
        self._rows: list[dict[str, Any]] = []
        self.sizes = table.get_column(_SIZE).to_numpy().astype(np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def __len__(self) -> int:
        return len(self.sizes)

    def id(self, number: int) -> str:
        """What tells a group from others, and from runs, whatever else changes."""
        return str(self._ids[number])

    def number(self, group_id: str) -> int | None:
        """The place of the group of that id."""
        found = (self._ids == group_id).arg_max()
        return int(found) if found is not None and self._ids[found] == group_id else None

    def of_run(self, run_id: str) -> tuple[int, int] | None:
        """The group of a run, and its place in the group."""
        place = self.view.position(run_id)
        if place is None:
            return None
        number = int(np.searchsorted(self.starts, place, side="right")) - 1
        return number, place - int(self.starts[number])

    def runs(self, number: int) -> list[str]:
        """The runs of a group."""
        start = int(self.starts[number])
        return self.view.ids(start, start + int(self.sizes[number]))

    def marked(self, marks: AbstractSet[str]) -> dict[str, bool]:
        """The groups of which runs are marked: whether all of them are."""
        if not marks:
            return {}
        counted = np.zeros(len(self), dtype=np.int64)
        for run_id in marks:
            if (found := self.of_run(run_id)) is not None:
                counted[found[0]] += 1
        return {self.id(int(number)): bool(counted[number] == self.sizes[number]) for number in counted.nonzero()[0]}

    def change_of(self, number: int) -> Change:
        """What measured columns show of a group."""
        return "value" if self.id(number) in self._own else self.change

    def values(self, number: int) -> dict[str, Any]:
        """The value of each key that a group has in common."""
        return {key: self._row(number)[f"key {key}"] for key in self.by}

    def statuses(self, number: int) -> dict[str, int]:
        """How many of its runs stand how."""
        return {status: count for status in STATUSES if (count := self._row(number)[f"status {status}"])}

    def called(self, number: int) -> str:
        """The name of the group in which its runs, and no others, were recorded; else that of the first."""
        row = self._row(number)
        return str(row[_NAME] if row[_RECORDED] is None else row[_RECORDED])

    def measured(self, number: int, column: str) -> Measured | None:
        """Of a column of measured values; None of another, or where no run has a value."""
        row = self._row(number)
        if not row.get(f"n {column}"):
            return None
        n, mean, deviation, low, high = (row[f"{what} {column}"] for what in ("n", "mean", "sd", "low", "high"))
        why_not = UNLIKE if column in row[_UNLIKE] else self.why_no_interval(number)
        if not why_not and n < FEWEST:
            why_not = f"fewer than {FEWEST} seeds"
        if not why_not and identical((low, high), max(abs(low), abs(high))):
            why_not = NO_SPREAD
        half = None if why_not else t_half_width(n, deviation)
        return Measured(n, mean, half, (mean,) if n == 1 else (low, high) if n == 2 else (), why_not)

    def why_no_interval(self, number: int) -> str:
        """Why no mean of a group has an interval, whatever its column; empty where that is the column's to say."""
        row = self._row(number)
        return row.get(_MIXED) or (FOLDS if (row.get(_FOLD) or 0) > 1 else "")

    def unlike(self, number: int) -> AbstractSet[str]:
        """The columns of a group that were measured on unlike data."""
        return frozenset(self._row(number).get(_UNLIKE) or ())

    def fact(self, number: int, column: str) -> Fact | None:
        """Of any other column; None of one that the table lacks."""
        row = self._row(number)
        if f"different {column}" not in row:
            return None
        return Fact(row[f"low {column}"], row[f"high {column}"], row[f"different {column}"])

    def _row(self, number: int) -> dict[str, Any]:
        """The page that holds it is made into Python's values at once, and kept as long as no other is asked for."""
        page = number // _PAGE
        if page != self._page:
            self._page, self._rows = page, self._table[page * _PAGE : (page + 1) * _PAGE].to_dicts()
        return self._rows[number % _PAGE]

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(self.marked(self.baselines))

    @cached_property
    def _ids(self) -> pl.Series:
        keys = [pl.col(f"key {key}").cast(pl.String).fill_null("\0") for key in self.by]
        return self._table.select(pl.concat_str([pl.lit("group"), *keys], separator="\x1f").alias(_GROUP)).to_series()


def grouped(
    view: View,
    by: Sequence[str],
    sort: Sequence[SortKey],
    columns: Sequence[str],
    mixtures: Mixtures,
    change: Change = "value",
    baselines: AbstractSet[str] = frozenset(),
) -> Groups:
    """The runs of `view` by the columns `by`, ordered by what `sort` comes to in each group. For a worker thread.

    `columns` are those that will be shown; what the table lacks of them is left out. Where a `change` is asked for, it
    has a column for each measured one.
    """
    ordered = sort_columns(view.frame, sort)
    changes = (f"{beside}{column}" for column in columns if change != "value" for beside in (CHANGE, ON_OTHER_DATA))
    wanted = {*columns, *changes, *by, *(column for column, _ in ordered), "id", "name", "group", "status", "seed"}
    seeds, folds = (_named(view.frame, keys) for keys in (SEED_KEYS, FOLD_KEYS))
    known = [name for name in view.frame.columns if name in wanted.union(seeds, folds)]
    rows = view.frame.select(known)[view.order].with_row_index(_PLACE)
    rows = rows.with_columns(_key(rows, key).alias(f"key {key}") for key in by)
    shown = [name for name in known if name in wanted]
    table = _groups(rows, by, [name for name in shown if not _is_measured(name, rows)])
    measured = [name for name in shown if _is_measured(name, rows)]
    if measured:
        counting = _counting(rows, table, measured, mixtures)
        table = table.join(_measured(counting, measured, seeds, folds), on=_GROUP, how="left", maintain_order="left")
    table = _sorted(table, ordered)
    order = view.order.gather(table.get_column(_PLACE).explode()) if len(table) else view.order
    return Groups(View(view.frame, order, view.error), tuple(by), table.drop(_PLACE), change, baselines)


def _named(frame: pl.DataFrame, keys: AbstractSet[str]) -> list[str]:
    """The params that name a seed or a fold."""
    params = (name for name in frame.columns if name.startswith("param."))
    return [name for name in params if name.rpartition(".")[2].lower() in keys]


def _key(rows: pl.DataFrame, column: str) -> pl.Expr:
    """What runs of one group have in common: of lists, all that is in them."""
    if rows.schema[column] != pl.List(pl.String):
        return pl.col(column)
    joined = pl.col(column).list.sort().list.join(" ")
    return pl.when(joined != "").then(joined)


def _is_measured(column: str, rows: pl.DataFrame) -> bool:
    return is_measured(column.removeprefix(CHANGE)) and rows.schema[column].is_numeric()


def _groups(rows: pl.DataFrame, by: Sequence[str], facts: Sequence[str]) -> pl.DataFrame:
    """A row for each group, with the places of its runs."""
    status = pl.col("status")
    found = rows.group_by([f"key {key}" for key in by], maintain_order=True).agg(
        pl.len().alias(_SIZE),
        pl.col(_PLACE),
        pl.col("name").first().alias(_NAME),
        pl.when(pl.col("group").n_unique() == 1).then(pl.col("group").first()).alias(_RECORDED),
        *((status == one).sum().alias(f"status {one}") for one in STATUSES),
        *(expression for name in facts for expression in _fact(rows, name)),
    )
    recorded = pl.col(_RECORDED)
    alone = pl.when(pl.len().over(_RECORDED) == 1).then(recorded)
    return found.with_columns(alone).with_row_index(_GROUP)


def _fact(rows: pl.DataFrame, name: str) -> list[pl.Expr]:
    value = pl.col(name)
    if name == "health":
        kinds = value.list.explode().str.split(":").list.first().drop_nulls().unique().sort().str.join(" ")
        return [kinds.alias(f"low {name}"), kinds.alias(f"high {name}"), pl.lit(1).alias(f"different {name}")]
    if rows.schema[name] == pl.List(pl.String):
        value = value.list.join(" ")
    return [
        value.min().alias(f"low {name}"),
        value.max().alias(f"high {name}"),
        value.n_unique().alias(f"different {name}"),
    ]


def _counting(rows: pl.DataFrame, table: pl.DataFrame, measured: Sequence[str], mixtures: Mixtures) -> pl.DataFrame:
    """The runs of each group that count, why they are no replicates of each other, and its columns of unlike data."""
    places = table.select(_GROUP, _PLACE).explode(_PLACE)
    rank = pl.when(pl.col("status") == "finished").then(0).when(pl.col("status") == RUNNING).then(1).otherwise(2)
    counting = rows.join(places, on=_PLACE, how="left", maintain_order="left").filter(rank == rank.min().over(_GROUP))
    sets = counting.group_by(_GROUP).agg("id")
    found = mixtures(sets.get_column("id").to_list(), measured)
    why = pl.Series(_MIXED, [one.why for one in found], dtype=pl.String)
    unlike = pl.Series(_UNLIKE, [sorted(one.unlike) for one in found], dtype=pl.List(pl.String))
    return counting.join(sets.select(_GROUP, why, unlike), on=_GROUP, how="left", maintain_order="left")


def _measured(
    counting: pl.DataFrame, columns: Sequence[str], seeds: Sequence[str], folds: Sequence[str]
) -> pl.DataFrame:
    """Of each group and each column: how many seeds count, their mean, spread, least and largest value."""
    seed = pl.coalesce(pl.col("seed").cast(pl.String), *(pl.col(name).cast(pl.String) for name in seeds))
    fold = pl.coalesce(pl.lit(None, pl.String), *(pl.col(name).cast(pl.String) for name in folds))
    alone = pl.concat_str(pl.lit("run "), pl.col(_PLACE))
    unlike = set(counting.get_column(_UNLIKE).explode())
    results = (
        counting.with_columns(
            fold.alias(_FOLD),
            pl.when((pl.col(_MIXED) != "") | (seed.is_null() & fold.is_null()))
            .then(alone)
            .otherwise(pl.concat_str(seed.fill_null(""), fold.fill_null(""), separator=" "))
            .alias(_RESULT),
        )
        .group_by(_GROUP, _RESULT, maintain_order=True)
        .agg(pl.col(_FOLD, _MIXED, _UNLIKE).first(), *(_result(name, name in unlike) for name in columns))
    )
    return results.group_by(_GROUP, maintain_order=True).agg(
        pl.col(_FOLD).n_unique(),
        pl.col(_MIXED, _UNLIKE).first(),
        *(statistic for name in columns for statistic in _statistics(name, name in unlike)),
    )


def _result(name: str, unlike: bool) -> pl.Expr:
    """What the runs of one seed come to; as a list where in some group each counts, for that was on `unlike` data."""
    value = pl.col(name).cast(pl.Float64)
    value = pl.when(value.is_finite()).then(value)
    if not unlike:
        return value.mean().alias(name)
    each = pl.col(_UNLIKE).first().list.contains(name)
    return pl.when(each).then(value.implode()).otherwise(value.mean().implode()).alias(name)


def _statistics(name: str, unlike: bool) -> list[pl.Expr]:
    value = pl.col(name).explode() if unlike else pl.col(name)
    return [
        value.count().alias(f"n {name}"),
        value.mean().alias(f"mean {name}"),
        value.std().alias(f"sd {name}"),
        value.min().alias(f"low {name}"),
        value.max().alias(f"high {name}"),
    ]


def _sorted(table: pl.DataFrame, ordered: Sequence[tuple[str, bool]]) -> pl.DataFrame:
    """The groups in that order; those that have nothing to be ordered by come last."""
    if not ordered:
        return table
    by = [_told_by(column, table) for column, _ in ordered]
    return table.sort(by, descending=[falls for _, falls in ordered], nulls_last=True, maintain_order=True)


def _told_by(column: str, table: pl.DataFrame) -> str:
    """What of a column tells groups apart: the mean of what is measured, the latest of times, else the least."""
    if f"mean {column}" in table.columns:
        return f"mean {column}"
    return f"{'high' if column in TIMES else 'low'} {column}"


def with_replicates(view: View, leads: Sequence[str]) -> View:
    """The same rows with a column that tells, for each in their order, the run that its replicates are called after."""
    named = pl.DataFrame({_PLACE: view.order, REPLICATES: pl.Series(leads, dtype=pl.String)})
    frame = view.frame.with_row_index(_PLACE).join(named, on=_PLACE, how="left", maintain_order="left").drop(_PLACE)
    return View(frame, view.order, view.error)
