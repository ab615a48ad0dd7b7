"""Differs: what the sides were made with: params, environment, packages, data, code, command."""

from msgspec.structs import replace
from textual import on, work
from textual.worker import Worker

from trackside.compare.sides import Side
from trackside.services.comparison.provenance import differences
from trackside.services.comparison.view import ComparisonView
from trackside.tui.compare_tabs import differs_rows, summary_rows
from trackside.tui.compare_tabs.differs_rows import Made
from trackside.tui.compare_tabs.sheet_tab import SheetTab
from trackside.tui.compare_tabs.tab import nothing_compared
from trackside.tui.context import Context
from trackside.tui.pace import has_failed
from trackside.tui.terminal import is_plain
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.lines import Line


class DiffersTab(SheetTab):
    """A table of what differs, and below it all that is known of the cell under the cursor, which enter opens.

    Params, seeds and machines are those of all runs of a side; of the rest its first run speaks.
    """

    label = "Differs"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._read: tuple[Side, ...] = ()
        self._reading: Worker[None] | None = None
        self._made: Made | None = None
        self._everything = False

    def show(self, view: ComparisonView) -> None:
        """Read what the sides were made with, unless that is known; metrics that change are no reason to."""
        sides = view.sides
        if not sides:
            self._read, self._made = (), None
            self.table.show((), ())
            self.sheet.show([Line.of(said, "dim") for said in nothing_compared(view)])
        elif [*map(_made_with, sides)] != [*map(_made_with, self._read)] or has_failed(self._reading):
            self._read = sides
            self._reading = self._load(sides)

    def show_everything(self) -> None:
        """Also what is alike; again, only what differs."""
        self._everything = not self._everything
        self._draw()

    @work(thread=True, exclusive=True, group="differs", exit_on_error=False)
    def _load(self, sides: tuple[Side, ...]) -> None:
        """What is known at once, then the code, for which git may be asked."""
        made = Made(sides, differences.load_sides(self.context.store, sides))
        self.call_later(self._arrived, made)
        lead, *others = [side.lead for side in sides]
        self.call_later(self._arrived, replace(made, code=differences.load_code(self.context.store, lead, others)))

    def _arrived(self, made: Made) -> None:
        if made.sides is self._read:
            self._made = made
            self._draw()

    def _draw(self) -> None:
        if self._made is not None:
            heads = summary_rows.heads(self._made.sides, plain=is_plain())
            self.table.show(heads, differs_rows.rows(self._made, everything=self._everything))

    @on(CellsTable.Moved)
    def _cell_moved(self) -> None:
        made, key = self._made, None if self.table.row is None else self.table.row.key
        if made is not None:
            self.sheet.show([] if key is None else differs_rows.details(made, key, self.table.column))


def _made_with(side: Side) -> list[tuple[object, ...]]:
    """All of its runs that this tab shows."""
    return [
        (run.id, run.name, run.params, run.environment, run.data, run.code, run.command, run.seed) for run in side.runs
    ]
