"""A pivot in the pieces that every format sets in its own way: heads, entries, caption, footnotes, all as plain text.

What stands in them came from runs, and is made harmless by the format that it is written in.
"""

import itertools
from collections.abc import Mapping, Sequence
from string import ascii_lowercase

import msgspec

from trackside.compare.pivot import Cell, Group, Pivot, Place
from trackside.services.pivot.caption import footnote, reading, remarks, title
from trackside.services.pivot.figures import Figures, aligned, figures

MISSING = "–"


class Entry(msgspec.Struct, frozen=True):
    """What stands in a cell: figures, the count of seeds as `5` or `5 of 6`, the letter of a footnote."""

    figures: Figures
    count: str = ""
    letter: str = ""
    bold: bool = False


class Line(msgspec.Struct, frozen=True):
    """A row: its labels, and an entry for each column of each group."""

    labels: tuple[str, ...]
    entries: tuple[Entry, ...]


class Page(msgspec.Struct, frozen=True):
    """The table as text. `columns` are the heads below each of `groups`; without column keys there is one, of no words.

    `reading` are the sentences that belong to the caption, `remarks` those that may stand below; `footnotes` are
    letters and sentences.
    """

    title: str
    reading: tuple[str, ...]
    remarks: tuple[str, ...]
    row_heads: tuple[str, ...]
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    footnotes: tuple[tuple[str, str], ...]

    @property
    def heads(self) -> list[str]:
        """The heads of all entries where there is one line for them: the group is named where there are several."""
        if len(self.groups) == 1 and self.columns != ("",):
            return list(self.columns)
        return [" ".join(filter(None, (group, column))) for group in self.groups for column in self.columns]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is to be known of the table as a whole."""
        return (*self.reading, *self.remarks)

    @property
    def notes(self) -> list[str]:
        """All that stands below the table, one line each."""
        return [*(f"[{letter}] {text}" for letter, text in self.footnotes), *self.sentences]


def page(pivot: Pivot, emphasis: str = "Bold") -> Page:
    """The pieces of a pivot. `emphasis` is what the format calls the mark of the best cells."""
    letters = _letters(pivot)
    columns = [_entries(pivot, group, column, letters) for group in pivot.groups for column in pivot.columns]
    return Page(
        title=(pivot.caption or title(pivot)).strip(),
        reading=tuple(reading(pivot, emphasis)),
        remarks=tuple(remarks(pivot)),
        row_heads=tuple(map(pivot.name, pivot.row_keys)),
        groups=tuple(pivot.name(group.value) for group in pivot.groups),
        columns=tuple(_head(tuple(map(pivot.name, pivot.column_keys)), column) for column in pivot.columns),
        lines=tuple(
            Line(tuple(map(label, row)), tuple(column[at] for column in columns)) for at, row in enumerate(pivot.rows)
        ),
        footnotes=tuple((letter, text) for text, letter in letters.items()),
    )


def _letters(pivot: Pivot) -> dict[str, str]:
    """The letter of each footnote, in the order in which one reads."""
    places = itertools.product(pivot.rows, pivot.groups, pivot.columns)
    cells = (group.cells.get((row, column)) for row, group, column in places)
    texts = dict.fromkeys(text for cell in cells if cell is not None and (text := footnote(cell)))
    return {text: _letter(number) for number, text in enumerate(texts)}


def _letter(number: int) -> str:
    """Counted by letters: after z come aa and ab."""
    before, last = divmod(number, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[last]


def _entries(pivot: Pivot, group: Group, column: Place, letters: Mapping[str, str]) -> list[Entry]:
    cells = [group.cells.get((row, column)) for row in pivot.rows]
    set_ = aligned([Figures(()) if cell is None else figures(cell) for cell in cells])
    return [Entry(one) if cell is None else _entry(cell, one, letters) for cell, one in zip(cells, set_, strict=True)]


def _entry(cell: Cell, set_: Figures, letters: Mapping[str, str]) -> Entry:
    count = str(cell.n) if cell.of == cell.n else f"{cell.n} of {cell.of}"
    return Entry(set_, count if cell.of else "", letters.get(footnote(cell), ""), cell.bold)


def label(value: str | None) -> str:
    """The value of a key, a dash where a run has none."""
    return MISSING if value is None else value


def _head(keys: Sequence[str], column: Place) -> str:
    """`lr=0.1`, or the value alone where its key has no name."""
    return ", ".join(f"{key}={label(value)}" if key else label(value) for key, value in zip(keys, column, strict=True))
