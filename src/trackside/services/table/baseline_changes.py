"""How metrics in a table of runs differ from those of the baseline: each run from its own project's, without a verdict.

What can be claimed of a difference is for a comparison to say; these are columns of plain arithmetic.
"""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from trackside.services.table.per_frame import Kept
from trackside.services.table.rows import CHANGE, is_measured

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

Values: TypeAlias = Mapping[str, Mapping[str, float]]
"""By project and column the finite values that runs are told from."""


def baselines(store: "AnyStore", frame: pl.DataFrame) -> dict[str, str]:
    """By project of the runs of the table the run that it chose."""
    chosen = {name: store.project(name).baseline for name in sorted(frame.get_column("project").unique().drop_nulls())}
    return {project: run_id for project, run_id in chosen.items() if run_id is not None}


def values_of(frame: pl.DataFrame, columns: Iterable[str], of_projects: Mapping[str, str]) -> Values:
    """The values of each project's run in the measured columns."""
    names = _measured(frame, columns)
    rows = frame.filter(pl.col("id").is_in(list(of_projects.values()))).select("id", *names)
    found = {run_id: dict(zip(names, values, strict=True)) for run_id, *values in rows.iter_rows()}
    return {
        project: {
            name: value for name, value in found.get(run_id, {}).items() if value is not None and math.isfinite(value)
        }
        for project, run_id in of_projects.items()
    }


def with_changes(frame: pl.DataFrame, columns: Iterable[str], values: Values, *, percent: bool) -> pl.DataFrame:
    """The frame with a column `change.COLUMN` for each measured one: the difference, or in percent of the baseline.

    There is none where one of both has no finite value, or for a percentage where the baseline's is zero.
    """
    wanted = _measured(frame, columns)
    key = (wanted, tuple((project, tuple(own.items())) for project, own in values.items()), percent)
    return _CHANGES.of(
        frame,
        key,
        lambda: frame.with_columns(_change(values, name, percent).alias(f"{CHANGE}{name}") for name in wanted),
    )


def _measured(frame: pl.DataFrame, columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in columns if is_measured(name) and name in frame.columns))


def _change(of_projects: Values, column: str, percent: bool) -> pl.Expr:
    known = {project: own[column] for project, own in of_projects.items() if column in own}
    values = pl.col("project").replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Float64)
    difference = pl.col(column) - values
    change = pl.when(values != 0).then(difference / values.abs() * 100) if percent else difference
    return pl.when(pl.col(column).is_finite()).then(change)


_CHANGES = Kept[pl.DataFrame]()
