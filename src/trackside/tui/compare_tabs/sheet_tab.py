"""A tab with a table, and below it all that is known of the cell under the cursor, which enter opens."""

from abc import abstractmethod
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.widget import Widget

from trackside.tui.compare_tabs.tab import CompareTab
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Lines
from trackside.tui.widgets.table_with_sheet import TableWithSheet


class SheetTab(CompareTab):
    """Subclasses fill the table, and the lines when the cursor moves."""

    def __init__(self, context: Context, above: Iterable[Widget] = (), beside: Iterable[Widget] = ()) -> None:
        super().__init__(context)
        self._both = TableWithSheet(above, beside)
        self.table, self.sheet = self._both.table, self._both.sheet

    def compose(self) -> ComposeResult:
        """The table and the lines."""
        yield self._both

    @property
    def target(self) -> Widget:
        """The table, or the lines once they are opened."""
        return self.moved

    @property
    def moved(self) -> CellsTable | Lines:
        """The table, or the lines once they are opened."""
        return self._both.moved

    def open(self) -> None:
        """The lines alone."""
        self._both.open()

    def step_back(self) -> bool:
        """Back from the lines to the table."""
        return self._both.step_back()

    def show_all(self) -> None:
        """Also what is alike; again, only what differs: in the table, from which lines were opened."""
        if self._both.is_open:
            self.post_message(Told("escape goes back to the table: there this shows all, or only what differs"))
        else:
            self.show_everything()

    @abstractmethod
    def show_everything(self) -> None:
        """In the table, also what is alike; again, only what differs."""
