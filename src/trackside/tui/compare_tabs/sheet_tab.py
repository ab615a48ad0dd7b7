"""A tab with a table, and below it all that is known of the cell under the cursor, which enter opens."""

from abc import abstractmethod

from textual.app import ComposeResult
from textual.widget import Widget

from trackside.tui.compare_tabs.tab import TableTab
from trackside.tui.context import Context
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Lines


class SheetTab(TableTab):
    """Subclasses fill the table, and the lines when the cursor moves."""

    DEFAULT_CSS = """
    SheetTab > CellsTable { height: 1fr; }
    SheetTab > Lines { height: 40%; border-top: solid $border-blurred; }
    SheetTab.-open > CellsTable { display: none; }
    SheetTab.-open > Lines { height: 1fr; border-top: none; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.sheet = Lines()

    def compose(self) -> ComposeResult:
        """The table and the lines."""
        yield self.table
        yield self.sheet

    @property
    def target(self) -> Widget:
        """The table, or the lines once they are opened."""
        return self.moved

    def open(self) -> None:
        """The lines alone."""
        if self.has_class("-open"):
            self.post_message(self.Said("nothing more is known of it; escape goes back to the table"))
        self.add_class("-open")
        self.target.focus()

    def show_all(self) -> None:
        """Also what is alike; again, only what differs: in the table, from which lines were opened."""
        if self.has_class("-open"):
            self.post_message(self.Said("escape goes back to the table: there this shows all, or only what differs"))
        else:
            self.show_everything()

    @abstractmethod
    def show_everything(self) -> None:
        """In the table, also what is alike; again, only what differs."""

    def step_back(self) -> bool:
        """Back from the lines to the table."""
        was_open = self.has_class("-open")
        self.remove_class("-open")
        self.target.focus()
        return was_open

    @property
    def moved(self) -> CellsTable | Lines:
        """The table, or the lines once they are opened."""
        return self.sheet if self.has_class("-open") else self.table
