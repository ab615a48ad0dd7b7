"""One run: its tabs, live while it runs, and the edits that a person makes to it.

What is shown is read in a worker as one frozen overview and handed to the tab in front; each tab knows how to show it.
"""

import time
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Footer, Input, Static
from textual.worker import get_current_worker

from trackside.model.errors import TracksideError
from trackside.services import cells, edit, overview
from trackside.services.overview import RunOverview
from trackside.services.preview import chosen_metric
from trackside.tui.actions import RUN, bindings
from trackside.tui.context import Context
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.tabs.artifacts import ArtifactsTab
from trackside.tui.tabs.charts import ChartsTab
from trackside.tui.tabs.code import CodeTab
from trackside.tui.tabs.console import ConsoleTab
from trackside.tui.tabs.data import DataTab
from trackside.tui.tabs.environment import EnvironmentTab
from trackside.tui.tabs.overview import MetricTarget, OverviewTab, RunTarget
from trackside.tui.tabs.system import SystemTab
from trackside.tui.tabs.tab import Tab
from trackside.tui.terminal import inert
from trackside.tui.widgets.lines import Lines
from trackside.tui.widgets.tab_bar import TabBar

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

_SOON = 0.01
_TONES = {
    "": "",
    "dim": "$foreground-muted",
    "good": "$text-success",
    "running": "$text-accent",
    "bad": "$text-error",
    "warn": "$text-warning",
}


class RunScreen(Screen[None]):
    """The screen of one run. It owns which tab is in front and the latest overview; the tabs own the rest."""

    LIVE: ClassVar[float] = 1.0
    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RUN)]

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__()
        self.context = context
        self._run_id = run_id
        self._view: RunOverview | None = None
        self._loaded = 0.0
        self._refresh_due = False
        self._found_before = ""
        self._number = 0

    def compose(self) -> ComposeResult:
        """Title, tabs, the tab in front, what a search found, the keys."""
        yield Static(id="run-title", markup=False)
        yield TabBar([tab.label for tab in TABS], id="run-tabs")
        with ContentSwitcher(initial=_tab_id(TABS[0])):
            for tab in TABS:
                yield tab(self.context, self._run_id)
        yield Static(id="run-says", markup=False)
        yield Input(id="run-find", compact=True)
        yield Footer()

    def on_mount(self) -> None:
        """Load at once; keys go to the first tab."""
        self._load()
        self._to_tab(0)

    @property
    def tab(self) -> Tab:
        """The tab in front."""
        return self.query_one(f"#{self.query_one(ContentSwitcher).current}", Tab)

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        """Load again, at most once a second; what changes in between is in the next load."""
        if self._run_id in message.runs and not self._refresh_due:
            self._refresh_due = True
            self.set_timer(max(_SOON, self._loaded + self.LIVE - time.monotonic()), self._load)

    @work(thread=True, exclusive=True, group="run")
    def _load(self) -> None:
        worker = get_current_worker()
        try:
            view = overview.load(self.context.store, self._run_id)
        except (TracksideError, OSError) as error:
            self.app.call_from_thread(self._say, str(error))
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._arrived, view)

    def _arrived(self, view: RunOverview) -> None:
        self._loaded = time.monotonic()
        self._refresh_due = False
        self._view = view
        self.query_one("#run-title", Static).update(_title(view))
        self.tab.show(view)

    def action_next_tab(self) -> None:
        """The tab to the right, around the end."""
        self._to_tab((self._number + 1) % len(TABS))

    def action_previous_tab(self) -> None:
        """The tab to the left, around the end."""
        self._to_tab((self._number - 1) % len(TABS))

    def action_tab(self, number: int) -> None:
        """A tab by its number, counted from 1."""
        self._to_tab(number - 1)

    def action_cursor_down(self) -> None:
        """One line down."""
        self.tab.move(1)

    def action_cursor_up(self) -> None:
        """One line up."""
        self.tab.move(-1)

    def action_half_page_down(self) -> None:
        """Half a screen down."""
        self.tab.page(0.5)

    def action_half_page_up(self) -> None:
        """Half a screen up."""
        self.tab.page(-0.5)

    def action_page_down(self) -> None:
        """A screen down."""
        self.tab.page(1)

    def action_page_up(self) -> None:
        """A screen up."""
        self.tab.page(-1)

    def action_top(self) -> None:
        """The first line."""
        self.tab.to_edge(end=False)

    def action_bottom(self) -> None:
        """The last line."""
        self.tab.to_edge(end=True)

    def action_left(self) -> None:
        """Left."""
        self.tab.sideways(-1)

    def action_right(self) -> None:
        """Right."""
        self.tab.sideways(1)

    def action_open(self) -> None:
        """Open what is under the cursor."""
        self.tab.open()

    def action_full_screen(self) -> None:
        """The chart under the cursor, or that of the primary metric, alone."""
        if self._view is None:
            return
        metric = self.tab.metric or chosen_metric(self._view.run, None)
        if metric is None:
            self._say("no metric has been logged yet")
        else:
            self._open_chart(metric)

    def action_find(self) -> None:
        """Open the box for what to look for."""
        box = self.query_one("#run-find", Input)
        self._found_before = box.value
        box.placeholder = "regular expression" if self.tab.finds == "filter" else "search"
        box.add_class("-open")
        box.focus()

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
        box = self.query_one("#run-find", Input)
        if box.value:
            box.value = ""
            self.tab.find("")
            self._say("")
            return
        self.dismiss()

    @on(Input.Changed, "#run-find")
    def _typed(self, event: Input.Changed) -> None:
        self._say(self.tab.find(event.value))

    @on(Input.Submitted, "#run-find")
    def _submitted(self) -> None:
        self._close_find()

    def _close_find(self) -> None:
        self.query_one("#run-find", Input).remove_class("-open")
        self._focus_tab()

    @on(TabBar.Chosen)
    def _tab_clicked(self, message: TabBar.Chosen) -> None:
        self._to_tab(message.number)

    @on(Lines.Opened)
    def _line_opened(self, message: Lines.Opened) -> None:
        if isinstance(message.target, MetricTarget):
            self._open_chart(message.target.metric, message.target.step)
        elif isinstance(message.target, RunTarget):
            self.app.push_screen(RunScreen(self.context, message.target.run_id))

    @on(ChartsTab.Opened)
    def _chart_opened(self, message: ChartsTab.Opened) -> None:
        self._open_chart(message.metric)

    def _open_chart(self, metric: str, step: int | None = None) -> None:
        self.app.push_screen(ChartScreen(self.context, [self._run_id], metric, at=step))

    def _to_tab(self, number: int) -> None:
        self._number = number
        if not 0 <= number < len(TABS):
            return
        self.query_one(ContentSwitcher).current = _tab_id(TABS[number])
        self.query_one(TabBar).show(number)
        self._say("")
        self._focus_tab()
        if self._view is not None:
            self.tab.show(self._view)

    def _focus_tab(self) -> None:
        tab = self.tab
        target = tab if tab.can_focus else tab.query(Lines).first()
        target.focus()

    def _say(self, text: str) -> None:
        self.query_one("#run-says", Static).update(inert(text))


def _tab_id(tab: type[Tab]) -> str:
    return f"tab-{tab.label.lower()}"


def _title(view: RunOverview) -> Content:
    """Name, status and where it belongs; a run that goes on says how far it is."""
    run = view.run
    place = run.project if run.group is None else f"{run.project} / {run.group}"
    tags = "".join(f"  #{tag}" for tag in run.tags)
    sign, tone = cells.status_sign(run.status), cells.cell("status", run.status, 0.0).tone
    return Content.assemble(
        (inert(run.name), "bold"),
        (f"  {sign} {run.status}", _TONES[tone]),
        (inert(f"  {place}"), "$foreground-muted"),
        (inert(tags), "$text-accent"),
    )
