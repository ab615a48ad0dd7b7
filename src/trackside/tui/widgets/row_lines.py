"""The lines of the runs table as they are painted: its head, its rows, and what is said where there are none.

It knows neither the cursor nor the rows of the table, only the line that it is asked for.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from trackside.services import cells
from trackside.services.table.rows import Row
from trackside.tui.colours.plain import plain_text
from trackside.tui.colours.tones import Toned
from trackside.tui.terminal import one_line
from trackside.tui.widgets.columns import GAP, arrow, fitted_head
from trackside.tui.widgets.said import Said, fitted_to
from trackside.tui.widgets.table_columns import TableColumns

SIGN_WIDTH = 4
ARROW_WIDTH = 1
"""Cells that are kept beside the columns for the sign that there are more."""

_MEANT = Style(underline=True)
"""Of the cell under the cursor in the column that keys mean."""


class Ink:
    """The styles of one paint: the table's own is merged from those of all that it stands in, and so but once."""

    def __init__(self, table: Toned) -> None:
        self.tones = table.tones
        self.ground = table.rich_style
        self.under_cursor = self.ground + self.tones["cursor" if table.has_focus else "row"]
        """The ground of the cursor's line, which shows whose keys they are."""


class Signs(msgspec.Struct, frozen=True):
    """What stands before a row: marked runs, groups that have marked ones with whether all are, and baselines."""

    marks: frozenset[str] = frozenset()
    groups: Mapping[str, bool] = msgspec.field(default_factory=dict)
    baselines: frozenset[str] = frozenset()

    def of(self, row_id: str, *, plain: bool) -> str:
        """The gravest of them, in one cell."""
        if row_id in self.marks or self.groups.get(row_id):
            return "*" if plain else "◆"
        if row_id in self.groups:
            return "+" if plain else "◇"
        if row_id in self.baselines:
            return "B" if plain else "★"
        return " "


def cell_text(cell: cells.Cell, *, plain: bool) -> str:
    """What is painted of a cell, on one line."""
    return plain_text(one_line(cell.text), plain=plain)


def head_line(columns: TableColumns, at_right: Callable[[int], bool], width: int, ink: Ink, *, plain: bool) -> Strip:
    """The heads of the columns in sight, `at_right` or not, and where there are more of them."""
    style = ink.ground + ink.tones["columns" if columns.shown.keys else ""]
    parts = [Segment(" " * SIGN_WIDTH, style)]
    for number in columns.in_sight():
        text = plain_text(columns.heads[number], plain=plain)
        text = fitted_head(text, columns.widths[number], right=at_right(number))
        cut_off = columns.shift and number == columns.shown.pinned - 1
        parts.append(Segment(text, ink.ground + ink.tones["column"] if number == columns.at else style))
        parts.append(Segment(f"{arrow('‹', plain=plain)} " if cut_off else GAP, style))
    head = Strip(parts).adjust_cell_length(SIGN_WIDTH + columns.room, style)
    more = Segment(arrow("›", plain=plain) if columns.more else " ", style)
    return Strip([*head, more]).adjust_cell_length(width, style)


def row_line(
    row: Row, sign: str, columns: TableColumns, ground: Style, ink: Ink, *, meant: int | None, plain: bool
) -> Strip:
    """A row: its sign, how it stands, and its cells in sight, of which keys mean that of column `meant`."""
    parts = [
        Segment(f"{sign} ", ground + ink.tones["mark"]),
        Segment(f"{_standing(row, plain=plain)} ", ground + ink.tones[cells.cell("status", row.status, 0.0).tone]),
    ]
    for number in columns.in_sight():
        cell = row.cells[number]
        under = ground + _MEANT if number == meant else ground
        text = columns.fitted(number, cell_text(cell, plain=plain), cell.align)
        parts += (Segment(text, under + ink.tones[cell.tone]), Segment(GAP, ground))
    return Strip(parts)


def said_line(said: Sequence[Said], number: int, width: int, ink: Ink) -> Strip:
    """A line of what is said where there are no rows."""
    lines = list(fitted_to(said, width - 2 * SIGN_WIDTH))
    parts = lines[number] if number < len(lines) else ()
    return Strip(
        [Segment(" " * SIGN_WIDTH, ink.ground), *(Segment(text, ink.ground + ink.tones[tone]) for text, tone in parts)]
    )


def _standing(row: Row, *, plain: bool) -> str:
    """How a run stands; of a group, whether it is folded."""
    if row.folded is None:
        return cells.status_sign(row.status, ascii_only=plain)
    return arrow("▸" if row.folded else "▾", plain=plain)
