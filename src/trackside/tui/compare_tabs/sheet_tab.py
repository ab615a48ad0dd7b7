"""A tab with a table, and below it all that is known of the cell under the cursor, which enter opens."""

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from trackside.tui.compare_tabs.tab import TableTab
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Lines


class SheetTab(TableTab):
    """Subclasses fill the table, and the lines when the cursor moves."""

    DEFAULT_CSS = """
    SheetTab CellsTable { height: 1fr; }
    SheetTab Lines { height: 40%; border-top: solid $panel; }
    SheetTab.-open CellsTable { display: none; }
    SheetTab.-open Lines { height: 1fr; border-top: none; }
    """

    def compose(self) -> ComposeResult:
        """The table and the lines."""
        yield CellsTable()
        yield Lines()

    @property
    def sheet(self) -> Lines:
        """The lines."""
        return self.query_one(Lines)

    @property
    def target(self) -> Widget:
        """The table, or the lines once they are opened."""
        return self._moved

    def open(self) -> None:
        """The lines alone."""
        self.add_class("-open")
        self.target.focus()

    def step_back(self) -> bool:
        """Back from the lines to the table."""
        was_open = self.has_class("-open")
        self.remove_class("-open")
        self.target.focus()
        return was_open

    def move(self, lines: int) -> None:
        """Move the cursor, of the lines once they are opened."""
        self._moved.move(lines)

    def page(self, pages: float) -> None:
        """Move the cursor by pages."""
        self._moved.page(pages)

    def to_edge(self, end: bool) -> None:
        """Go to the first or the last line."""
        self._moved.to_edge(end)

    def sideways(self, steps: int) -> None:
        """Move the cursor by columns; scroll lines that are cut."""
        self._moved.sideways(steps)

    @property
    def _moved(self) -> CellsTable | Lines:
        return self.sheet if self.has_class("-open") else self.table

    @on(CellsTable.Opened)
    def _cell_opened(self) -> None:
        self.open()
