"""A chart over the whole screen: a metric of some runs, with the one it is paired with, live while they run.

Curves are read in a worker; the charts draw them and their keys move about in them. What is drawn is this screen's to
say, as is the line on which ranges are typed. Charts under one another, and the console, follow each other.
"""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from trackside.charts.spec import ChartOptions
from trackside.model.errors import TracksideError
from trackside.services.metrics.chart_view import Asked, ChartView, load
from trackside.services.metrics.curves import AXES
from trackside.services.metrics.machine import bounds
from trackside.services.metrics.wall import family, usual_axis
from trackside.tui.context import Context
from trackside.tui.keys.actions import CHART_SCREEN, bindings
from trackside.tui.looks import Looks
from trackside.tui.messages import StoreChanged, Told
from trackside.tui.pace import Pace
from trackside.tui.screens.chart_actions import ChartActions
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.console_strip import ConsoleStrip
from trackside.tui.widgets.keys_footer import KeysFooter


class ChartScreen(ChartActions):
    """Charts, full screen, the crosshair at `at` if that is given. Escape takes it away first, then the screen.

    `looks` are those of a wall that it belongs to. When the screen is left, `console_at` is the step at which the
    person wants to read what its one run printed.
    """

    LIVE: ClassVar[float] = 2.0
    CSS_PATH = "chart.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CHART_SCREEN)]

    def __init__(
        self,
        context: Context,
        run_ids: Sequence[str],
        metric: str,
        *,
        at: float | None = None,
        looks: Looks | None = None,
        x: str | None = None,
        over_baseline: bool = False,
        means: bool = False,
    ) -> None:
        super().__init__()
        self.context = context
        self.asked = Asked(tuple(run_ids), metric, x or usual_axis(metric), over_baseline, means)
        self.looks = looks or Looks(context.settings.smoothing)
        self.view: ChartView | None = None
        self.console_at: float | None = None
        self._at = at
        self._looked_at = 0
        self._tells = False
        self._pace = Pace(self, lambda: partial(self._load, self.asked), self.LIVE)

    def compose(self) -> ComposeResult:
        """The charts, the console, what there is to tell, a line to type ranges on, the keys."""
        with Vertical(id="charts"):
            yield Chart(self.context, title=self.asked.metric)
        yield ConsoleStrip(self.context)
        yield Static(id="says", markup=False)
        yield Input(id="ranges", placeholder="x=0:5k y=2.5:13   an end left out follows the data; y=all: no clipping")
        yield KeysFooter()

    @property
    def chart(self) -> Chart:
        """The chart that has the focus, or had it last."""
        charts = list(self.query(Chart))
        self._looked_at = next((number for number, chart in enumerate(charts) if chart.has_focus), self._looked_at)
        return charts[min(self._looked_at, len(charts) - 1)]

    def on_mount(self) -> None:
        """Load at once; the keys are the chart's."""
        self._pace.seconds = self.LIVE
        self.chart.focus()
        self._pace.due(at_once=True)

    def ask(self, asked: Asked) -> None:
        """Read and draw something else; nothing where it is the same."""
        if asked != self.asked:
            self.asked = asked
            self._tells = True
            self._pace.due(at_once=True)

    def show_line(self) -> None:
        """It takes a row only while there is something to tell."""
        says, shown = self.query_one("#says", Static), one_line(self.line)
        if says.content != shown:
            says.update(shown)
            says.set_class(bool(shown), "-open")

    def leave(self) -> None:
        """Leave the chart as it is looked at for the wall that it belongs to."""
        self._keep_look()
        self.dismiss()

    def after_edit(self) -> None:
        """A note was made or taken back."""
        self._pace.due(at_once=True)

    def action_back(self) -> None:
        """Leave the line of ranges, the console, then the crosshair, then the screen."""
        chart = self.chart
        if self.query_one("#ranges", Input).has_class("-open"):
            self._close_ranges()
        elif self.strip.is_open:
            self.action_link_console()
        elif chart.options.crosshair is not None:
            chart.look(chart.options.but(crosshair=None))
        else:
            self.leave()

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        """Any run may be another seed of a mean, and a project may take another baseline."""
        asked, drawn = self.asked, () if self.view is None else self.view.runs
        shown = {*asked.runs, *(run.id for run in drawn)}
        projects = {run.project for run in drawn} if asked.means or asked.over_baseline else set()
        if (message.runs if asked.means else message.runs & shown) or message.projects & projects:
            self._pace.due()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Curves that cannot be read are told of; those on the screen stay."""
        if event.state is WorkerState.ERROR:
            self.say(str(event.worker.error))
            self._tells = True

    @on(Chart.Looked)
    def _looked(self, message: Chart.Looked) -> None:
        """The other charts and the console follow the one that the keys are about."""
        if message.chart is not self.chart:
            return
        self.say("")
        options = message.chart.options
        for chart in self.query(Chart):
            if chart is not message.chart:
                chart.look(_following(chart.options, options))
        if self.strip.is_open and options.crosshair is not None:
            self.strip.go_to(options.crosshair)

    @on(ConsoleStrip.Crossed)
    def _crossed(self, message: ConsoleStrip.Crossed) -> None:
        self.chart.go_to(message.x)

    @on(Told)
    def _told(self, message: Told) -> None:
        self.say(message.text)

    @on(Chart.RangesWanted)
    def _open_ranges(self) -> None:
        ranges = self.query_one("#ranges", Input)
        ranges.add_class("-open")
        ranges.focus()

    @on(Input.Submitted, "#ranges")
    def _ranges_typed(self, message: Input.Submitted) -> None:
        from trackside.charts import view

        try:
            self.chart.look_where_seen(view.typed(self.options, message.value))
        except TracksideError as error:
            self.say(str(error))
            return
        self._close_ranges()

    @on(Chart.AxisWanted)
    def _axis_wanted(self) -> None:
        self.choose_axis()

    def _close_ranges(self) -> None:
        self.say("")
        self.query_one("#ranges", Input).remove_class("-open")
        self.chart.focus()

    def _keep_look(self) -> None:
        if self.view is not None:
            self.looks.keep(family(self.view.asked.metric), self.options)

    def _load(self, asked: Asked) -> None:
        self.call_later(self._arrived, load(self.context.store, asked))

    async def _arrived(self, loaded: ChartView) -> None:
        if loaded.asked != self.asked:
            return
        options = self._options(loaded)
        place = self.query_one("#charts")
        await place.mount_all(Chart(self.context) for _ in loaded.parts[len(place.children) :])
        for spare in place.children[len(loaded.parts) :]:
            await spare.remove()
        # A screen that is being left takes no more charts.
        for part, chart in zip(loaded.parts, self.query(Chart), strict=False):
            shown = chart.options if options is None else options
            nothing = f"{', '.join(part.metrics)} has no point yet"
            chart.plot(part.curves, shown, title=part.title, nothing=nothing)
        if options is not None and self.focused is None:
            self.chart.focus()
        if self._tells:
            self.say(loaded.remark)
            self._tells = False
        self.view = loaded
        if self.strip.is_open and self.asked.x in AXES:
            self.show_console()

    def _options(self, loaded: ChartView) -> ChartOptions | None:
        """How the charts are looked at; None where each is looked at as before."""
        if self.view is None:
            return self._look(loaded).but(crosshair=self._at)
        before, now = self.view.asked, self.options
        if (before.metric, before.x) != (loaded.asked.metric, loaded.asked.x):
            self._keep_look()
            options = self._look(loaded)
            return options.but(crosshair=now.crosshair) if before.x == loaded.asked.x else options
        if before.split != loaded.asked.split:
            return now.but(y_range=(None, None), hidden=frozenset(), solo=None, chosen=None, lifted=None)
        return None

    def _look(self, loaded: ChartView) -> ChartOptions:
        """As it was looked at before; a share of a whole in its fixed ends, unless others were asked for."""
        asked = loaded.asked
        options, ends = self.looks.of(family(asked.metric), asked.x), bounds(loaded.runs[0].source, asked.metric)
        return options.but(y_range=ends) if ends is not None and options.y_range == (None, None) else options


def _following(options: ChartOptions, leading: ChartOptions) -> ChartOptions:
    """The same part of the x axis, crosshair and smoothing as the leading chart's."""
    return options.but(x_range=leading.x_range, log_x=leading.log_x, smooth=leading.smooth, crosshair=leading.crosshair)
