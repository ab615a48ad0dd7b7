"""Rows of the table of runs as they are sent, column by column, and the table that is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from trackside.services.remote import numbers
from trackside.services.remote.calls import Column, Rows

_KINDS: dict[Any, str] = {
    pl.Float64: "float",
    pl.Int64: "int",
    pl.Boolean: "bool",
    pl.String: "words",
    pl.List(pl.String): "lists",
}
_TYPES: dict[str, Any] = {kind: of for of, kind in _KINDS.items()}


def packed(frame: pl.DataFrame) -> Rows:
    """All of a frame, in its order."""
    return Rows(count=frame.height, columns=[_packed(column) for column in frame.iter_columns()])


def unpacked(rows: Rows) -> pl.DataFrame:
    """The same frame. ValueError where columns are not of one length."""
    return pl.DataFrame({column.name: _unpacked(column, rows.count) for column in rows.columns})


def _packed(column: pl.Series) -> Column:
    kind = _KINDS[column.dtype]
    there = column.drop_nulls()
    missing = np.packbits(column.is_null().to_numpy()).tobytes() if len(there) < len(column) else b""
    known: list[Any] = []
    if kind in ("words", "lists"):
        places: dict[Any, int] = {}
        values = there.to_list()
        codes = [places.setdefault(value if kind == "words" else tuple(value), len(places)) for value in values]
        known = list(places)
        there = pl.Series(codes, dtype=pl.Int64)
    elif kind == "bool":
        there = there.cast(pl.Int64)
    return Column(name=column.name, kind=kind, values=numbers.packed(there.to_numpy()), missing=missing, known=known)  # type: ignore[arg-type]


def _unpacked(column: Column, count: int) -> pl.Series:
    there = np.ones(count, np.bool_)
    if column.missing:
        there = ~np.unpackbits(np.frombuffer(column.missing, np.uint8), count=count).astype(np.bool_)
    some = int(there.sum())
    read = numbers.floats if column.kind == "float" else numbers.integers
    values: Sequence[Any] | pl.Series = pl.Series(read(column.values, some))
    if column.kind in ("words", "lists"):
        values = [column.known[place] for place in values]
    filled = (
        pl.Series("", values, dtype=_TYPES[column.kind], strict=True)
        if column.kind != "bool"
        else pl.Series(values).cast(pl.Boolean)
    )
    places = np.cumsum(there, dtype=np.int64) - 1
    return filled.gather(pl.Series(np.where(there, places, -1)).replace(-1, None)).alias(column.name)
