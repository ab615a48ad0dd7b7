"""A table with a cursor on one cell: names and the first column stay, the others scroll by whole ones.

A cell is a value, how it differs and a sign, each aligned with those above and below. The cursor keeps to its row and
column by their keys, and only lines that changed are painted again. What cells say comes from runs: it is made inert
here. It knows no runs.
"""

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size, clamp
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trackside.services.cells import Tone
from trackside.services.decimals import fraction
from trackside.tui.colours.tones import Toned
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.columns import GAP, arrow, fitted, fitted_head, furthest, in_sight

WIDEST = 18
"""Cells that the head of a column has at most, unless there is room for all of each."""

WIDEST_WORDS = 14
"""Cells that words have at most, in a column whose head is no longer."""

_FROZEN = 2
_HEAD_LINES = 2
_LEAST_NAMES, _MOST_NAMES = 12, 28
_ARROW = 2
"""Cells at the right edge that are kept for the sign that there are more columns."""


class Head(msgspec.Struct, frozen=True):
    """The head of a column: what it is called by, and a line below that. The cursor finds it again by its key.

    A column of `words` has its cells at its left; numbers of `one_kind` have their decimal points in line.
    """

    key: str
    name: str
    note: str = ""
    words: bool = False
    one_kind: bool = False


class Cell(msgspec.Struct, frozen=True):
    """A value, the change and the sign beside it, which have the tone; or a text, which has no change and no sign."""

    value: str = ""
    change: str = ""
    sign: str = ""
    tone: Tone = ""


class Row(msgspec.Struct, frozen=True):
    """A row, by whose key the cursor finds it again; without a key it is a line of words that the cursor passes over.

    `words` stand at the left of their columns, numbers are aligned at their ends.
    """

    key: str | None
    name: str
    cells: tuple[Cell, ...] = ()
    tone: Tone = ""
    bold: bool = False
    words: bool = False

    @property
    def text(self) -> str:
        """The row as it stands, with tabs between the columns."""
        said = (" ".join(filter(None, (cell.value, cell.change, cell.sign))) for cell in self.cells)
        return "\t".join((self.name.strip(), *said))


def heading(text: str, after: Sequence[Row]) -> list[Row]:
    """A line of words above rows, with an empty one before it if others come first."""
    said = Row(None, text, tone="dim")
    return [Row(None, ""), said] if after else [said]


class CellsTable(ScrollView, Toned, can_focus=True, inherit_bindings=False):
    """Rows and columns of cells. It binds no key: the screen's actions call its methods."""

    DEFAULT_CSS = """
    CellsTable { background: $background; color: $foreground; overflow-x: hidden; scrollbar-size-vertical: 1;
                 scrollbar-gutter: stable; height: 1fr; }
    """

    class Moved(Message):
        """The cursor is on another cell."""

    class Opened(Message):
        """A cell was clicked twice."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._heads: tuple[Head, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._over_names = ""
        self._row = 0
        self._column = 0
        self._shift = 0
        self._names = 0
        self._parts: list[tuple[int, int, int]] = []
        self._fractions: list[int] = []
        self._widths: list[int] = []

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._row] if self._rows else None

    @property
    def column(self) -> int:
        """The column under the cursor, counted from the one that stays."""
        return self._column

    def show(self, heads: Sequence[Head], rows: Sequence[Row], over_names: str = "") -> None:
        """Show these. The cursor stays on its row and column, if they are still among them.

        `over_names` is the head over the names of the rows.
        """
        at_row = self._rows[self._row].key if self._rows else None
        at_column = self._heads[self._column].key if self._heads else None
        before, around = self._rows, (self._heads, self._over_names)
        self._heads, self._rows, self._over_names = tuple(heads), tuple(rows), over_names
        self._column = next((place for place, head in enumerate(heads) if head.key == at_column), 0)
        places = [place for place, row in enumerate(rows) if row.key is not None]
        kept = [place for place in places if rows[place].key == at_row]
        self._row = next(iter(kept or places), 0)
        same_widths = self._measure()
        self.virtual_size = Size(self.size.width, len(rows) + _HEAD_LINES)
        self._keep_in_sight()
        if same_widths and around == (self._heads, over_names) and len(before) == len(rows):
            changed = [place for place, pair in enumerate(zip(before, rows, strict=True)) if pair[0] != pair[1]]
            self._repaint(*changed)
        else:
            self.refresh()
        self.post_message(self.Moved())

    def go_to(self, key: str) -> None:
        """The cursor, to the row of that key if there is one."""
        found = next((place for place, row in enumerate(self._rows) if row.key == key), self._row)
        self._put_cursor(found, self._column)

    def move(self, lines: int) -> None:
        """The cursor, so many rows down; lines of words are passed over."""
        places = [place for place, row in enumerate(self._rows) if row.key is not None]
        if places:
            at = places.index(self._row) + lines
            self._put_cursor(places[clamp(at, 0, len(places) - 1)], self._column)

    def page(self, pages: float) -> None:
        """The cursor, so many screens down."""
        self.move(int(pages * self._page_rows()))

    def to_edge(self, end: bool) -> None:
        """The cursor, to the first or the last row."""
        self.move(len(self._rows) if end else -len(self._rows))

    def sideways(self, steps: int) -> None:
        """The cursor, so many columns to the right."""
        self._put_cursor(self._row, clamp(self._column + steps, 0, max(0, len(self._heads) - 1)))

    def render_line(self, y: int) -> Strip:
        """A line of the head, or a row."""
        width = self.size.width
        if y < _HEAD_LINES and self._heads:
            return self._head_line(y)
        place = self.scroll_offset.y + y - _HEAD_LINES
        if not 0 <= place < len(self._rows):
            return Strip.blank(width, self.rich_style)
        return self._line(place).adjust_cell_length(width, self._ground(place))

    def on_resize(self, event: events.Resize) -> None:
        """More columns fit, or fewer."""
        self._measure()
        self.virtual_size = Size(event.size.width, len(self._rows) + _HEAD_LINES)
        self._keep_in_sight()

    def on_focus(self) -> None:
        """The cursor shows whose keys they are."""
        self._repaint(self._row)

    def on_blur(self) -> None:
        """The cursor shows whose keys they are."""
        self._repaint(self._row)

    def on_click(self, event: events.Click) -> None:
        """Move to the cell; the second click opens it."""
        place = self.scroll_offset.y + event.y - _HEAD_LINES
        if event.y < _HEAD_LINES or place >= len(self._rows) or self._rows[place].key is None:
            return
        left = self._names + len(GAP)
        for column in self._in_sight():
            left += self._widths[column] + len(GAP)
            if event.x < left:
                again = (place, column) == (self._row, self._column)
                self._put_cursor(place, column)
                if again:
                    self.post_message(self.Opened())
                return

    def _put_cursor(self, row: int, column: int) -> None:
        if (row, column) == (self._row, self._column):
            return
        before, self._row = self._row, row
        if column != self._column:
            self._column = column
            self.refresh(Region(0, 0, self.size.width, 1))
        self._keep_in_sight()
        self._repaint(before, row)
        self.post_message(self.Moved())

    def _measure(self) -> bool:
        """Make every column as wide as what it shows, within bounds; whether all are as they were."""
        before = self._names, self._parts, self._widths
        names = [self._over_names, *(row.name for row in self._rows if row.key is not None)]
        longest = max(cell_len(one_line(name)) for name in names)
        self._names = min(longest, clamp(self.size.width // 4, _LEAST_NAMES, _MOST_NAMES))
        self._parts, self._widths, self._fractions = [], [], []
        whole_heads = []
        for number, head in enumerate(self._heads):
            cells = [(row, row.cells[number]) for row in self._rows if row.cells]
            figures = [cell for row, cell in cells if not (row.words or head.words)]
            behind = max((fraction(cell.value) for cell in figures), default=0) if head.one_kind else 0
            self._fractions.append(behind)
            parts = (
                max((cell_len(self._padded(cell, number)) for cell in figures), default=0),
                max((cell_len(cell.change) for cell in figures), default=0),
                max((cell_len(cell.sign) for cell in figures), default=0),
            )
            words = max((cell_len(one_line(cell.value)) for row, cell in cells if row.words or head.words), default=0)
            named = max(cell_len(one_line(head.name)), cell_len(head.note))
            self._parts.append(parts)
            figured = sum(parts) + sum(map(bool, parts[1:]))
            self._widths.append(max(figured, min(WIDEST, named), min(WIDEST_WORDS, words)))
            whole_heads.append(max(self._widths[-1], named))
        if self._names + sum(len(GAP) + width for width in whole_heads) <= self._room():
            self._widths = whole_heads
        return before == (self._names, self._parts, self._widths)

    def _head_line(self, y: int) -> Strip:
        style = self.rich_style + self.tones["columns"]
        shown = self._in_sight()
        over_names = one_line(self._over_names) if y == 0 else ""
        segments = [Segment(fitted_head(over_names, self._names, right=False), style)]
        for number, column in enumerate(shown):
            head = self._heads[column]
            cut_off = y == 0 and self._shift and number == _FROZEN - 1
            gap = f"{arrow('‹', plain=is_plain())} " if cut_off else GAP
            bold = Style(bold=column == self._column)
            text = fitted_head(one_line((head.name, head.note)[y]), self._widths[column], right=False)
            segments += [Segment(gap, style), Segment(text, style + bold if y == 0 else style)]
        more = y == 0 and shown and shown[-1] < len(self._heads) - 1
        strip = Strip(segments).adjust_cell_length(self.scrollable_content_region.width - 1, style)
        arrowed = Strip([*strip, Segment(arrow("›", plain=is_plain()) if more else " ", style)])
        return arrowed.adjust_cell_length(self.size.width, style)

    def _line(self, place: int) -> Strip:
        row, ground = self._rows[place], self._ground(place)
        if row.key is None:
            return Strip([Segment(one_line(row.name), ground + self.tones[row.tone] + Style(bold=row.bold))])
        name = fitted_head(one_line(row.name), self._names, right=False)
        segments = [Segment(name, ground + self.tones[row.tone] + Style(bold=row.bold))]
        for column in self._in_sight():
            at_cursor = place == self._row and column == self._column
            under = ground + self.tones["cursor"] if at_cursor and self.has_focus else ground
            segments += [Segment(GAP, ground), *self._cell(row, column, under)]
        return Strip(segments)

    def _cell(self, row: Row, column: int, ground: Style) -> list[Segment]:
        cell, width = row.cells[column], self._widths[column]
        own, toned = ground + self.tones[row.tone], ground + self.tones[cell.tone or row.tone]
        if row.words or self._heads[column].words:
            return [Segment(fitted(one_line(cell.value), width, right=False), toned)]
        value, change, sign = self._parts[column]
        texts = [(fitted(self._padded(cell, column), value, right=True), own)]
        if change:
            texts.append((f" {fitted(cell.change, change, right=True)}", toned))
        if sign:
            texts.append((f" {fitted(cell.sign, sign, right=False)}", toned))
        left = width - sum(cell_len(text) for text, _ in texts)
        return [*(Segment(text, style) for text, style in texts), Segment(" " * left, ground)]

    def _padded(self, cell: Cell, column: int) -> str:
        """The value, with so many spaces behind it that its decimal point is in line."""
        return cell.value + " " * (self._fractions[column] - fraction(cell.value))

    def _in_sight(self) -> list[int]:
        """The columns that have room, the one that stays first."""
        widths = [self._names, *self._widths]
        return [place - 1 for place in in_sight(widths, _FROZEN, self._shift, self._room()) if place]

    def _keep_in_sight(self) -> None:
        """Scroll as little as it takes to see the cursor."""
        shift = clamp(self._shift, 0, furthest([self._names, *self._widths], _FROZEN, self._room()))
        if self._column:
            shift = min(shift, self._column - 1)
        self._shift, before = shift, self._shift
        while self._column not in self._in_sight() and self._column and self._shift < self._column - 1:
            self._shift += 1
        if self._shift != before:
            self.refresh()
        top, rows = self.scroll_offset.y, self._page_rows()
        first = 0 if self._row == self._first() else self._row
        wanted = first if first < top else max(top, self._row - rows + 1)
        if wanted != top:
            # By force: until it has been laid out again, there is no scrollbar for rows that have only just come.
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def _first(self) -> int:
        return next((place for place, row in enumerate(self._rows) if row.key is not None), 0)

    def _page_rows(self) -> int:
        return max(1, self.size.height - _HEAD_LINES)

    def _room(self) -> int:
        return max(0, self.scrollable_content_region.width - _ARROW)

    def _repaint(self, *places: int) -> None:
        for place in places:
            line = place - self.scroll_offset.y + _HEAD_LINES
            if _HEAD_LINES <= line < self.size.height:
                self.refresh(Region(0, line, self.size.width, 1))

    def _ground(self, place: int) -> Style:
        return self.rich_style + self.tones["row"] if place == self._row else self.rich_style
