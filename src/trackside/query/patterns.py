"""Regular expressions as filters and the wall of charts take them: those of polars, whose time is linear in a text."""

from collections.abc import Iterable


class PatternError(ValueError):
    """What is no regular expression, or none of these; the message says why."""


def containing(texts: Iterable[str], pattern: str) -> set[str]:
    """Those of some texts in which the pattern is found, case ignored. Raises `PatternError`."""
    import polars as pl

    check(pattern)
    among = pl.Series(texts, dtype=pl.String)
    return set(among.filter(among.str.contains(f"(?i){pattern}")))


def check(pattern: str) -> None:
    """Raise `PatternError` where the pattern cannot be read."""
    import polars as pl

    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        lines = str(error).splitlines()
        why = next((line for line in lines if line.startswith("error: ")), lines[0])
        raise PatternError(why.rpartition("error: ")[2]) from None
