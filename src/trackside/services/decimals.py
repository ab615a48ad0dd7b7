"""Numbers below each other with their decimal points in line, as texts of one column of a table."""

import re
from collections.abc import Collection, Sequence

_WHOLE = re.compile(r"[-+]?\d+(?:,\d{3})*")


def fraction(text: str) -> int:
    """How many characters a number has behind its whole part: the point and what follows, an exponent, a unit.

    Of what is no number, as `nan` and `inf`, none.
    """
    whole = _WHOLE.match(text)
    return len(text) - whole.end() if whole else 0


def in_line(texts: Sequence[str]) -> list[str]:
    """The texts with so many spaces behind numbers that their points are in line where the ends of all texts are."""
    longest = max(map(fraction, texts), default=0)
    return [text + " " * (longest - fraction(text)) if _WHOLE.match(text) else text for text in texts]


def rows_in_line(rows: Sequence[Sequence[str]], columns: Collection[int]) -> list[list[str]]:
    """The same of those columns of rows of one length."""
    shown = [in_line(texts) if place in columns else texts for place, texts in enumerate(zip(*rows, strict=True))]
    return [list(row) for row in zip(*shown, strict=True)]
