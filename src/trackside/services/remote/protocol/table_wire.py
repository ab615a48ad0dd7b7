"""Rows of the table of runs as they are sent, column by column, and the table that is made of them.

Statistics of metrics are most of a table and few of them are looked at: a column that is held back is empty.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from trackside.model import ids
from trackside.services.remote.protocol import numbers
from trackside.services.remote.protocol.calls import Column, Numbers, Rows

_KINDS: dict[Any, str] = {
    pl.Float64: "float",
    pl.Int64: "int",
    pl.Boolean: "bool",
    pl.String: "words",
    pl.List(pl.String): "lists",
}
_TYPES: dict[str, Any] = {"ids": pl.String} | {kind: of for of, kind in _KINDS.items()}
STATISTICS = ("metric", "min", "max", "mean", "best", "at_best")
"""What the names of columns begin with that are statistics of metrics."""

_NEAR = 4
"""How many columns before one it is compared with, to send how they differ."""

_PARTS = ((0, 10), (10, 18), (18, ids.LENGTH))
"""The letters of an id that make one number each: the time, and two parts of its random end."""

_LETTERS = np.frombuffer(ids.ALPHABET.encode(), np.uint8)
_PLACES = np.zeros(256, np.int64)
_PLACES[_LETTERS] = np.arange(len(_LETTERS))

_MOST_CELLS = 1 << 28
"""Rows times columns of what is unpacked: a column that is held back takes memory here, and nothing to send."""

Whole = npt.NDArray[np.int64]


def packed(frame: pl.DataFrame, held_back: Collection[str] = ()) -> Rows:
    """All of a frame, in its order, but for the values of the columns that are held back."""
    columns: list[Column] = []
    sent: dict[bytes, dict[int, Whole]] = {}
    for place, series in enumerate(frame.iter_columns()):
        if series.name in held_back:
            columns.append(Column(name=series.name, kind="float", held_back=True))
            continue
        missing = np.packbits(series.is_null().to_numpy()).tobytes() if series.null_count() else b""
        kind, values, known = _as_numbers(series.drop_nulls())
        alike = sent.setdefault(missing, {})
        near = dict(list(alike.items())[-_NEAR:])
        said = [numbers.packed(part, near if len(values) == 1 else {}) for part in values]
        if len(values) == 1:
            alike[place] = numbers.bits(values[0])
        columns.append(Column(name=series.name, kind=kind, values=said, missing=missing, known=known))  # type: ignore[arg-type]
    return Rows(count=frame.height, columns=columns)


def unpacked(rows: Rows, count: int | None = None) -> pl.DataFrame:
    """The same frame, of `count` rows or of as many as have ids.

    ValueError, LookupError or a polars error where the rows make no sense.
    """
    count = _ids_sent(rows) if count is None else count
    if rows.columns and rows.count != count:
        raise ValueError(f"{rows.count} rows are said where there are {count}")
    if count * len(rows.columns) > _MOST_CELLS:
        raise ValueError(f"{count} rows of {len(rows.columns)} columns are more than are held")
    columns: dict[str, pl.Series] = {}
    came: dict[int, Whole] = {}
    for place, column in enumerate(rows.columns):
        there = np.ones(rows.count, np.bool_)
        if column.held_back:
            there[:] = False
        elif column.missing:
            there = ~np.unpackbits(np.frombuffer(column.missing, np.uint8), count=rows.count).astype(np.bool_)
        values = _values(column, int(there.sum()), place, came)
        places = pl.Series(np.cumsum(there) - 1).set(~pl.Series(there), None)
        columns[column.name] = values.gather(places).alias(column.name)
    return pl.DataFrame(columns)


def primaries(frame: pl.DataFrame) -> set[str]:
    """Of the statistics of metrics those that a table shows unasked: of what its runs are judged by."""
    judged = frame.get_column("primary").drop_nulls().unique().to_list()
    return {f"{kind}.{name}" for name in judged for kind in ("metric", "best")}.intersection(frame.columns)


def unasked(frame: pl.DataFrame) -> set[str]:
    """The same; where runs are judged by nothing, the last value that most of them have."""
    values = [name for name in frame.columns if name.startswith("metric.")]
    return primaries(frame) or set(sorted(values, key=lambda name: frame.get_column(name).null_count())[:1])


def measured(frame: pl.DataFrame) -> set[str]:
    """The columns of a table that are statistics of metrics."""
    return {name for name in frame.columns if name.partition(".")[0] in STATISTICS and "." in name}


def fingerprint(run_ids: pl.Series) -> str:
    """What two tables have in common that have the same runs in the same order."""
    return hashlib.sha256("\n".join(run_ids.to_list()).encode()).hexdigest()


def _as_numbers(values: pl.Series) -> tuple[str, list[npt.NDArray[Any]], list[Any]]:
    """The kind of a column, its numbers, and what these are places of."""
    kind = _KINDS[values.dtype]
    if kind == "words" and values.name == "id" and all(map(ids.is_id, values)):
        return "ids", _parts_of_ids(values), []
    if kind in ("words", "lists"):
        places: dict[Any, int] = {}
        found = (value if kind == "words" else tuple(value) for value in values.to_list())
        codes = [places.setdefault(value, len(places)) for value in found]
        return kind, [np.array(codes, np.int64)], list(places)
    return kind, [(values.cast(pl.Int64) if kind == "bool" else values).to_numpy()], []


def _ids_sent(rows: Rows) -> int:
    """How many ids came."""
    column = next((column for column in rows.columns if column.name == "id" and column.values), None)
    if column is None:
        raise ValueError("they have no ids")
    return len(column.values[0].planes) // 8


def _values(column: Column, count: int, place: int, came: dict[int, Whole]) -> pl.Series:
    if column.held_back:
        return pl.Series([], dtype=pl.Float64)
    if column.kind == "ids":
        return _ids(column.values, count)
    (said,) = column.values
    whole = came[place] = _checked(said, count, came)
    if column.kind == "float":
        return pl.Series(whole.view(np.float64))
    if column.kind == "int":
        return pl.Series(whole)
    if column.kind == "bool":
        return pl.Series(whole != 0)
    if len(whole) and not 0 <= whole.min() <= whole.max() < len(column.known):
        raise ValueError(f"the column {column.name} names values that were not sent")
    return pl.Series(column.known, dtype=_TYPES[column.kind]).gather(pl.Series(whole))


def _checked(said: Numbers, count: int, came: Mapping[int, Whole]) -> Whole:
    if said.less is not None and len(came[said.less]) != count:
        raise ValueError("a column differs from one of another length")
    return numbers.integers(said, count, came)


def _parts_of_ids(values: pl.Series) -> list[Whole]:
    letters = np.frombuffer("".join(values.to_list()).encode(), np.uint8).reshape(-1, ids.LENGTH)
    digits = _PLACES[letters]
    return [_joined(digits[:, start:end]) for start, end in _PARTS]


def _joined(digits: Whole) -> Whole:
    number = np.zeros(len(digits), np.int64)
    for column in digits.T:
        number = number << 5 | column
    return number


def _ids(said: list[Numbers], count: int) -> pl.Series:
    letters = np.empty((count, ids.LENGTH), np.uint8)
    for part, (start, end) in zip(said, _PARTS, strict=True):
        number = numbers.integers(part, count)
        for at in range(end - 1, start - 1, -1):
            letters[:, at] = _LETTERS[number & 31]
            number = number >> 5
    text = letters.tobytes().decode()
    found = [text[at : at + ids.LENGTH] for at in range(0, len(text), ids.LENGTH)]
    return pl.Series(found, dtype=pl.String)
