"""The runs table as files: CSV and Parquet with plain values, Markdown with the texts that the table shows."""

import csv as csv_lines
import io
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl
from msgspec.structs import replace

from trackside.model.visible import beginning
from trackside.query.naming import key_of
from trackside.services.csv_cells import as_cell
from trackside.services.markdown import as_text
from trackside.services.table.rows import CHANGE, CURVE, NOTED, Row, heads, is_measured
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
    table = table.with_columns(pl.col(pl.String).map_elements(as_cell, return_dtype=pl.String))
    lines = io.StringIO()
    csv_lines.writer(lines, lineterminator="\n").writerow(map(as_cell, table.columns))
    lines.write(table.write_csv(include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ"))
    return lines.getvalue().encode()


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
    names = _names(found, columns)
    if found.groups is not None:
        return pl.DataFrame({names[column]: texts[column] for column in columns})
    view = found.view
    values = view.frame[view.order.head(len(rows))]
    own = (_series(column, values, texts[column]).alias(names[column]) for column in columns if column != "id")
    return pl.DataFrame([values.get_column("id"), *own])


def _names(found: "Found", columns: Sequence[str]) -> dict[str, str]:
    """What each column is called: by its key, and in full where that is another's key too."""
    keys = {column: key_of(column, found.view.frame.columns) for column in columns}
    taken = Counter(keys.values())
    names = {column: key if taken[key] == 1 else column for column, key in keys.items()}
    if found.change == "value":
        return names
    return {column: f"{name} {found.change}" if is_measured(column) else name for column, name in names.items()}


def _series(column: str, values: pl.DataFrame, texts: list[str]) -> pl.Series:
    """Values where the frame has them, else texts; the difference to a baseline where that is shown."""
    name = f"{CHANGE}{column}" if f"{CHANGE}{column}" in values.columns else column
    known = values.get_column(name) if name in values.columns else pl.Series(texts, dtype=pl.String)
    return (known * 1000).cast(pl.Datetime("ms", "UTC")) if column in _TIMES else known


FORMATS: Mapping[str, Callable[..., bytes]] = {"csv": csv, "parquet": parquet, "md": markdown}


def _kept(found: "Found") -> tuple[str, ...]:
    return tuple(column for column in found.columns if not column.startswith(_DRAWN))


def _rows(found: "Found", limit: int) -> list[Row]:
    return rows_of(replace(found, columns=_kept(found)), 0, limit or found.rows, time.time())
