"""A chart over the whole screen: a metric of some runs, with the one it is paired with, live while they run.

Curves are read in a worker; the chart draws them and its keys move about in them. Which metric and which x axis is
this screen's to say, as is the line on which ranges are typed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState, get_current_worker

from trackside.charts.spec import ChartOptions, Curve
from trackside.model.counting import counted
from trackside.model.errors import StoreError, TracksideError
from trackside.model.system import listed
from trackside.services.wall import family, usual_axis
from trackside.tui.actions import bindings
from trackside.tui.context import Context
from trackside.tui.looks import Looks
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.picker import Picker
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.keys_footer import KeysFooter

if TYPE_CHECKING:
    from trackside.model.run import Run

_AXES = ("step", "time", "relative")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a worker read: the curves along an x axis, and all that could be chosen instead."""

    metric: str
    x: str
    title: str
    metrics: tuple[str, ...]
    curves: tuple[Curve, ...]


class ChartScreen(Screen[float]):
    """One chart, full screen, its crosshair at `at` if that is given. Escape takes it away first, then the screen.

    It is left with a step where the person wants to read what its one run printed there.
    """

    LIVE: ClassVar[float] = 2.0
    CSS_PATH = "chart.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart_screen")]

    def __init__(
        self,
        context: Context,
        run_ids: Sequence[str],
        metric: str,
        *,
        at: float | None = None,
        looks: Looks | None = None,
        x: str | None = None,
    ) -> None:
        super().__init__()
        self._at = at
        self._looks = looks or Looks()
        self.context = context
        self._run_ids = tuple(run_ids)
        self._metric = metric
        self._x = x or usual_axis(metric)
        self._metrics: tuple[str, ...] = (metric,)
        self._shown: tuple[str, str] | None = None
        self._loaded_at = 0.0
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The chart, a line to type ranges on, what went wrong, the keys."""
        yield Chart(self.context, title=self._metric, id="chart")
        yield Static(id="says", markup=False)
        yield Input(id="ranges", placeholder="x=0:5k y=2.5:13   an end left out follows the data; y=all: no clipping")
        yield KeysFooter()

    def on_mount(self) -> None:
        """Load at once; the keys are the chart's."""
        self.query_one(Chart).focus()
        self._start()

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        if message.runs.intersection(self._run_ids) and self._timer is None:
            wait = max(0.01, self._loaded_at + self.LIVE - time.monotonic())
            self._timer = self.set_timer(wait, self._start)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Curves that cannot be read are told of; those on the screen stay."""
        if event.state is WorkerState.ERROR:
            self._say(str(event.worker.error))

    @on(Chart.RangesWanted)
    def _open_ranges(self) -> None:
        ranges = self.query_one("#ranges", Input)
        ranges.add_class("-open")
        ranges.focus()

    @on(Input.Submitted, "#ranges")
    def _ranges_typed(self, message: Input.Submitted) -> None:
        from trackside.charts import view

        chart = self.query_one(Chart)
        try:
            chart.look_where_seen(view.typed(chart.options, message.value))
        except TracksideError as error:
            self._say(str(error))
            return
        self._close_ranges()

    @on(Chart.AxisWanted)
    def _choose_axis(self) -> None:
        names = (*_AXES, *(name for name in self._metrics if name != self._metric))
        self.app.push_screen(Picker("x axis", names, self._x), self._axis_chosen)

    def action_metric(self) -> None:
        """Another metric of these runs."""
        self.app.push_screen(Picker("metric", self._metrics, self._metric), self._metric_chosen)

    def action_full_screen(self) -> None:
        """The chart among the others again."""
        self._leave()

    def action_one_zoom(self) -> None:
        """Look at the same part of the x axis on the whole wall and with every metric, or on each by itself."""
        self._looks.one_zoom = not self._looks.one_zoom
        self._say("one zoom for all charts" if self._looks.one_zoom else "each chart has its own zoom again")

    def action_console(self) -> None:
        """What the run printed when it was at the crosshair's step."""
        step = self.query_one(Chart).options.crosshair
        if len(self._run_ids) > 1:
            self._say("a chart of several runs has no one console")
        elif step is None or self._x != "step":
            self._say("the console is found by its step: put the crosshair on one")
        else:
            self._leave(step)

    def action_back(self) -> None:
        """Leave the line of ranges, then the crosshair, then the screen."""
        chart = self.query_one(Chart)
        if self.query_one("#ranges", Input).has_class("-open"):
            self._close_ranges()
        elif chart.options.crosshair is not None:
            chart.look(chart.options.but(crosshair=None))
        else:
            self._leave()

    def _leave(self, step: float | None = None) -> None:
        self._keep_look()
        self.dismiss(step)

    def _keep_look(self) -> None:
        if self._shown is not None:
            self._looks.keep(family(self._shown[0]), self.query_one(Chart).options)

    def _axis_chosen(self, name: str | None) -> None:
        if name is not None and name != self._x:
            self._x = name
            self._start()

    def _metric_chosen(self, name: str | None) -> None:
        if name is not None and name != self._metric:
            self._metric = name
            self._start()

    def _close_ranges(self) -> None:
        self._say("")
        self.query_one("#ranges", Input).remove_class("-open")
        self.query_one(Chart).focus()

    def _say(self, text: str) -> None:
        says = self.query_one("#says", Static)
        says.update(one_line(text))
        says.set_class(bool(text), "-open")

    def _start(self) -> None:
        self._timer = None
        self._loaded_at = time.monotonic()
        self._load(self._metric, self._x)

    @work(thread=True, exclusive=True, group="curves", exit_on_error=False)
    def _load(self, metric: str, x: str) -> None:
        worker = get_current_worker()
        loaded = _loaded(self.context, self._run_ids, metric, x)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._arrived, loaded)

    def _arrived(self, loaded: Loaded) -> None:
        if (loaded.metric, loaded.x) != (self._metric, self._x):
            return
        self._metrics = loaded.metrics
        nothing = f"{loaded.metric} has no point yet"
        self.query_one(Chart).plot(loaded.curves, self._options(loaded), title=loaded.title, nothing=nothing)
        self._shown = loaded.metric, loaded.x
        self._say("")

    def _options(self, loaded: Loaded) -> ChartOptions:
        """How the chart is looked at: as before, as far as it is the same chart."""
        now = self.query_one(Chart).options
        if self._shown == (loaded.metric, loaded.x):
            return now
        self._keep_look()
        options = self._looks.of(family(loaded.metric), loaded.x)
        if self._shown is None:
            return options.but(crosshair=self._at)
        return options.but(crosshair=now.crosshair) if self._shown[1] == loaded.x else options


def _loaded(context: Context, run_ids: Sequence[str], metric: str, x: str) -> Loaded:
    from trackside.services.curves import curves, paired

    runs = context.store.runs(run_ids)
    if not runs:
        raise StoreError(f"{', '.join(run_ids)} is not in the store any more")
    drawn = paired(runs, metric)
    metrics = tuple(listed({name for run in runs for name in run.metrics}))
    return Loaded(metric, x, _title(runs, drawn), metrics, tuple(curves(context.store, run_ids, drawn, x)))


def _title(runs: Sequence["Run"], metrics: Sequence[str]) -> str:
    of = runs[0].name if len(runs) == 1 else counted(len(runs), "run")
    return f"{', '.join(metrics)} of {of}"
