"""Differs: what the sides were made with: params, environment, packages, data, code, command."""

from dataclasses import replace

from textual import on, work

from trackside.compare.differs.code import CodeDifference
from trackside.model.run import Run
from trackside.services import differences
from trackside.services.comparison_view import ComparisonView
from trackside.services.curves import told_apart
from trackside.tui.compare_tabs import differs_rows, summary_rows
from trackside.tui.compare_tabs.differs_rows import Made
from trackside.tui.compare_tabs.sheet_tab import SheetTab
from trackside.tui.compare_tabs.tab import NOTHING_COMPARED
from trackside.tui.context import Context
from trackside.tui.terminal import is_plain
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Line


class DiffersTab(SheetTab):
    """A table of what differs, and below it all that is known of the cell under the cursor, which enter opens.

    A side is shown by its first run.
    """

    label = "Differs"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._view: ComparisonView | None = None
        self._read: tuple[Run, ...] = ()
        self._made: Made | None = None
        self._everything = False

    def show(self, view: ComparisonView) -> None:
        """Read what the sides were made with, unless that is known; metrics that change are no reason to."""
        self._view = view
        if view.comparison is None:
            self.sheet.show([Line.of(NOTHING_COMPARED, "dim")])
            return
        leads = tuple(side.lead for side in view.sides)
        if [*map(_made_with, leads)] != [*map(_made_with, self._read)]:
            self._read = leads
            self._load(leads)

    def show_all(self) -> None:
        """Also what is alike; again, only what differs."""
        self._everything = not self._everything
        self._draw()

    @work(thread=True, exclusive=True, group="differs", exit_on_error=False)
    def _load(self, leads: tuple[Run, ...]) -> None:
        """What is known at once, then the code, for which git may be asked."""
        baseline, *candidates = leads
        names = tuple(told_apart(leads).values())
        found = differences.load(self.context.store, baseline, candidates, everything=True)
        self.call_later(self._arrived, leads, Made(names, found))
        self.call_later(self._code_arrived, leads, differences.load_code(self.context.store, baseline, candidates))

    def _arrived(self, leads: tuple[Run, ...], made: Made) -> None:
        if leads == self._read:
            self._made = made
            self._draw()

    def _code_arrived(self, leads: tuple[Run, ...], code: tuple[CodeDifference, ...]) -> None:
        if leads == self._read and self._made is not None:
            self._made = replace(self._made, code=code)
            self._draw()

    def _draw(self) -> None:
        if self._made is not None and self._view is not None:
            heads = summary_rows.heads(self._view, plain=is_plain())
            self.table.show(heads, differs_rows.rows(self._made, everything=self._everything))

    @on(CellsTable.Moved)
    def _cell_moved(self) -> None:
        row = self.table.row
        if self._made is None or row is None or row.key is None:
            self.sheet.show([])
        else:
            self.sheet.show(differs_rows.details(self._made, row.key, self.table.column))


def _made_with(run: Run) -> tuple[object, ...]:
    """All of a run that this tab shows."""
    return run.id, run.name, run.params, run.environment, run.data, run.code, run.command, run.seed
