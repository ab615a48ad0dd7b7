"""One run: its tabs, live while it runs, and the edits that a person makes to it.

What is shown is read in a worker as one frozen overview and handed to the tab in front; each tab knows how to show it.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.services import cells
from trackside.services.run import overview
from trackside.services.run.overview import RunOverview
from trackside.services.run.preview import chosen_metric
from trackside.services.sharing import seen
from trackside.services.sharing.export import Export
from trackside.tui.context import Context
from trackside.tui.keys.actions import RUN, bindings
from trackside.tui.messages import StoreChanged
from trackside.tui.pace import Pace
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.run_actions import RunActions
from trackside.tui.tabbed import Tabbed
from trackside.tui.tabs.artifacts import ArtifactsTab
from trackside.tui.tabs.charts import ChartsTab
from trackside.tui.tabs.code import CodeTab
from trackside.tui.tabs.console import ConsoleTab
from trackside.tui.tabs.data import DataTab
from trackside.tui.tabs.environment import EnvironmentTab
from trackside.tui.tabs.overview import OverviewTab
from trackside.tui.tabs.system import SystemTab
from trackside.tui.tabs.tab import Tab
from trackside.tui.targets import MetricTarget, Target
from trackside.tui.terminal import one_line
from trackside.tui.widgets.find_line import FindLine
from trackside.tui.widgets.keys_footer import KeysFooter

TABS: tuple[type[Tab], ...] = (
    OverviewTab,
    ChartsTab,
    ConsoleTab,
    EnvironmentTab,
    CodeTab,
    DataTab,
    ArtifactsTab,
    SystemTab,
)

_TONES = {
    "": "",
    "dim": "$foreground-muted",
    "good": "$text-success",
    "running": "$text-accent",
    "bad": "$text-error",
    "warn": "$text-warning",
}


class RunScreen(Tabbed[Tab], RunActions):
    """The screen of one run. It owns the latest overview; the tabs own the rest.

    `opens` is the tab that comes first, on the charts at that of `metric`; `console_at` opens it at what the run
    printed at that step.
    """

    LIVE: ClassVar[float] = 1.0
    AGES: ClassVar[float] = 5.0
    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RUN)]

    def __init__(
        self,
        context: Context,
        run_id: str,
        *,
        opens: type[Tab] = OverviewTab,
        metric: str | None = None,
        console_at: float | None = None,
    ) -> None:
        super().__init__()
        self.context = context
        self._opens = opens
        self._metric = metric
        self._console_at = console_at
        self.run_id = run_id
        self._view: RunOverview | None = None
        self._pace = Pace(self, lambda: self._load, self.LIVE)

    def compose(self) -> ComposeResult:
        """Title, tabs, the tab in front, what a search found, the keys."""
        yield Static(id="run-title", markup=False)
        yield from self.compose_tabs(*(tab(self.context, self.run_id) for tab in TABS))
        yield FindLine()
        yield KeysFooter()

    def on_mount(self) -> None:
        """Keys go to the tab that is wanted, at first to the overview, or to the console at a step."""
        self.to_pane(self._opens)
        if self._metric is not None:
            self.query_one(ChartsTab).go_to(self._metric)
        self._read_console(self._console_at)
        self.set_interval(self.AGES, self._grow_older)

    def on_screen_resume(self) -> None:
        """Load when the screen comes to the front: what changed while it was covered was let pass."""
        self._pace.due(at_once=True)

    def show_in_front(self) -> None:
        """Show the latest overview, once there is one."""
        self.call_after_refresh(self.note_what_is_open)
        if self._view is not None:
            self.tab.show(self._view)

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        if self.run_id in message.runs and self.is_current:
            self._pace.due()

    def _load(self) -> None:
        self.call_later(self._arrived, overview.load(self.context.store, self.run_id))

    def _arrived(self, view: RunOverview) -> None:
        self._view = view
        title, now = self.query_one("#run-title", Static), _title(view)
        if title.content != now:
            title.update(now)
        self.tab.show(view)

    def _grow_older(self) -> None:
        """The overview of a run that goes on says how old its last point is."""
        if self._view is not None and self._view.run.status == RUNNING and isinstance(self.tab, OverviewTab):
            self.tab.show(self._view)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in a line."""
        if event.state is WorkerState.ERROR:
            self.say(str(event.worker.error))

    def shown_here(self) -> seen.Run:
        """The run, and the tab in front."""
        tab = "" if isinstance(self.tab, OverviewTab) else self.tab.label.lower()
        return seen.Run(self.run_id, tab, (self.tab.metric or "") if isinstance(self.tab, ChartsTab) else "")

    def action_full_screen(self) -> None:
        """The chart under the cursor, or that of the primary metric, alone."""
        if isinstance(self.tab, ChartsTab):
            self.action_open()
        else:
            self.with_run([self.run_id], self._open_its_chart)

    def _open_its_chart(self, run: Run) -> None:
        metric = self.tab.metric or chosen_metric(run, None)
        if metric is None:
            self.say("no metric has been logged yet")
        else:
            self._open_chart(metric)

    def action_find(self) -> None:
        """Open the line for what to look for."""
        asks = "a regular expression, as in ^val/" if self.tab.finds == "filter" else "search"
        self.query_one(FindLine).open(self.tab.looked_for, asks)

    def action_next_match(self) -> None:
        """The next place found."""
        self.tab.to_match(1)

    def action_previous_match(self) -> None:
        """The previous place found."""
        self.tab.to_match(-1)

    def action_back(self) -> None:
        """One layer back: out of the preview, out of what was looked for, out of the run."""
        if self.tab.step_back():
            return
        if self.tab.looked_for:
            self.tab.look_for("")
        else:
            self.dismiss()

    @property
    def overview(self) -> RunOverview | None:
        """The latest overview."""
        return self._view

    def line_at_cursor(self) -> str | None:
        """The text under the cursor of the tab in front."""
        return self.tab.copied()

    def export(self) -> Export | None:
        """What the tab in front can save."""
        return self.tab.to_save()

    def show_run(self, run_id: str) -> None:
        """Open another run above this one."""
        self.app.push_screen(RunScreen(self.context, run_id))

    def after_edit(self) -> None:
        """Show the run as it is now."""
        self._pace.due(at_once=True)

    @on(FindLine.Typed)
    def _looked_for(self, message: FindLine.Typed) -> None:
        self.tab.look_for(message.text)

    @on(FindLine.Closed)
    def _find_closed(self) -> None:
        self.tab.target.focus()

    def lead(self, target: Target) -> None:
        """To the chart of a metric, or to another run."""
        if isinstance(target, MetricTarget):
            self._open_chart(target.metric, target.step, target.x)
        else:
            self.show_run(target.run_id)

    @on(ChartsTab.Opened)
    def _chart_clicked(self) -> None:
        self.action_open()

    def _open_chart(self, metric: str, step: int | None = None, x: str | None = None) -> None:
        wall = self.query_one(ChartsTab)
        over = wall.over_baseline is not None
        screen = ChartScreen(self.context, [self.run_id], metric, at=step, looks=wall.looks, x=x, over_baseline=over)
        self.app.push_screen(screen, lambda _: self._read_console(screen.console_at))

    def _read_console(self, step: float | None) -> None:
        """Go to what the run printed at a step."""
        if step is not None:
            self.query_one(ConsoleTab).go_to(step)
            self.to_pane(ConsoleTab)


def _title(view: RunOverview) -> Content:
    """Name, status and where it belongs; a run that goes on says how far it is."""
    run = view.run
    place = run.project if run.group is None else f"{run.project} / {run.group}"
    tags = "".join(f"  #{tag}" for tag in run.tags)
    sign, tone = cells.status_sign(run.status), cells.cell("status", run.status, 0.0).tone
    return Content.assemble(
        (one_line(run.name), "bold"),
        (f"  {sign} {run.status}", _TONES[tone]),
        ("  archived" if run.archived else "", "$text-warning"),
        (one_line(f"  {place}"), "$foreground-muted"),
        (one_line(tags), "$text-accent"),
    )
