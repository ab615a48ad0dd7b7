"""The exporter's columns, taken by name whatever the type they were written with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

NEEDED = ("project_id", "run_id", "attribute_path", "attribute_type")
LONGEST_PATH = 1_000
LONGEST_TEXT = 1 << 20
MOST_EDGES = 1 << 16


class Columns:
    """Expressions for the columns of one file; those that it lacks, or has as what they cannot be, are null."""

    def __init__(self, schema: "Mapping[str, pl.DataType]") -> None:
        self._schema = schema

    def text(self, name: str, alias: str) -> "pl.Expr":
        """A text, also where it is a category or bytes."""
        import polars as pl

        kind = self._schema.get(name)
        plain = isinstance(kind, pl.String | pl.Categorical | pl.Enum | pl.Binary)
        return self._or_null(name, alias, pl.String, castable=plain)

    def number(self, name: str, alias: str) -> "pl.Expr":
        """A float: of decimals the nearest."""
        import polars as pl

        return self._or_null(name, alias, pl.Float64, castable=self._is_number(name))

    def whole(self, name: str, alias: str) -> "pl.Expr":
        """An integer of 64 bits."""
        import polars as pl

        return self._or_null(name, alias, pl.Int64, castable=self._is_number(name))

    def flag(self, name: str, alias: str) -> "pl.Expr":
        """True or false."""
        import polars as pl

        kind = self._schema.get(name)
        yes = kind is not None and (kind == pl.Boolean or kind.is_integer())
        return self._or_null(name, alias, pl.Boolean, castable=yes)

    def moment(self, name: str, alias: str) -> "pl.Expr":
        """Seconds since the epoch, from a time with or without a zone, or from milliseconds."""
        import polars as pl

        kind = self._schema.get(name)
        if isinstance(kind, pl.Datetime):
            return (pl.col(name).dt.epoch("ms").cast(pl.Float64) / 1e3).alias(alias)
        if kind is not None and kind.is_integer():
            return (pl.col(name).cast(pl.Float64) / 1e3).alias(alias)
        return pl.lit(None, pl.Float64).alias(alias)

    def texts(self, name: str, alias: str) -> "pl.Expr":
        """A set of texts."""
        import polars as pl

        kind = self._schema.get(name)
        inner = kind.inner if isinstance(kind, pl.List) else None
        return self._or_null(name, alias, pl.List(pl.String), castable=inner == pl.String)

    def place(self, name: str, alias: str) -> "pl.Expr":
        """The path within a file's structure."""
        import polars as pl

        kind = self._schema.get(name)
        if isinstance(kind, pl.Struct) and any(
            field.name == "path" and field.dtype == pl.String for field in kind.fields
        ):
            return pl.col(name).struct.field("path").alias(alias)
        return self._or_null(name, alias, pl.String, castable=kind == pl.String)

    def histogram(self) -> "list[pl.Expr]":
        """Its kind, edges and values; null where it has them otherwise."""
        import polars as pl

        kind = self._schema.get("histogram_value")
        fields = {field.name: field.dtype for field in kind.fields} if isinstance(kind, pl.Struct) else {}

        def part(name: str, wanted: "pl.DataType | type[pl.DataType]", alias: str) -> "pl.Expr":
            if name not in fields or isinstance(fields[name], pl.List) != isinstance(wanted, pl.List):
                return pl.lit(None, wanted).alias(alias)
            return pl.col("histogram_value").struct.field(name).cast(wanted, strict=False).alias(alias)

        floats = pl.List(pl.Float64)
        return [part("type", pl.String, "kind"), part("edges", floats, "edges"), part("values", floats, "counts")]

    def _is_number(self, name: str) -> bool:
        kind = self._schema.get(name)
        return kind is not None and kind.is_numeric()

    def _or_null(self, name: str, alias: str, kind: "pl.DataType | type[pl.DataType]", *, castable: bool) -> "pl.Expr":
        import polars as pl

        found = pl.col(name).cast(kind, strict=False) if castable else pl.lit(None, kind)
        return found.alias(alias)
