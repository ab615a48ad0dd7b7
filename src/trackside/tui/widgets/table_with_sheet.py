"""A table of cells, and below it all that is known of the cell under the cursor, which can be opened.

What stands in both is told by whoever has them.
"""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from trackside.tui.messages import Told
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Lines


class TableWithSheet(Vertical):
    """Both, or the lines alone. More may stand `above` the table, and `beside` the lines."""

    DEFAULT_CSS = """
    TableWithSheet > Horizontal { height: 41%; border-top: solid $border-blurred; }
    TableWithSheet.-open > * { display: none; }
    TableWithSheet.-open > Horizontal { display: block; height: 1fr; border-top: none; }
    """

    def __init__(self, above: Iterable[Widget] = (), beside: Iterable[Widget] = ()) -> None:
        super().__init__()
        self._above, self._beside = tuple(above), tuple(beside)
        self.table = CellsTable()
        self.sheet = Lines()

    def compose(self) -> ComposeResult:
        """The table and the lines."""
        yield from self._above
        yield self.table
        with Horizontal():
            yield self.sheet
            yield from self._beside

    @property
    def is_open(self) -> bool:
        """Whether the lines are shown alone."""
        return self.has_class("-open")

    @property
    def moved(self) -> CellsTable | Lines:
        """The table, or the lines once they are opened."""
        return self.sheet if self.is_open else self.table

    def open(self) -> None:
        """The lines alone."""
        if self.is_open:
            self.post_message(Told("nothing more is known of it; escape goes back to the table"))
        self.add_class("-open")
        self.sheet.focus()

    def step_back(self) -> bool:
        """Back from the lines to the table; whether they were opened."""
        was_open = self.is_open
        self.remove_class("-open")
        self.table.focus()
        return was_open
