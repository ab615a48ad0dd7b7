"""Files of tables as what their first rows say: CSV, TSV, Parquet. Read by polars, which is imported for it."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 1_000
SUFFIXES = frozenset({".csv", ".tsv", ".parquet", ".pq"})
_PARQUET = frozenset({".parquet", ".pq"})
_SEPARATORS = ",;\t|"


class TableFile(msgspec.Struct, frozen=True):
    """The first rows of a table of `count` rows, each column with the name of its type."""

    heads: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    count: int


def read(content: bytes, suffix: str) -> TableFile | None:
    """The table in a file whose name ends so; None where it holds none."""
    import polars as pl

    try:
        frame = _frame(content, suffix)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        return None
    if not frame.width:
        return None
    types = tuple(str(kind).lower() for kind in frame.dtypes)
    return TableFile(tuple(frame.columns), types, tuple(frame.head(MOST_ROWS).rows()), frame.height)


def _frame(content: bytes, suffix: str) -> "pl.DataFrame":
    import polars as pl

    if suffix in _PARQUET:
        return pl.read_parquet(BytesIO(content))
    head = content[: content.find(b"\n")] if b"\n" in content else content
    separator = max(_SEPARATORS, key=lambda sign: head.count(sign.encode()))
    return pl.read_csv(
        BytesIO(content),
        separator=separator,
        infer_schema_length=MOST_ROWS,
        ignore_errors=True,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
