"""Some lines of a run's console below a chart: the crosshair moves its cursor, and its cursor the crosshair."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.model.run import Run
from trackside.services.console.lines import ConsoleLine, ConsoleReader, Grown
from trackside.tui.context import Context
from trackside.tui.pace import Pace
from trackside.tui.terminal import one_line
from trackside.tui.widgets.console_view import ConsoleView, Measured


class ConsoleStrip(Vertical):
    """Closed until a run is shown."""

    LIVE: ClassVar[float] = 0.5
    DEFAULT_CSS = """
    ConsoleStrip { height: 30%; min-height: 4; max-height: 14; padding: 0 1; display: none; }
    ConsoleStrip.-open { display: block; }
    ConsoleStrip > Static { height: 1; color: $text-muted; }
    """

    class Crossed(Message):
        """A person moved to a line that came at this place on the x axis."""

        def __init__(self, x: float) -> None:
            super().__init__()
            self.x = x

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.sheet = ConsoleView(always_marked=True)
        self._run: Run | None = None
        self._axis = "step"
        self._reader: ConsoleReader | None = None
        self._wanted: float | None = None
        self._pace = Pace(self, self._start, self.LIVE)

    def compose(self) -> ComposeResult:
        """Whose it is, and the lines."""
        yield Static(markup=False)
        yield self.sheet

    @property
    def is_open(self) -> bool:
        """Whether it shows a run."""
        return self.has_class("-open")

    def show(self, run: Run, axis: str) -> None:
        """Show the console of this run, as far as it has grown by now, beside a chart along this x axis."""
        if self._reader is None or self._run is None or self._run.id != run.id:
            self._reader = ConsoleReader(self.context.store, run.id)
            self.sheet.grow(Measured.of(Grown(0, ())))
        self._run, self._axis = run, axis
        self.add_class("-open")
        self._pace.due(at_once=True)

    def close(self) -> None:
        """Show nothing."""
        self.remove_class("-open")

    def go_to(self, x: float) -> None:
        """Put the cursor on the first line that came at this place or after it, unless a person moves about there."""
        self._wanted = x
        if not self.sheet.has_focus:
            self._go()

    @on(ConsoleView.Moved)
    def _moved(self) -> None:
        if self.sheet.has_focus and self.sheet.line is not None:
            place = self._place(self.sheet.line)
            if place is not None:
                self.post_message(self.Crossed(place))

    def _start(self) -> Callable[[], None] | None:
        run, reader = self._run, self._reader
        return None if run is None or reader is None else partial(self._read, run, reader)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told."""
        if event.state is WorkerState.ERROR:
            self.query_one(Static).update(one_line(str(event.worker.error)))

    def _read(self, run: Run, reader: ConsoleReader) -> None:
        grown = reader.read(run)
        self.call_later(self._arrived, run, reader, None if grown is None else Measured.of(grown))

    def _arrived(self, run: Run, reader: ConsoleReader, grown: Measured | None) -> None:
        if reader is not self._reader:
            return
        if grown is not None:
            self.sheet.grow(grown)
        printed = "   tab goes there and back, K closes it" if self.sheet.lines else ": nothing was captured"
        self.query_one(Static).update(one_line(f"console of {run.name}{printed}"))
        self._go()

    def _go(self) -> None:
        if self._wanted is None or not self.sheet.lines or self.sheet.has_focus:
            return
        places = enumerate(map(self._place, self.sheet.lines))
        found = next((number for number, place in places if place is not None and place >= self._wanted), None)
        self.sheet.to_line(len(self.sheet.lines) - 1 if found is None else found)

    def _place(self, line: ConsoleLine) -> float | None:
        """Where on the x axis a line came, if that is known."""
        if self._axis == "step":
            return line.step
        if line.time is None or self._run is None:
            return None
        return line.time - (self._run.created if self._axis == "relative" else 0.0)
