"""What a person types for a column of the table of runs: the way back from `compile.resolve`."""

from collections.abc import Container

from trackside.query.fields import ALIASES, FIELDS, STATISTICS
from trackside.query.quoting import quoted_call, quoted_key

_PREFIXES = ("param.", "metric.")


def key_of(column: str, columns: Container[str]) -> str:
    """The key that means this one of `columns` in a filter, as short as it can be: `lr`, `param.name`, `best(loss)`."""
    kind, dot, name = column.partition(".")
    if not dot or kind not in ("param", *STATISTICS):
        return next((field for field, known in FIELDS.items() if known.column == column), column)
    if f"{kind}." not in _PREFIXES:
        return quoted_call(kind, name)
    means_another = name in FIELDS or name in ALIASES or (kind == "metric" and f"param.{name}" in columns)
    if means_another or name.startswith(_PREFIXES):
        return f"{kind}.{quoted_key(name)}"
    return quoted_key(name)
