"""The runs table as files: CSV and Parquet with plain values, Markdown with the texts that the table shows."""

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from trackside.model.visible import beginning
from trackside.query.naming import key_of
from trackside.services.csv_cells import as_cell
from trackside.services.markdown import as_text
from trackside.services.table.rows import CHANGE, CURVE, NOTED, Row, heads
from trackside.services.table.view import rows_of

if TYPE_CHECKING:
    from trackside.services.table.view import Found

_LONGEST = 1_000
"""Characters of a cell that a table for people holds."""

_TIMES = ("created", "ended", "last_point")
_DRAWN = (CURVE, NOTED)
"""Columns that are drawn, and say nothing in a file."""


def csv(found: "Found", limit: int = 0) -> bytes:
    """A line a run, its id first, of the first `limit`; of lists the words, of times ISO 8601 in UTC."""
    table = frame(found, limit)
    words = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    table = table.with_columns(pl.col(words).list.join(" "))
    table = table.with_columns(pl.col(pl.String).map_elements(as_cell, return_dtype=pl.String)).rename(as_cell)
    return table.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ").encode()


def parquet(found: "Found", limit: int = 0) -> bytes:
    """The same with the types that values have."""
    file = io.BytesIO()
    frame(found, limit).write_parquet(file)
    return file.getvalue()


def markdown(found: "Found", limit: int = 0) -> bytes:
    """The table as it stands, numbers at the right."""
    rows = _rows(found, limit)
    columns = _kept(found)
    at_right = [cell.at_right for cell in rows[0].cells] if rows else [False] * len(columns)
    lines = [heads(columns, found.change), ["--:" if right else "---" for right in at_right]]
    lines += [[as_text(beginning(cell.text, _LONGEST)) for cell in row.cells] for row in rows]
    lines[0] = [as_text(head) for head in lines[0]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).encode()


def frame(found: "Found", limit: int = 0) -> pl.DataFrame:
    """A column for each that is shown, called as a filter calls it; of groups their texts."""
    columns = _kept(found)
    rows = _rows(found, limit)
    texts = {column: [row.cells[place].text for row in rows] for place, column in enumerate(columns)}
    if found.groups is not None:
        shown = zip(heads(columns, found.change), columns, strict=True)
        return pl.DataFrame({head: texts[column] for head, column in shown})
    view = found.view
    values = view.frame[view.order.head(len(rows))]
    return pl.DataFrame([values.get_column("id"), *_series(found, columns, values, texts)])


def _series(
    found: "Found", columns: Sequence[str], values: pl.DataFrame, texts: dict[str, list[str]]
) -> Iterator[pl.Series]:
    """Values where the frame has them, else texts; the difference to a baseline where that is shown."""
    for column in columns:
        name = f"{CHANGE}{column}" if f"{CHANGE}{column}" in values.columns else column
        known = values.get_column(name) if name in values.columns else pl.Series(texts[column], dtype=pl.String)
        if column in _TIMES:
            known = (known * 1000).cast(pl.Datetime("ms", "UTC"))
        if column != "id":
            yield known.alias(key_of(column, found.view.frame.columns) + (f" {found.change}" if name != column else ""))


FORMATS: Mapping[str, Callable[..., bytes]] = {"csv": csv, "parquet": parquet, "md": markdown}


def _kept(found: "Found") -> tuple[str, ...]:
    return tuple(column for column in found.columns if not column.startswith(_DRAWN))


def _rows(found: "Found", limit: int) -> list[Row]:
    return rows_of(replace(found, columns=_kept(found)), 0, limit or found.rows, time.time())
