"""Which values in a table of runs are known to be of other data than their baseline's, or than others in their mean."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from trackside.compare.eval_data import any_unlike, eval_fingerprint, unlike
from trackside.model.measured_on import read
from trackside.query.derived import SIGN, DerivedError, derived
from trackside.query.fields import STATISTICS
from trackside.services.comparison.eval_data import SameData
from trackside.services.table.per_frame import Kept
from trackside.services.table.rows import CHANGE, ON_OTHER_DATA, is_measured

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore


def with_unlike(
    store: "AnyStore", frame: pl.DataFrame, columns: Iterable[str], of_projects: Mapping[str, str]
) -> pl.DataFrame:
    """The frame with a column `unlike.COLUMN` for each measured one: whether it is unlike the run of its project."""
    wanted = tuple(dict.fromkeys(name for name in columns if is_measured(name) and name in frame.columns))
    same = {project: SameData.of([store.project(project)]) for project in of_projects}
    key = (wanted, tuple(of_projects.items()), tuple(one.acknowledged for one in same.values()))
    return _WIDER.of(frame, key, lambda: _with_unlike(frame, wanted, of_projects, same))


def _with_unlike(
    frame: pl.DataFrame, columns: Sequence[str], of_projects: Mapping[str, str], same: Mapping[str, SameData]
) -> pl.DataFrame:
    texts = frame.group_by("project").agg(pl.col("measured_on").unique())
    on_data = dict(texts.iter_rows())
    chosen = frame.filter(pl.col("id").is_in(list(of_projects.values()))).select("id", "measured_on")
    baselines = dict(chosen.iter_rows())

    def other(column: str, project: str, run_id: str) -> list[str]:
        """What runs of the project say of their data that is other than the baseline's."""
        metrics, named = _metrics(column, frame), same[project].named
        own = {metric: named(eval_fingerprint(read(baselines[run_id]), metric)) for metric in metrics}
        return [
            text
            for text in on_data.get(project, ())
            if any(unlike(own[metric], named(eval_fingerprint(read(text), metric))) for metric in metrics)
        ]

    known = {project: run_id for project, run_id in of_projects.items() if run_id in baselines}
    return frame.with_columns(
        pl.any_horizontal(
            pl.lit(False),
            *(
                (pl.col("project") == project) & pl.col("measured_on").is_in(other(column, project, run_id))
                for project, run_id in known.items()
            ),
        ).alias(f"{ON_OTHER_DATA}{column}")
        for column in columns
    )


def unlike_columns(
    store: "AnyStore", frame: pl.DataFrame, together: Sequence[Sequence[str]], columns: Sequence[str]
) -> list[frozenset[str]]:
    """Of each set of runs, by their ids, the columns whose values are not all of like data."""
    same = SameData.of(store.project(project) for project in frame.get_column("project").unique().drop_nulls())
    on_data = dict(frame.select("id", "measured_on").iter_rows())
    parts = {column: _metrics(column.removeprefix(CHANGE), frame) for column in columns}
    metrics = {metric for names in parts.values() for metric in names}

    @cache
    def evaluated(text: str | None, metric: str) -> str | None:
        return same.named(eval_fingerprint(read(text), metric))

    def of_set(texts: set[str | None]) -> frozenset[str]:
        if len(texts) < 2:
            return frozenset()
        mixed = {metric for metric in metrics if any_unlike(evaluated(text, metric) for text in texts)}
        return frozenset(column for column, names in parts.items() if not mixed.isdisjoint(names))

    return [of_set({on_data.get(run_id) for run_id in ids}) for ids in together]


def _metrics(column: str, frame: pl.DataFrame) -> list[str]:
    """The metrics that a column has values of, or is computed of."""
    try:
        parts = derived(column, frame.schema).meta.root_names() if column.startswith(SIGN) else [column]
    except DerivedError:
        return []
    return [name for kind, _, name in (part.partition(".") for part in parts) if kind in STATISTICS]


_WIDER = Kept[pl.DataFrame]()
