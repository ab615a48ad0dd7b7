"""Which examples flipped between a candidate and the baseline, by how much, and what was logged of each."""

from collections.abc import Callable
from functools import partial

import msgspec
from textual import on, work
from textual.widgets import Static
from textual.worker import Worker

from trackside.compare.sides import Side
from trackside.compare.statistics.pairing import ExamplesError
from trackside.services.comparison.examples.examples_view import ExamplesView, Found, head_sentence, load, with_table
from trackside.services.comparison.examples.logged_examples import tables
from trackside.services.comparison.examples.logged_files import Logged
from trackside.services.comparison.view import ComparisonView
from trackside.services.comparison.words import side_name
from trackside.tui.compare_tabs import flips_rows, summary_rows
from trackside.tui.compare_tabs.file_pair import FilePair
from trackside.tui.compare_tabs.sheet_tab import SheetTab
from trackside.tui.context import Context
from trackside.tui.pace import Pace, has_failed
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.cells_table import CellsTable

_SECONDS = 0.1
"""Between two searches while somebody types."""


class Wanted(msgspec.Struct, frozen=True):
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


class FlipsPane(SheetTab):
    """A line of what was found, the examples that differ, and below them all that is known of the one at the cursor.

    Beside what is known stand the images or tables that were logged under its id.
    """

    label = "Flips"
    DEFAULT_CSS = """
    FlipsPane #said { height: auto; max-height: 3; margin: 0 0 1 0; color: $text-muted; }
    FlipsPane FilePair { width: 2fr; display: none; }
    FlipsPane.-files FilePair { display: block; }
    """

    def __init__(self, context: Context) -> None:
        self._said = Static(id="said", markup=False)
        self._files = FilePair(context)
        super().__init__(context, above=[self._said], beside=[self._files])
        self.looked_for = ""
        self._everything = False
        self._view: ComparisonView | None = None
        self._wanted: Wanted | None = None
        self._reading: Worker[None] | None = None
        self._logged: Logged | None = None
        self._besides = ""
        self._examples: ExamplesView | None = None
        self._found: Found | None = None
        self._pace = Pace(self, self._start, _SECONDS)

    def want(self, wanted: Wanted | None, logged: Logged | None = None, besides: str = "") -> None:
        """Read this table, unless it is known; `besides` is told after what is found in it. `show` comes next."""
        before = self._wanted
        self._wanted, self._logged, self._besides = wanted, logged, besides
        if wanted is None or not wanted.is_like(before) or has_failed(self._reading):
            self._examples = self._found = None
            if wanted is not None:
                self.say(f"reading the examples of {wanted.name} …")
                self._reading = self._load(wanted)

    def show(self, view: ComparisonView) -> None:
        """Show what is wanted of this comparison."""
        self._view = view
        self._draw()

    def show_everything(self) -> None:
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

    def say(self, text: str) -> None:
        """A line above the table."""
        self._said.update(one_line(text))

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
            self.say(why)

    def _arrived(self, wanted: Wanted, found: ExamplesView) -> None:
        if wanted.is_like(self._wanted):
            self._examples = found
            self._look()

    def _look(self) -> None:
        if self._examples is not None:
            self._pace.due(at_once=True)

    def _start(self) -> Callable[[], None] | None:
        examples = self._examples
        return None if examples is None else partial(self._find, examples, self.looked_for, self._everything)

    def _find(self, examples: ExamplesView, text: str, everything: bool) -> None:
        self.call_later(self._show_found, examples, text, examples.find(text, everything=everything))

    def _show_found(self, examples: ExamplesView, text: str, found: Found) -> None:
        if examples is not self._examples:
            return
        self._found = found
        said = [head_sentence(examples)]
        if text:
            said.append(f"{found.total:,} of them have {text}")
        if found.total > len(found.rows):
            said.append(f"the first {len(found.rows):,} are shown, / narrows")
        if self._besides:
            said.append(self._besides)
        self.say(" · ".join(said))
        self._draw()

    def _draw(self) -> None:
        examples, found, view = self._examples, self._found, self._view
        if examples is None or found is None or view is None or self._wanted is None:
            self.table.show((), ())
            return
        plain = is_plain()
        every = summary_rows.heads(view.sides, plain=plain)
        sides = every[0], every[1 + view.sides[1:].index(self._wanted.candidate)]
        self.table.show(
            flips_rows.heads(sides, examples.flips, found.rows, plain=plain),
            flips_rows.rows(examples.flips, found.rows, plain=plain),
        )

    @on(CellsTable.Moved)
    def _cell_moved(self) -> None:
        at, found, wanted, examples = self.table.row, self._found, self._wanted, self._examples
        if at is None or found is None or wanted is None or examples is None:
            self.sheet.show([])
            self.remove_class("-files")
            return
        row = next(row for row in found.rows if row.id == at.key)
        names = side_name(wanted.baseline), side_name(wanted.candidate)
        self.sheet.show(flips_rows.details(row, names, examples.flips.runs[1]))
        pair = None if self._logged is None else self._logged.of_example(wanted.name, row.id)
        self.set_class(pair is not None, "-files")
        if pair is not None:
            ours, theirs = pair.at(pair.best_step)
            self._files.show(names, (next(iter(ours), None), next(iter(theirs), None)), "nothing logged here")
