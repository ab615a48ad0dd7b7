"""Console: what the run printed, beside it when, and at which step; enter opens the chart there."""

from typing import ClassVar, TypeAlias

from textual import work
from textual.timer import Timer

from trackside.model import clock
from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.services import console
from trackside.services.console import ConsoleLine
from trackside.services.overview import RunOverview
from trackside.services.preview import chosen_metric
from trackside.tui.tabs.overview import MetricTarget
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line

Extent: TypeAlias = tuple[str, tuple[str, int], int]
"""A run, and how much there is of its console and of its metrics."""


class ConsoleTab(LinesTab):
    """The lines, followed while the cursor is on the last one. What steers a terminal is left out."""

    LIVE: ClassVar[float] = 0.5
    label = "Console"
    follows = True
    _run: Run | None = None
    _shown: Extent | None = None
    _timer: Timer | None = None
    _wanted: float | None = None

    def go_to(self, step: float) -> None:
        """Put the cursor on the first line of this step, or of the next one after it."""
        self._wanted = step
        self._go()

    def show(self, view: RunOverview) -> None:
        """Read the console where it has grown, and while the run goes on look for more."""
        self._run = view.run
        if self._timer is None:
            self._timer = self.set_interval(self.LIVE, self._look)
        self._load(view.run)

    def _look(self) -> None:
        """What is printed is in no log that the store watches."""
        if self._run is not None and self._run.status == RUNNING and self.display:
            self._load(self._run)

    def _load(self, run: Run) -> None:
        self._read(run, self._shown)

    @work(thread=True, exclusive=True, group="console", exit_on_error=False)
    def _read(self, run: Run, shown: Extent | None) -> None:
        store = self.context.store
        now = (run.id, console.extent(store, run.id), sum(metric.count for metric in run.metrics.values()))
        if now != shown:
            self.call_later(self._arrived, now, _lines(run, console.lines(store, run)))

    def _arrived(self, now: Extent, lines: list[Line]) -> None:
        self._shown = now
        self.sheet.show(lines)
        self._go()

    def _go(self) -> None:
        """Go where it was asked to, once there are lines."""
        if self._wanted is None or self._shown is None:
            return
        steps = [line.target.step if isinstance(line.target, MetricTarget) else None for line in self.sheet.lines]
        found = [number for number, step in enumerate(steps) if step is not None and step >= self._wanted]
        self.sheet.to_line(found[0] if found else -1)
        self._wanted = None


def _lines(run: Run, found: list[ConsoleLine]) -> list[Line]:
    if not found:
        return [Line.of("No console was captured for this run.", "dim")]
    metric = chosen_metric(run, None)
    width = max((len(f"{line.step:,}") for line in found if line.step is not None), default=0)
    lines: list[Line] = []
    before = ""
    for line in found:
        beside = _beside(line, width)
        target = None if metric is None or line.step is None else MetricTarget(metric, line.step)
        style = "dim" if line.missing else ""
        shown = beside if beside != before else " " * len(beside)
        lines.append(Line(((line.text, style),), target, hang=len(beside), beside=shown))
        before = beside
    return lines


def _beside(line: ConsoleLine, width: int) -> str:
    """Clock and step, as far as they are known."""
    told = "" if line.time is None else clock.moment(line.time).strftime("%H:%M:%S")
    step = "" if line.step is None else f"{line.step:,}"
    return f"{told:8}  {step:>{width}}  " if width else f"{told:8}  "
