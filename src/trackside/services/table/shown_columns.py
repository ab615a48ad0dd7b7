"""Columns that tables of runs may have beside those of the frame: what a person types for one, and derived values.

Of the frame are the fields, the params and the statistics of metrics; beside these there are progress, a sign where a
run has notes, the curve of a metric in small, and what is computed of other columns.
"""

import re
from collections.abc import Iterable

import polars as pl

from trackside.model.errors import UsageError
from trackside.query.derived import SIGN, DerivedError, derived, formula_of
from trackside.query.quoting import unquoted
from trackside.services.table.per_frame import Kept
from trackside.services.table.rows import CURVE, NOTED, PROGRESS
from trackside.services.table.selecting import column_of, known_column, primary_metric, whole

_CURVE = re.compile(r"curve\((.+)\)|curve\.(.+)|(.+) curve")


def found_column(typed: str, frame: pl.DataFrame) -> str | None:
    """The column that is meant, unless it is a derived one; None where there is none."""
    name = _curve(typed)
    if typed in (PROGRESS, NOTED):
        return typed
    return f"{CURVE}{name}" if f"metric.{name}" in frame.columns else column_of(typed, frame)


def shown_column(typed: str, frame: pl.DataFrame) -> str:
    """The column that is meant; UsageError says the nearest one, or points at a mistake in a derived one."""
    typed = typed.strip()
    if typed.startswith(SIGN):
        derived(typed, frame.schema)
        return f"{SIGN}{formula_of(typed)}"
    found = found_column(typed, frame)
    if found is not None:
        return found
    name = _curve(typed)
    if typed == "curve" or name:
        says = f"no run has a metric {name!r}" if name else "curve of which metric"
        raise UsageError(f"{says}; write curve({primary_metric(whole(frame)) or 'METRIC'})")
    return known_column(typed, frame)


def _curve(typed: str) -> str:
    """The metric whose curve is meant; empty where none is."""
    called = _CURVE.fullmatch(typed)
    return unquoted(called[1] or called[2] or called[3]) if called else ""


def with_derived(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """The frame with a column for each derived one of `columns`; one that is mistaken for these runs is left out."""
    wanted = tuple(dict.fromkeys(column for column in columns if column.startswith(SIGN)))
    return _WIDER.of(frame, wanted, lambda: _with_derived(frame, wanted)) if wanted else frame


def _with_derived(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    found = []
    for column in columns:
        try:
            found.append(derived(column, frame.schema).alias(column))
        except DerivedError:
            continue
    return frame.with_columns(found)


_WIDER = Kept[pl.DataFrame]()
