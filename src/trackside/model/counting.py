"""Numbers of things in sentences."""

from collections.abc import Sequence

from trackside.model.numerals import grouped, whole


def counted(number: int, what: str) -> str:
    """`1 run`, `2,000 runs`."""
    return f"{whole(number)} {what}" if number == 1 else f"{whole(number)} {what}s"


def listed(names: Sequence[str], most: int) -> str:
    """`a, b and 3 more`: the first few, and how many there are besides."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {grouped(more)} more" if more > 0 else "")
