"""Pivot: means over seeds in rows and columns by any keys, live, to be copied or written for a paper.

What is shown is read in a worker as one frozen view. It owns what the table is of.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.compare.pivot import Pivot
from trackside.model.counting import counted
from trackside.services.pivot.formats import ENDINGS, FORMATS
from trackside.services.pivot.pivot import Asked
from trackside.services.pivot.view import PivotView, load
from trackside.services.sharing import seen
from trackside.services.sharing.export import Export
from trackside.tui.context import Context
from trackside.tui.copying import ROW, VALUE, Copying
from trackside.tui.exporting import Exporting
from trackside.tui.keys.actions import PIVOT, bindings
from trackside.tui.keys.early_keys import ReadFirst
from trackside.tui.keys.moves import Moves
from trackside.tui.messages import StoreChanged, Told
from trackside.tui.pace import Pace
from trackside.tui.screens import pivot_rows
from trackside.tui.screens.picker import Choice, Picker
from trackside.tui.terminal import inert, one_line
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.keys_footer import KeysFooter
from trackside.tui.widgets.lines import Lines
from trackside.tui.widgets.table_with_sheet import TableWithSheet


class PivotScreen(Moves, Copying, Exporting, ReadFirst):
    """A table, and below it what the cell under the cursor rests on, which enter opens."""

    CONTEXT = PIVOT
    LIVE: ClassVar[float] = 1.0
    COPIED: ClassVar[dict[str, str]] = {"y": VALUE, "r": ROW, "m": "Markdown", "t": "LaTeX", "v": "CSV"}
    CSS = """
    PivotScreen #title { height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
    PivotScreen #why-not { height: auto; padding: 1 1; display: none; }
    PivotScreen CellsTable { margin: 1 1 0 1; }
    PivotScreen Lines { padding: 0 1; }
    PivotScreen .-open Lines { margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PIVOT)]

    def __init__(self, context: Context, asked: Asked) -> None:
        super().__init__()
        self.context = context
        self._asked = asked
        self._view: PivotView | None = None
        self._both = TableWithSheet()
        self.table, self.sheet = self._both.table, self._both.sheet
        self._pace = Pace(self, lambda: self._load, self.LIVE)

    def compose(self) -> ComposeResult:
        """Title, why there is no table, the table, what is known of it, the keys."""
        yield Static(Content("Pivot   reading …"), id="title")
        yield Static(id="why-not", markup=False)
        yield self._both
        yield KeysFooter()

    def on_mount(self) -> None:
        """The table has the keys."""
        self.table.focus()

    def on_screen_resume(self) -> None:
        """Read when the screen comes to the front: what changed while it was covered was let pass."""
        self._pace.due(at_once=True)

    @property
    def moved(self) -> CellsTable | Lines:
        """The table, or the lines once they are opened."""
        return self._both.moved

    @on(StoreChanged)
    def _store_changed(self) -> None:
        if self.is_current:
            self._pace.due()

    @on(Told)
    def _told(self, message: Told) -> None:
        self.notify(message.text, markup=False)

    def _load(self) -> None:
        asked = self._asked
        self.call_later(self._arrived, asked, load(self.context.store, asked, time.time()))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read or written is told; what was found before stays."""
        if event.state is WorkerState.ERROR:
            self.was_not_read()
            self.notify(inert(str(event.worker.error)), severity="error", markup=False)

    def _arrived(self, asked: Asked, view: PivotView) -> None:
        """What was chosen for a person stays chosen, whatever runs come. What a person chose since is being read."""
        if asked is not self._asked:
            return
        self._view, self._asked = view, view.asked
        self.query_one("#title", Static).update(_title(view))
        why_not = self.query_one("#why-not", Static)
        why_not.display = view.pivot is None
        why_not.update("\n".join(map(one_line, _why_not(view))))
        if view.page is None:
            self.table.show([], [])
            self.sheet.show([])
        else:
            self.table.show(pivot_rows.heads(view.page), pivot_rows.rows(view.page), ", ".join(view.page.row_heads))
        self.was_read()

    @on(CellsTable.Moved)
    def _cell_moved(self) -> None:
        row, view = self.table.row, self._view
        if row is not None and row.key is not None and view is not None and view.pivot and view.page:
            self.sheet.show(pivot_rows.details(view.pivot, view.page, int(row.key), self.table.column))

    @on(CellsTable.Opened)
    def action_open(self) -> None:
        """The lines alone."""
        if self.table.row is None:
            self.notify("there is no table yet" if self._view is None else _why_not(self._view)[0], markup=False)
        else:
            self._both.open()

    def action_back(self) -> None:
        """Back from the lines to the table, then to where one came from."""
        if not self._both.step_back():
            self.dismiss()

    def action_rows(self) -> None:
        """One key more for the rows, or one less."""
        if self._view is not None:
            self._toggle("rows", self._view.keys, self._asked.rows, lambda keys: replace(self._asked, rows=keys))

    def action_columns(self) -> None:
        """One key more for the columns, or one less."""
        if self._view is not None:
            keys = self._asked.columns
            self._toggle("columns", self._view.keys, keys, lambda keys: replace(self._asked, columns=keys))

    def action_metric(self) -> None:
        """One value more for the cells, or one less."""
        if self._view is not None:
            values = self._asked.values
            self._toggle("values", self._view.values, values, lambda values: replace(self._asked, values=values))

    def action_mix_data(self) -> None:
        """Put values on unlike eval data into one table, which then says so; again, refuse to."""
        mixes = not self._asked.mix_eval_data
        self.notify(f"values on unlike eval data are {'mixed' if mixes else 'kept apart'}", markup=False)
        self._ask(replace(self._asked, mix_eval_data=mixes))

    def shown_here(self) -> seen.Pivot:
        """What the table is of."""
        asked = self._asked
        return seen.Pivot(asked.rows, asked.columns, asked.values, asked.filter, asked.runs or (), asked.mix_eval_data)

    def copied(self, what: str) -> str | Callable[[], str] | None:
        """The cell or the row under the cursor, or the table in a format."""
        view, row = self._view, self.table.row
        if view is None or view.pivot is None or row is None:
            return None
        if what in FORMATS:
            return partial(FORMATS[what], view.pivot)
        return {VALUE: row.cells[self.table.column].value, ROW: row.text}.get(what)

    def export(self) -> Export | None:
        """The table."""
        view = self._view
        if view is None or view.pivot is None:
            return None
        made = {ending: partial(_encoded, view.pivot, form) for ending, form in ENDINGS.items()}
        return Export("the table", "table.tex", made)

    def _toggle(
        self, what: str, known: Sequence[str], chosen: tuple[str, ...], change: Callable[[tuple[str, ...]], Asked]
    ) -> None:
        """Pick one: it comes last if it was not chosen. The rows and the values keep one at least."""
        names = dict.fromkeys((*chosen, *known))
        choices = [Choice(name, f"{'●' if name in chosen else '○'} {name}") for name in names]

        def picked(name: str | None) -> None:
            if name is None:
                return
            after = tuple(one for one in chosen if one != name) if name in chosen else (*chosen, name)
            if after or what == "columns":
                self._ask(change(after))
            else:
                self.notify(f"{one_line(name)} is the only one: choose another one first", markup=False)

        self.app.push_screen(Picker(what, choices), picked)

    def _ask(self, asked: Asked) -> None:
        self._asked = asked
        self._pace.due(at_once=True)


def _encoded(table: Pivot, form: str) -> bytes:
    return FORMATS[form](table).encode()


def _title(view: PivotView) -> Content:
    """What stands in the table, by which keys, and of which runs."""
    asked = view.asked
    by = " × ".join(filter(None, (", ".join(asked.rows), ", ".join(asked.columns))))
    of = f"{counted(view.runs, 'run')}{f' of {asked.filter}' if asked.filter else ''}"
    said = f"{', '.join(asked.values)} by {by}" if view.pivot is not None else ""
    return Content.assemble(("Pivot ", "bold"), one_line(said), (one_line(f"   {of}"), "$foreground-muted"))


def _why_not(view: PivotView) -> list[str]:
    """Why there is no table, and what can be done about it."""
    if view.pivot is not None:
        return []
    return [f"{view.why_not}.", *(["! puts them into one table, which then says so."] if view.unlike else [])]
