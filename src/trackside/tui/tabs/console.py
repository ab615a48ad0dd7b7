"""Console: what the run printed, beside it when, and at which step; enter opens the chart there."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from trackside.model.counting import counted
from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.services.console.lines import ConsoleReader, all_lines
from trackside.services.run.overview import RunOverview
from trackside.services.run.preview import chosen_metric
from trackside.services.sharing.export import ANY_END, Export, file_name
from trackside.tui.context import Context
from trackside.tui.keys.moves import Movable
from trackside.tui.messages import Told
from trackside.tui.pace import Pace
from trackside.tui.tabs.tab import Tab, lines_found
from trackside.tui.targets import MetricTarget, Target
from trackside.tui.widgets.console_view import ConsoleView, Measured

_NONE = "No console was captured for this run."


class ConsoleTab(Tab):
    """The lines, and one below them that says where in them this is, and whether their end is followed."""

    LIVE: ClassVar[float] = 0.5
    label = "Console"
    DEFAULT_CSS = """
    ConsoleTab > Static { height: 1; color: $text-muted; }
    """

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.sheet = ConsoleView()
        self._reader = ConsoleReader(context.store, run_id)
        self._run: Run | None = None
        self._read_once = False
        self._wanted: float | None = None
        self._pace = Pace(self, self._start, self.LIVE)

    def compose(self) -> ComposeResult:
        """The lines, and the place in them."""
        yield self.sheet
        yield Static(markup=False)

    def on_mount(self) -> None:
        """What is printed is in no log that the store watches."""
        self.set_interval(self.LIVE, self._look)

    @property
    def target(self) -> Widget:
        """The lines."""
        return self.sheet

    @property
    def moved(self) -> Movable:
        """The lines."""
        return self.sheet

    def go_to(self, step: float) -> None:
        """Put the cursor on the first line of this step, or of the next one after it."""
        self._wanted = step
        self._go()

    def show(self, view: RunOverview) -> None:
        """Read the console where it has grown, and while the run goes on look for more."""
        self._run = view.run
        self._pace.due(at_once=True)

    def find(self, text: str) -> str:
        """Look for `text` in the lines."""
        found = lines_found(self.sheet.search(text), text)
        missing = sum(line.missing for line in self.sheet.lines)
        return f"{found}; {missing:,} bytes between them are not searched" if found and missing else found

    def to_match(self, direction: int) -> None:
        """Go to the next or previous line found."""
        self.sheet.to_match(direction)

    @property
    def to_open(self) -> Target | None:
        """The chart at the step at which the line under the cursor was printed."""
        metric = None if self._run is None else chosen_metric(self._run, None)
        if self.sheet.line is None or self.sheet.line.step is None or metric is None:
            return None
        return MetricTarget(metric, self.sheet.line.step)

    def open(self) -> None:
        """Tell that no chart belongs to the line under the cursor."""
        if self.sheet.line is not None:
            self.post_message(Told("at which step this was printed is not known"))

    def copied(self) -> str | None:
        """The line under the cursor."""
        return None if self.sheet.line is None else self.sheet.line.text

    def to_save(self) -> Export | None:
        """All that is kept of it, as it is shown but for its colours."""
        run, store = self._run, self.context.store
        if run is None or not self.sheet.lines:
            return None

        def content() -> bytes:
            return "".join(f"{line.text}\n" for line in all_lines(store, run)).encode()

        return Export("the console", file_name(run.name, ".log"), {ANY_END: content})

    def _look(self) -> None:
        if self._run is not None and self._run.status == RUNNING and self.display:
            self._pace.due()

    def _start(self) -> Callable[[], None] | None:
        return None if self._run is None else partial(self._read, self._run)

    def _read(self, run: Run) -> None:
        grown = self._reader.read(run)
        self.call_later(self._arrived, None if grown is None else Measured.of(grown))

    def _arrived(self, grown: Measured | None) -> None:
        self._read_once = True
        if grown is not None:
            self.sheet.grow(grown)
        self._go()
        self._say_place()

    def _go(self) -> None:
        """Go where it was asked to, once there are lines."""
        if self._wanted is None or not self._read_once:
            return
        steps = enumerate(line.step for line in self.sheet.lines)
        found = next((number for number, step in steps if step is not None and step >= self._wanted), None)
        self.sheet.to_line(len(self.sheet.lines) - 1 if found is None else found)
        self._wanted = None

    @on(ConsoleView.Moved)
    def _say_place(self) -> None:
        place, said = self.query_one(Static), self._place()
        if place.content != said:
            place.update(said)

    def _place(self) -> str:
        sheet, count = self.sheet, len(self.sheet.lines)
        if not count:
            return _NONE if self._read_once else "reading"
        goes_on = self._run is not None and self._run.status == RUNNING
        if sheet.follows and goes_on:
            parts = [f"following the end of {counted(count, 'line')}"]
        else:
            parts = [f"line {sheet.cursor + 1:,} of {count:,}", *(["G follows the end"] if goes_on else [])]
        if sheet.errors:
            parts.append(f"{counted(len(sheet.errors), 'error')}, E goes to the next")
        return "   ".join(parts)
