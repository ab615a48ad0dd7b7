"""The preview beside the runs table: a run's curve, what differs from the baseline, its last lines.

It is loaded in a worker once the cursor has rested, and while runs go on at most every two seconds.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.charts.spec import ChartOptions
from trackside.model.counting import counted
from trackside.services.run import preview
from trackside.services.run.preview import RunPreview
from trackside.tui.context import Context
from trackside.tui.messages import Previewed
from trackside.tui.once import after
from trackside.tui.param_words import values_text
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.lines import Line, Lines

_MOST_CHANGES = 6
_MOST_READINGS = 4
"""That go on at once: a disk that hangs does not get every thread of the app, and others are seen meanwhile."""

_WORDS_OF_HEIGHT = 3
"""The part of the height that words may take: a third."""


_Wanted: TypeAlias = tuple[tuple[str, ...], str | None]
"""Runs, and a metric of them."""


class Preview(Vertical):
    """`show` says which run; the rest follows by itself."""

    REST: ClassVar[float] = 0.15
    LIVE: ClassVar[float] = 2.0
    ROOM_FOR_WORDS: ClassVar[int] = 13
    DEFAULT_CSS = """
    Preview > Static { height: 1; padding: 0 1; color: $text-muted; }
    Preview > Chart { height: 1fr; margin: 0 1; }
    Preview > Lines { height: auto; max-height: 50%; padding: 0 1; scrollbar-size-vertical: 0; }
    """

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.context = context
        self._wanted: _Wanted | None = None
        self._remark = ""
        self._timer: asyncio.TimerHandle | None = None
        self._loaded = self._shown = 0.0
        """When what is being read was begun to be, and when what is shown was."""
        self._readings = 0
        self._reading: Worker[None] | None = None
        """The latest of them."""

    def compose(self) -> ComposeResult:
        """Title, chart, words."""
        yield Static(markup=False)
        chart = Chart(self.context)
        chart.can_focus = False
        yield chart
        words = Lines()
        words.can_focus = False
        yield words

    def show(
        self, runs: Sequence[str], metric: str | None, remark: str = "", *, live: bool = True, at_once: bool = False
    ) -> None:
        """Preview this run, or the runs of a group, soon, and at once where nothing was; none where there is none.

        A `remark` on them stands above what is read of them.
        Called again for the same, it shows what is new: at most every two seconds while runs are `live`, unless that
        is to be seen `at_once`.
        """
        before, self._wanted = self._wanted, (tuple(runs), metric) if runs else None
        self._remark = remark
        wait = 0.0 if before is None or at_once else self.REST
        if live and not at_once and before is not None and before == self._wanted:
            wait = max(wait, self._loaded + self.LIVE - time.monotonic())
            if self._timer is not None:
                return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = after(wait, self, self._start)

    def on_resize(self, event: events.Resize) -> None:
        """A low preview is the chart alone."""
        self.query_one(Lines).display = event.size.height >= self.ROOM_FOR_WORDS

    def _start(self) -> None:
        self._timer = None
        self._loaded = time.monotonic()
        if self._wanted is None:
            self._clear("", "no run here")
        elif self._readings == _MOST_READINGS:
            self._timer = after(self.REST, self, self._start)
        else:
            self._readings += 1
            self._reading = self._load(self._wanted, self._loaded)

    @work(thread=True, group="preview", exit_on_error=False)
    def _load(self, wanted: _Wanted, began: float) -> None:
        try:
            self.call_later(self._arrived, wanted, began, preview.load(self.context.store, *wanted))
        finally:
            self.call_later(self._ended)

    def _ended(self) -> None:
        self._readings -= 1

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in the title, unless something else is read by now."""
        if event.state is WorkerState.ERROR and event.worker is self._reading:
            self._clear(str(event.worker.error), "")

    def _arrived(self, wanted: _Wanted, began: float, loaded: RunPreview) -> None:
        """What something else is wanted instead of by now is let pass, as is what comes after what was read later."""
        if wanted != self._wanted or began < self._shown:
            return
        self._shown = began
        over = "" if loaded.baseline is None else f" over {loaded.baseline.name}"
        others = f" and {counted(loaded.number - 1, 'run')} more" if loaded.number > 1 else ""
        self._title(f"{loaded.metric or 'no metric yet'}: {loaded.run.name}{others}{over}")
        nothing = "no metric has been logged yet" if loaded.metric is None else f"{loaded.metric} has no point yet"
        options = ChartOptions(smooth=self.context.settings.smoothing)
        self.query_one(Chart).plot(loaded.drawn, options, nothing=nothing)
        self.query_one(Lines).show(_words(loaded, self._remark, self.size.height // _WORDS_OF_HEIGHT))
        self.post_message(Previewed())

    def _title(self, says: str) -> None:
        title, says = self.query_one(Static), one_line(says)
        if title.content != says:
            title.update(says)

    def _clear(self, title: str, nothing: str) -> None:
        self._title(title)
        self.query_one(Chart).plot((), nothing=nothing)
        self.query_one(Lines).show([])


def _words(loaded: RunPreview, remark: str, most: int) -> list[Line]:
    """Why, what differs, and in the lines that are left what it printed last; at most so many lines."""
    lines = [Line.of(remark, "warn")] if remark else []
    if loaded.failure:
        lines.append(Line.of(loaded.failure, "bad", hang=2))
    if loaded.run.notes.strip():
        lines.append(Line.of(loaded.run.notes.strip().splitlines()[0]))
    changes = loaded.changes[:_MOST_CHANGES]
    lines += [Line(((f"{change.key} ", "key"), (values_text(change), "")), hang=2) for change in changes]
    if len(loaded.changes) > _MOST_CHANGES:
        lines.append(Line.of(f"and {len(loaded.changes) - _MOST_CHANGES:,} more params differ", "dim"))
    printed = loaded.console[-room:] if (room := most - len(lines)) > 0 else ()
    return [*lines[:most], *(Line.of(line, "dim", hang=None) for line in printed)]
