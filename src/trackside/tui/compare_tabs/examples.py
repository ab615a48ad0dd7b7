"""Examples: which of them flipped between a candidate and the baseline, by how much, and what was logged beside."""

from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static
from textual.worker import Worker

from trackside.compare.sides import Side
from trackside.compare.statistics.pairing import ExamplesError
from trackside.services.comparison_view import ComparisonView
from trackside.services.comparison_words import side_name
from trackside.services.examples_view import ExamplesView, Found, head_sentence, load, names, with_table
from trackside.services.logged_examples import table_of_metric, tables
from trackside.tui.compare_tabs import examples_rows, summary_rows
from trackside.tui.compare_tabs.sheet_tab import SheetTab
from trackside.tui.compare_tabs.tab import NOTHING_COMPARED, Focus
from trackside.tui.context import Context
from trackside.tui.pace import Pace
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.cells_table import CellsTable

_SECONDS = 0.1
"""Between two searches while somebody types."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table of examples of two sides."""

    baseline: Side
    candidate: Side
    name: str

    def is_like(self, other: "Wanted | None") -> bool:
        """Whether the same is read for both."""
        return other is not None and self.content() == other.content()

    def content(self) -> tuple[object, ...]:
        """What is read: which table, of which runs, and their files."""
        sides = self.baseline, self.candidate
        files = ((run.id, tables(run)[self.name].files) for side in sides for run in with_table(side, self.name))
        return self.name, *files


class ExamplesTab(SheetTab):
    """A line of what was found, the examples that differ, and below them all that is known of the one at the cursor."""

    label = "Examples"
    DEFAULT_CSS = """
    ExamplesTab > #said { height: auto; max-height: 3; margin: 0 0 1 0; color: $text-muted; }
    ExamplesTab.-open > #said { display: none; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.looked_for = ""
        self._everything = False
        self._view: ComparisonView | None = None
        self._at = Focus()
        self._name: str | None = None
        self._wanted: Wanted | None = None
        self._examples: ExamplesView | None = None
        self._found: Found | None = None
        self._pace = Pace(self, self._find, _SECONDS)

    def compose(self) -> ComposeResult:
        """What was found, above the table and the lines."""
        yield Static(id="said", markup=False)
        yield from super().compose()

    def look_at(self, at: Focus) -> None:
        """Show those of this candidate, and of this metric if there are any."""
        if at != self._at:
            self._at, self._name = at, None

    def step_metric(self, by: int) -> None:
        """Show the next table of examples that both sides have, or the previous one."""
        wanted = self._wanted
        if wanted is not None:
            known = names(wanted.baseline, wanted.candidate)
            self._name = known[(known.index(wanted.name) + by) % len(known)]
            self._read()

    def show(self, view: ComparisonView) -> None:
        """Read the examples, unless they are those that are known."""
        self._view = view
        self._read()

    def show_all(self) -> None:
        """Also the examples that do not differ; again, only those that do."""
        self._everything = not self._everything
        self._look()

    def look_for(self, text: str) -> None:
        """Show only examples that have this in their id or another column."""
        self.looked_for = text
        self._look()

    def step_back(self) -> bool:
        """Out of the lines, then out of what was looked for."""
        if super().step_back():
            return True
        was_looked_for = bool(self.looked_for)
        if was_looked_for:
            self.look_for("")
        return was_looked_for

    def _read(self) -> None:
        before, wanted = self._wanted, self._to_want()
        self._wanted = wanted
        if wanted is None or not wanted.is_like(before):
            self._examples = self._found = None
            if wanted is not None:
                self._say(f"reading the examples of {wanted.name} …")
                self._load(wanted)
        self._draw()

    def _to_want(self) -> Wanted | None:
        """The table that was chosen, else that of the metric, else the first that both sides have."""
        found = None if self._view is None else self._view.comparison
        if found is None:
            self._say(NOTHING_COMPARED)
            return None
        candidate = found.candidates[min(self._at.candidate, len(found.candidates) - 1)]
        known = names(found.baseline, candidate)
        if not known:
            metric = self._at.metric or found.primary or "eval"
            how = f"run.log_examples({metric!r}, ids=…, scores=…) in both keeps them"
            self._say(f"{side_name(candidate)} and {side_name(found.baseline)} have no examples in common: {how}")
            return None
        of_metric = None if self._at.metric is None else table_of_metric(candidate.lead, self._at.metric)
        return Wanted(
            found.baseline, candidate, next((name for name in (self._name, of_metric) if name in known), known[0])
        )

    @work(thread=True, exclusive=True, group="examples", exit_on_error=False)
    def _load(self, wanted: Wanted) -> None:
        try:
            found = load(self.context.store, wanted.baseline, wanted.candidate, wanted.name)
        except ExamplesError as error:
            self.call_later(self._failed, wanted, str(error))
        else:
            self.call_later(self._arrived, wanted, found)

    def _failed(self, wanted: Wanted, why: str) -> None:
        if wanted.is_like(self._wanted):
            self._say(why)

    def _arrived(self, wanted: Wanted, found: ExamplesView) -> None:
        if wanted.is_like(self._wanted):
            self._examples = found
            self._look()

    def _look(self) -> None:
        if self._examples is not None:
            self._pace.due(at_once=True)

    @work(thread=True, exclusive=True, group="find", exit_on_error=False)
    def _find(self) -> None:
        examples, text, everything = self._examples, self.looked_for, self._everything
        if examples is not None:
            self.call_later(self._show_found, examples, text, examples.find(text, everything=everything))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in a line."""
        super().on_worker_state_changed(event)
        if event.worker.group == "find" and event.worker.is_finished:
            self._pace.done()

    def _show_found(self, examples: ExamplesView, text: str, found: Found) -> None:
        if examples is not self._examples:
            return
        self._found = found
        said = [head_sentence(examples)]
        if text:
            said.append(f"{found.total:,} of them have {text}")
        if found.total > len(found.rows):
            said.append(f"the first {len(found.rows):,} are shown, / narrows")
        self._say(" · ".join(said))
        self._draw()

    def _draw(self) -> None:
        examples, found, view = self._examples, self._found, self._view
        if examples is None or found is None or view is None or self._wanted is None:
            self.table.show((), ())
            return
        plain = is_plain()
        every = summary_rows.heads(view, plain=plain)
        sides = every[0], every[1 + view.sides[1:].index(self._wanted.candidate)]
        self.table.show(
            examples_rows.heads(sides, examples.flips, found.rows, plain=plain),
            examples_rows.rows(examples.flips, found.rows, plain=plain),
        )

    @on(CellsTable.Moved)
    def _cell_moved(self) -> None:
        at = self.table.row
        found, wanted = self._found, self._wanted
        if at is None or found is None or wanted is None:
            self.sheet.show([])
            return
        row = next(row for row in found.rows if row.id == at.key)
        names_ = side_name(wanted.baseline), side_name(wanted.candidate)
        self.sheet.show(examples_rows.details(row, names_))

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(one_line(text))
