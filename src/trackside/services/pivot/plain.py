"""A pivot as plain text: heads and rows for whoever sets them, caption and notes as lines. A star marks the best."""

from trackside.compare.pivot import Pivot
from trackside.services.pivot.page import MISSING, Entry, Page, page

STAR = "*"


def plain(pivot: Pivot) -> Page:
    """The pieces, whose sentences speak of stars."""
    return page(pivot, emphasis=STAR)


def rows(said: Page) -> list[list[str]]:
    """The text of every cell, labels first; figures of a column lie below one another."""
    starred = [any(line.entries[at].bold for line in said.lines) for at in range(len(said.heads))]
    return [[*line.labels, *map(_cell, line.entries, starred)] for line in said.lines]


def _cell(entry: Entry, starred: bool) -> str:
    star = (STAR if entry.bold else " ") if starred else ""
    count = f" ({entry.count})" if entry.count else ""
    letter = f" [{entry.letter}]" if entry.letter else ""
    return f"{star}{entry.figures.text or MISSING}{count}{letter}"
