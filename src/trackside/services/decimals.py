"""Numbers below each other with their decimal points in line, as texts of one column of a table."""

import re
from collections.abc import Sequence

_WHOLE = re.compile(r"[-+]?(?:\d+(?:,\d{3})*|nan|inf)")


def fraction(text: str) -> int:
    """How many characters a number has behind its whole part: the point and what follows, an exponent, a unit.

    Of `nan`, `inf` and what is no number none.
    """
    whole = _WHOLE.match(text)
    return len(text) - whole.end() if whole else 0


def in_line(texts: Sequence[str]) -> list[str]:
    """The texts with so many spaces behind them that their points are in line where their ends are."""
    longest = max(map(fraction, texts), default=0)
    return [text + " " * (longest - fraction(text)) for text in texts]
