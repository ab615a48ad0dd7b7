"""How metrics in a table of runs differ from those of the baseline: each run from its own project's, without a verdict.

What can be claimed of a difference is for a comparison to say; these are columns of plain arithmetic.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from trackside.services.table.per_frame import Kept
from trackside.services.table.rows import CHANGE, is_measured

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore


def baselines(store: "AnyStore", frame: pl.DataFrame) -> dict[str, str]:
    """By project of the runs of the table the run that it chose."""
    chosen = {name: store.project(name).baseline for name in sorted(frame.get_column("project").unique().drop_nulls())}
    return {project: run_id for project, run_id in chosen.items() if run_id is not None}


def with_changes(
    frame: pl.DataFrame, columns: Iterable[str], of_projects: Mapping[str, str], *, percent: bool
) -> pl.DataFrame:
    """The frame with a column `change.COLUMN` for each measured one: the difference, or in percent of the baseline.

    There is none where one of both has no finite value, or for a percentage where the baseline's is zero.
    """
    wanted = tuple(dict.fromkeys(name for name in columns if is_measured(name) and name in frame.columns))
    key = (wanted, tuple(of_projects.items()), percent)
    return _CHANGES.of(frame, key, lambda: _with_changes(frame, wanted, of_projects, percent))


def _with_changes(
    frame: pl.DataFrame, columns: Iterable[str], of_projects: Mapping[str, str], percent: bool
) -> pl.DataFrame:
    names = list(columns)
    projects = pl.DataFrame({"project": list(of_projects), "id": list(of_projects.values())}, schema=_CHOSEN)
    chosen = projects.join(frame.select("id", *names), on="id")
    return frame.with_columns(_change(chosen, name, percent).alias(f"{CHANGE}{name}") for name in names)


def _change(chosen: pl.DataFrame, column: str, percent: bool) -> pl.Expr:
    known = chosen.filter(pl.col(column).is_finite())
    values = pl.col("project").replace_strict(
        known.get_column("project"), known.get_column(column), default=None, return_dtype=pl.Float64
    )
    difference = pl.col(column) - values
    change = pl.when(values != 0).then(difference / values.abs() * 100) if percent else difference
    return pl.when(pl.col(column).is_finite()).then(change)


_CHOSEN = {"project": pl.String, "id": pl.String}
_CHANGES = Kept[pl.DataFrame]()
