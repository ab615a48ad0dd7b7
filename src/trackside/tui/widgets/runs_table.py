"""The runs table: only the rows on screen exist, so that 100,000 runs scroll as 100 do.

It shows rows that it is given a way to fetch, keeps its cursor on a run and not on a place, and repaints the lines
that changed. It knows no store.
"""

from collections.abc import Container, Mapping, Sequence

from msgspec.structs import replace
from textual import events
from textual.geometry import Region, Size, clamp
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trackside.config.state import CursorAt
from trackside.services.table.rows import Row
from trackside.tui.colours.tones import Toned
from trackside.tui.widgets.row_lines import (
    ARROW_WIDTH,
    SIGN_WIDTH,
    Ink,
    Signs,
    cell_text,
    head_line,
    row_line,
    said_line,
)
from trackside.tui.widgets.row_pages import RowPages, Source
from trackside.tui.widgets.said import Said
from trackside.tui.widgets.table_columns import Columns, TableColumns

_SAYS_AT = 2


class RunsTable(ScrollView, Toned, can_focus=True, inherit_bindings=False):
    """A cursor, marks, pinned columns, others that scroll sideways, and one of them that keys mean."""

    DEFAULT_CSS = """
    RunsTable { background: $background; color: $foreground; overflow-x: hidden; scrollbar-size-vertical: 1;
                scrollbar-gutter: stable; }
    """

    class Moved(Message):
        """The cursor is on another run, or on none."""

        def __init__(self, run_id: str | None) -> None:
            super().__init__()
            self.run_id = run_id

    class NewSeen(Message):
        """The table is at its top again, where rows came meanwhile."""

    class Opened(Message):
        """A run was clicked twice."""

    class HeadClicked(Message):
        """The head of the column that keys mean was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._signs = Signs()
        self.cursor_id: str | None = None
        self.ascii_only = False
        self.says_when_empty: Sequence[Said] = ()
        self.new_above = 0
        self._rows = RowPages()
        self._columns = TableColumns()
        self._cursor = 0
        self._sought: str | None = None
        self._ink = Ink(self)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self._rows.source.count

    @property
    def cursor(self) -> int:
        """The place of the cursor."""
        return self._cursor

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns."""
        return self._columns.shown.keys

    @property
    def column(self) -> str | None:
        """The column that keys mean."""
        return self.columns[self._columns.at] if self.columns else None

    def show(self, source: Source, columns: Columns) -> None:
        """Show these rows. The cursor stays on its run, and the run on its line, if it is still among them.

        At its top the table stays there, so that what comes is seen; elsewhere `new_above` counts what came above.
        """
        before = [] if self._columns.show(columns) else self._visible_rows()
        top, cursor = self.scroll_offset.y, self._cursor
        grown = source.count - self.count
        self._rows = RowPages(source)
        place = None if self.cursor_id is None else source.position(self.cursor_id)
        moved = place is not None and place != self._cursor
        self._cursor = max(0, min(self._cursor if place is None else place, source.count - 1))
        self.virtual_size = Size(self.size.width, source.count + 1)
        if moved and top <= cursor:
            if top:
                self._scroll_to_row(max(0, top + self._cursor - cursor))
            self._keep_in_sight()
        if self.scroll_offset.y:
            self.new_above = max(0, self.new_above + clamp(self._cursor - cursor, 0, grown))
        self._narrow_columns(before)
        self._settle_columns()
        self._tell()
        self._repaint(before)
        if self._sought is not None:
            self.go_to(self._sought)

    def mark(self, marks: frozenset[str], groups: Mapping[str, bool]) -> None:
        """Mark these runs and no others; of groups that have marked ones, whether all are."""
        self._sign(Signs(marks, groups, self._signs.baselines))

    def star(self, baselines: frozenset[str]) -> None:
        """These runs are baselines."""
        self._sign(replace(self._signs, baselines=baselines))

    @property
    def marks(self) -> frozenset[str]:
        """The runs that are marked."""
        return self._signs.marks

    def _sign(self, signs: Signs) -> None:
        if signs != self._signs:
            self._signs = signs
            self.refresh()

    def tick(self) -> None:
        """Time has passed: lines whose ages read differently now are repainted, and nothing else."""
        before = self._visible_rows()
        self._rows.forget()
        self._repaint(before)

    def move(self, lines: int) -> None:
        """The cursor, so many rows down."""
        self.move_to(self._cursor + lines)

    def page(self, pages: float) -> None:
        """The cursor, so many screens down."""
        self.move(int(self.page_rows() * pages))

    def to_edge(self, end: bool) -> None:
        """The cursor, to the first or the last row."""
        self.move_to(self.count - 1 if end else 0)

    def move_to(self, place: int) -> None:
        """The cursor, to a place."""
        before = self._cursor
        self._sought = None
        self._cursor = max(0, min(place, self.count - 1))
        if self._cursor != before:
            self._keep_in_sight()
            self._line_changed(before)
            self._line_changed(self._cursor)
            self._tell()

    def has(self, run_id: str) -> bool:
        """Whether a run is among the rows."""
        return self._rows.source.position(run_id) is not None

    def go_to(self, run_id: str) -> None:
        """The cursor, to a run: now, or as soon as it is among the rows, unless the cursor is moved before that."""
        place = self._rows.source.position(run_id)
        if place is None:
            self._sought = run_id
        else:
            self.move_to(place)

    @property
    def left_at(self) -> CursorAt | None:
        """Where the cursor is; None on the first row."""
        top = int(self.scroll_offset.y)
        if self.cursor_id is None or not self._cursor:
            return None
        return CursorAt(self.cursor_id, self._cursor - top if top else None)

    def return_to(self, left: CursorAt) -> bool:
        """The cursor, to the row on which it stood, on the line on which that stood; whether it is among the rows."""
        place = self._rows.source.position(left.row)
        if place is None:
            return False
        self.move_to(place)
        if left.line is not None:
            line = min(left.line, self.page_rows() - 1) if self.size.height else left.line
            self._scroll_to_row(max(0, place - line))
        return True

    def sideways(self, steps: int) -> None:
        """The column that keys mean, so many on; those that are not pinned scroll by whole columns."""
        self.to_column(self._columns.at + steps)

    def seek_column(self, key: str) -> None:
        """Keys mean this column as soon as it is shown."""
        self._columns.seek(key)

    def to_column(self, number: int) -> None:
        """Keys mean this column from now on."""
        before = self._columns.at
        self._columns.go(number)
        if not self._settle_columns() and self._columns.at != before:
            self.refresh(*self._column_regions({before, self._columns.at}))

    @property
    def is_at_first_column(self) -> bool:
        """Whether keys mean the first column."""
        return self._columns.at == 0

    def row(self, place: int) -> Row | None:
        """The row at a place."""
        return self._rows.row(place)

    def rows_between(self, start: int, end: int) -> list[Row]:
        """The rows from place `start` to before `end`."""
        return self._rows.between(start, end)

    def page_rows(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of one paint share their styles."""
        self._ink = Ink(self)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The head, or a row."""
        width, plain, ink = self.size.width, self.ascii_only, self._ink
        if y == 0:
            return head_line(self._columns, self._aligned_right, width, ink, plain=plain)
        place = self.scroll_offset.y + y - 1
        row = self.row(place)
        if row is None:
            if self.count or y < _SAYS_AT:
                return Strip.blank(width, ink.ground)
            return said_line(self.says_when_empty, y - _SAYS_AT, width, ink).adjust_cell_length(width, ink.ground)
        at_cursor = place == self._cursor
        ground = ink.under_cursor if at_cursor else ink.ground
        meant = self._columns.at if at_cursor and self.has_focus else None
        sign = self._signs.of(row.id, plain=plain)
        line = row_line(row, sign, self._columns, ground, ink, meant=meant, plain=plain)
        return line.adjust_cell_length(width, ground)

    def on_resize(self, event: events.Resize) -> None:
        """More rows fit, or fewer."""
        self.virtual_size = Size(event.size.width, self.count + 1)
        self._keep_in_sight()
        self._settle_columns()

    def on_focus(self) -> None:
        """The cursor shows whose keys they are."""
        self._line_changed(self._cursor)

    def on_blur(self) -> None:
        """The cursor shows whose keys they are."""
        self._line_changed(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Move to the row and the column; the second click opens it, that on a head sorts."""
        number = self._columns.number_at(event.x - SIGN_WIDTH)
        if event.y == 0 and number is not None and number == self._columns.at:
            self.post_message(self.HeadClicked())
        if number is not None:
            self.to_column(number)
        place = self.scroll_offset.y + event.y - 1
        if event.y > 0 and place < self.count:
            again = place == self._cursor
            self.move_to(place)
            if again:
                self.post_message(self.Opened())

    def _aligned_right(self, place: int) -> bool:
        """Whether that column has its texts at the right, as the first one in sight has it."""
        shown = (row.cells[place] for row in self._visible_rows())
        return next((cell.at_right for cell in shown if cell.text), False)

    def _settle_columns(self) -> bool:
        """Columns grow with what is in sight, and shrink after edits alone; whether any stands elsewhere now."""
        rows = self._visible_rows()
        self._columns.room = self.scrollable_content_region.width - SIGN_WIDTH - ARROW_WIDTH
        moved = self._columns.settle(
            lambda number: (
                (cell_text(cell, plain=self.ascii_only), cell.align) for cell in (row.cells[number] for row in rows)
            )
        )
        if moved:
            self.refresh()
        return moved

    def _narrow_columns(self, before: list[Row]) -> None:
        """A column is no wider for a text that was edited away, such as a name that was too long."""
        after = {row.id: row for row in self._visible_rows()}
        for was in before:
            if now := after.get(was.id):
                for number in self._columns.widest_edited(was.cells):
                    if now.cells[number].text != was.cells[number].text:
                        self._columns.narrow(number)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """What comes into sight may be wider."""
        super().watch_scroll_y(old_value, new_value)
        self._settle_columns()
        if not new_value and self.new_above:
            self.new_above = 0
            self.post_message(self.NewSeen())

    def _visible_rows(self) -> list[Row]:
        return self.rows_between(self.scroll_offset.y, self.scroll_offset.y + self.page_rows())

    def _repaint(self, before: list[Row]) -> None:
        after = self._visible_rows()
        if not before or len(before) != len(after):
            self.refresh()
            return
        for line, (old, new) in enumerate(zip(before, after, strict=True), start=1):
            if (old.id, old.status, old.folded) != (new.id, new.status, new.folded):
                self.refresh(Region(0, line, self.size.width, 1))
            elif changed := self._changed_cells(line, old, new):
                self.refresh(*changed)

    def _changed_cells(self, line: int, old: Row, new: Row) -> list[Region]:
        return [
            Region(SIGN_WIDTH + left, line, width, 1)
            for number, left, width in self._columns.places()
            if old.cells[number] != new.cells[number]
        ]

    def _column_regions(self, numbers: Container[int]) -> list[Region]:
        """The heads of these columns, and their cells under the cursor."""
        lines = (0, self._cursor - self.scroll_offset.y + 1)
        return [
            Region(SIGN_WIDTH + left, line, width, 1)
            for number, left, width in self._columns.places()
            for line in lines
            if number in numbers
        ]

    def _line_changed(self, place: int) -> None:
        line = place - self.scroll_offset.y + 1
        if 0 < line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def _keep_in_sight(self) -> None:
        top, rows = self.scroll_offset.y, self.page_rows()
        if self._cursor < top:
            self._scroll_to_row(self._cursor)
        elif self._cursor >= top + rows:
            self._scroll_to_row(self._cursor - rows + 1)

    def _scroll_to_row(self, place: int) -> None:
        # By force: until the table has been laid out again, it has no scrollbar for rows that have only just come.
        self.scroll_to(y=place, animate=False, immediate=True, force=True)

    def _tell(self) -> None:
        row = self.row(self._cursor)
        run_id = None if row is None else row.id
        if run_id != self.cursor_id:
            self.cursor_id = run_id
            self.post_message(self.Moved(run_id))
