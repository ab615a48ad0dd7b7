"""A pivot as rows of cells, and all that is known of one cell as lines. Pure functions."""

from collections.abc import Iterator

from trackside.compare.pivot import Pivot
from trackside.services.pivot.page import MISSING, Entry, Page
from trackside.services.pivot.plain import STAR
from trackside.services.pivot.words import cell_head, cell_sentences
from trackside.tui.widgets.cells_table import Cell, Head, Row
from trackside.tui.widgets.lines import Line


def heads(page: Page) -> list[Head]:
    """A head for each column of each value; the value stands above where there are several of both."""
    both = len(page.groups) > 1 and len(page.columns) > 1
    named = (
        [(group, column) for group in page.groups for column in page.columns]
        if both
        else [(name, "") for name in page.heads]
    )
    return [Head(str(place), name, note) for place, (name, note) in enumerate(named)]


def rows(page: Page) -> list[Row]:
    """A row for each place of the row keys, which is its name."""
    return [
        Row(str(place), ", ".join(line.labels), tuple(map(_cell, line.entries)))
        for place, line in enumerate(page.lines)
    ]


def _cell(entry: Entry) -> Cell:
    count = f"({entry.count})" if entry.count else ""
    letter = f" [{entry.letter}]" if entry.letter else ""
    star = STAR if entry.bold else ""
    return Cell(entry.figures.text or MISSING, f"{count}{letter}".strip(), star, "good" if entry.bold else "")


def details(pivot: Pivot, page: Page, row: int, column: int) -> Iterator[Line]:
    """What the cell rests on, then what is to be known of the table."""
    group = pivot.groups[column // len(pivot.columns)]
    place = pivot.rows[row], pivot.columns[column % len(pivot.columns)]
    yield Line.of(cell_head(pivot, group, *place), "head")
    cell = group.cells.get(place)
    sentences = ["no run is here"] if cell is None else cell_sentences(group, cell)
    yield from (Line.of(f"  {sentence}", hang=2) for sentence in sentences)
    yield Line.of("")
    yield from (Line.of(note, "dim") for note in page.notes)
