"""Tables as lines of text: columns below each other, and which of them there is room for.

A number is never cut, since what is left would be another number: its whole column is left out. It prints nothing.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from trackside.model.visible import beginning, visible

GAP = "  "
NAME, WORDS = 32, 12
"""Cells that a column may be cut to: what is called something is told apart by that many, and words are cut first."""

_WIDEST = 200
"""Cells that a column of plain text is padded to; what is wider stands out, and pads no other row."""

_LONGEST = 10_000
"""Characters of a line, or of a cell, that are printed: more is read by nobody, and --json has all of it."""


class Column(msgspec.Struct, frozen=True):
    """A column of a table. Where there is little room it may be cut to `least` cells; without them it never is."""

    title: str
    align: Literal["left", "right", "point"] = "left"
    dim: bool = False
    least: int | None = None


class Fitted(msgspec.Struct, frozen=True):
    """A table as wide as the room for it: its columns, and lines of cells that are padded to them, titles first.

    `left_out` are the titles of columns without room.
    """

    columns: tuple[Column, ...]
    lines: list[list[str]]
    left_out: tuple[str, ...]


def shown(text: str) -> str:
    """The beginning of a text, with nothing in it that a terminal would act on."""
    return visible(beginning(text, _LONGEST))


def aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of plain text; a column is as wide as its widest cell, up to a limit.

    Without columns: no titles, all to the left.
    """
    lines = _visible_lines(columns, rows)
    if not lines:
        return []
    columns = columns or [Column("")] * len(lines[0])
    widths = [min(_WIDEST, width) for width in _widths(lines)]
    return [GAP.join(_padded(line, columns, widths)).rstrip() for line in lines]


def padded(texts: Sequence[str]) -> list[str]:
    """The texts, each with spaces behind it to the width of the widest, up to a limit."""
    from rich.cells import cell_len

    width = min(_WIDEST, max(map(cell_len, texts), default=0))
    return [text + " " * (width - cell_len(text)) for text in texts]


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> Fitted:
    """A table in that many cells. Columns without room for the least they need are left out, but for the first."""
    lines = _visible_lines(columns, rows)
    widths = _widths(lines)
    kept: list[int] = []
    taken: list[int] = []
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        least = width if column.least is None else min(width, column.least)
        needed = least + len(GAP) * bool(kept)
        if needed <= room or not kept:
            kept.append(place)
            taken.append(least if column.least is None else min(least, room))
            room -= needed
    for number, place in enumerate(kept):
        more = max(0, min(widths[place] - taken[number], room))
        taken[number] += more
        room -= more
    there = tuple(columns[place] for place in kept)
    cut = [[_cut(line[place], width) for place, width in zip(kept, taken, strict=True)] for line in lines]
    left_out = tuple(title for place, title in enumerate(lines[0]) if place not in kept)
    return Fitted(there, [_padded(line, there, taken) for line in cut], left_out)


def _visible_lines(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The titles, if there are columns, and the rows, with nothing left that a terminal would act on."""
    from trackside.services.decimals import rows_in_line

    lines = [[shown(cell) for cell in row] for row in rows]
    if not columns:
        return lines
    numbers = [place for place, column in enumerate(columns) if column.align == "point"]
    return [[shown(column.title) for column in columns], *rows_in_line(lines, numbers)]


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]


def _padded(line: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    from rich.cells import cell_len

    parts = []
    for column, cell, width in zip(columns, line, widths, strict=True):
        space = " " * (width - cell_len(cell))
        parts.append(cell + space if column.align == "left" else space + cell)
    return parts


def _cut(cell: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return cell if cell_len(cell) <= width else set_cell_size(cell, width - 1).rstrip() + "…"
