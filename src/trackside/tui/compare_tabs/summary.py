"""Summary: the metrics of every side beside the baseline's, with verdicts, and the params in which the sides differ."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from trackside.compare.comparison import Cell
from trackside.compare.sides import Side
from trackside.services.comparison.view import ComparisonView
from trackside.tui.colours.plain import plain_text
from trackside.tui.compare_tabs import summary_rows
from trackside.tui.compare_tabs.summary_rows import CHANGES, Place, place_of
from trackside.tui.compare_tabs.tab import CompareTab, nothing_compared
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.targets import MetricTarget, Target
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.cells_table import CellsTable


class SummaryTab(CompareTab):
    """A table with a cursor on one cell, and below it what that cell rests on."""

    label = "Summary"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.table = CellsTable()
        self._view: ComparisonView | None = None
        self._change = CHANGES[0]
        self._everything = False

    def compose(self) -> ComposeResult:
        """Why there is no table, or the table and what is known of the cell under the cursor."""
        yield Static(id="why-not", markup=False)
        yield self.table
        yield Static(id="details", markup=False)

    @property
    def target(self) -> CellsTable:
        """The table."""
        return self.table

    @property
    def moved(self) -> CellsTable:
        """The table."""
        return self.table

    @property
    def place(self) -> Place | None:
        """What the row under the cursor is of."""
        row = self.table.row
        return None if row is None or row.key is None else place_of(row.key)

    @property
    def side(self) -> Side | None:
        """The side under the cursor."""
        return self._view.sides[self.table.column] if self._view is not None and self._view.sides else None

    @property
    def cell(self) -> Cell | None:
        """What was found of the metric and the side under the cursor."""
        view, place = self._view, self.place
        return None if view is None or place is None else summary_rows.cell_at(view, place, self.table.column)

    @property
    def metric(self) -> str | None:
        """The metric under the cursor."""
        place = self.place
        return place.name if place is not None and place.kind == "metric" else None

    @property
    def candidate(self) -> int:
        """The candidate under the cursor, counted from 0; in the baseline's column the first."""
        return max(0, self.table.column - 1)

    def show(self, view: ComparisonView) -> None:
        """Show what was found; the cursor stays on its cell."""
        self._view = view
        self._draw()

    def show_change(self) -> None:
        """Differences in percent, in the metric's unit, or none."""
        self._change = CHANGES[(CHANGES.index(self._change) + 1) % len(CHANGES)]
        self._draw()

    def show_all(self) -> None:
        """All params, or only those that differ."""
        self._everything = not self._everything
        self._draw()

    def go_to_baseline(self) -> None:
        """The cursor, to the baseline's column."""
        if self.side is None:
            self.post_message(Told("nothing is compared; b makes one of these runs the baseline"))
        elif self.table.column == 0:
            self.post_message(Told("this is the baseline's column"))
        self.table.sideways(-self.table.column)

    def go_to_candidate(self, number: int) -> None:
        """The cursor, to a candidate's column."""
        self.table.sideways(number + 1 - self.table.column)

    def go_to_metric(self, metric: str) -> None:
        """The cursor, to a metric."""
        self.table.go_to(Place("metric", metric).key)

    @property
    def to_open(self) -> Target | None:
        """The chart of the metric under the cursor."""
        return None if self.metric is None else MetricTarget(self.metric)

    def open(self) -> None:
        """Tell why nothing is opened."""
        if self.place is not None:
            self.post_message(Told(f"{self.place.name} is a param: it has no chart"))

    @on(CellsTable.Moved)
    def _cell_moved(self) -> None:
        place, view = self.place, self._view
        lines = ("", "") if place is None or view is None else summary_rows.details(view, place, self.table.column)
        said = "\n".join(one_line(plain_text(line, plain=is_plain())) for line in lines)
        self.query_one("#details", Static).update(said)

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        why_not = self.query_one("#why-not", Static)
        why_not.display = view.comparison is None
        why_not.update("\n".join(map(one_line, nothing_compared(view))))
        self.query_one("#details").display = view.comparison is not None
        self.table.show(
            summary_rows.heads(view.sides, plain=is_plain()),
            summary_rows.rows(view, self._change, everything=self._everything, plain=is_plain()),
        )
