"""Compare: runs beside the baseline of their project, every metric with its verdict, live while they run.

What is shown is read in a worker as one frozen view and handed to the tab in front. A line above everything says where
the comparison is not fair.
"""

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.charts.parallel.spec import Axis
from trackside.compare.comparison import Comparison
from trackside.compare.points import At
from trackside.model.counting import counted
from trackside.services.comparison.comparing import Asked
from trackside.services.comparison.curves_view import MOST_CURVES
from trackside.services.comparison.point_words import points_text
from trackside.services.comparison.view import ComparisonView, load
from trackside.services.comparison.words import barring_line, barring_sentences
from trackside.services.pivot.pivot import Asked as PivotAsked
from trackside.services.sharing import seen
from trackside.services.sharing.export import Export, file_name
from trackside.tui.compare_tabs.curves import CurvesTab
from trackside.tui.compare_tabs.differs import DiffersTab
from trackside.tui.compare_tabs.examples import ExamplesTab
from trackside.tui.compare_tabs.parallel import ParallelTab
from trackside.tui.compare_tabs.scatter import ScatterTab
from trackside.tui.compare_tabs.summary import SummaryTab
from trackside.tui.compare_tabs.tab import CompareTab, Focus
from trackside.tui.compare_tabs.why import WhyTab
from trackside.tui.context import Context
from trackside.tui.copying import ID, ROW, VALUE, Copying
from trackside.tui.exporting import Exporting
from trackside.tui.keys.actions import COMPARE, bindings
from trackside.tui.keys.early_keys import ReadFirst
from trackside.tui.messages import StoreChanged
from trackside.tui.pace import Pace
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.screens.compare_actions import CompareActions
from trackside.tui.screens.pivot import PivotScreen
from trackside.tui.screens.run import RunScreen
from trackside.tui.tabbed import Tabbed
from trackside.tui.targets import RunTarget, Target
from trackside.tui.terminal import one_line
from trackside.tui.widgets.find_line import FindLine
from trackside.tui.widgets.in_short import InShort
from trackside.tui.widgets.keys_footer import KeysFooter

_MOST_SENTENCES = 3
_ONLY_IN: dict[str, tuple[type[CompareTab], ...]] = {
    **dict.fromkeys(
        ("choose_point", "detect", "acknowledge", "ignore_param", "set_baseline", "go_to_baseline"), (SummaryTab,)
    ),
    "show_change": (SummaryTab, CurvesTab),
    "show_all": (SummaryTab, CurvesTab, ExamplesTab, DiffersTab),
    "x_axis": (CurvesTab, ScatterTab),
    "log_y": (CurvesTab,),
    "find": (ExamplesTab,),
    **dict.fromkeys(("next_metric", "previous_metric"), (WhyTab, CurvesTab, ExamplesTab, ScatterTab)),
}
"""Of keys that mean something in some of the tabs: in which."""


TABS: tuple[type[CompareTab], ...] = (
    SummaryTab,
    WhyTab,
    CurvesTab,
    ExamplesTab,
    DiffersTab,
    ParallelTab,
    ScatterTab,
)


class CompareScreen(Tabbed[CompareTab], CompareActions, Copying, Exporting, ReadFirst):
    """Runs and their baseline. It owns what is compared, at which point, and what was found; the tabs own the rest.

    `opens` is the tab that comes first. `narrow` shows the runs that brushes ask for, once the screen is left.
    """

    CONTEXT = COMPARE
    LIVE: ClassVar[float] = 1.0
    CSS_PATH = "compare.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COMPARE)]
    COPIED: ClassVar[dict[str, str]] = {"y": VALUE, "r": ROW}

    def __init__(
        self,
        context: Context,
        run_ids: Sequence[str],
        metric: str | None = None,
        narrow: Callable[[Sequence[Axis]], None] | None = None,
        opens: type[CompareTab] = SummaryTab,
    ) -> None:
        super().__init__()
        self._opens = opens
        self._narrow = narrow
        self.context = context
        self.asked = Asked(tuple(run_ids))
        self._metric = metric
        self.view: ComparisonView | None = None
        self._changed: set[str] = set()
        self._part: set[str] = set()
        self._apart: set[str] = set()
        self._pace = Pace(self, lambda: self._load, self.LIVE)

    def compose(self) -> ComposeResult:
        """Title, what is not fair, tabs, the keys."""
        yield Static("Compare   reading …", id="title", markup=False)
        with Vertical(id="bars"):
            yield Static(id="banner", markup=False)
            yield InShort(id="in-short")
        yield from self.compose_tabs(
            *(CurvesTab(self.context, self._metric) if tab is CurvesTab else tab(self.context) for tab in TABS)
        )
        yield FindLine()
        yield KeysFooter()

    def on_mount(self) -> None:
        """Keys go to the tab that is wanted, at first to the summary."""
        self.to_pane(self._opens)

    def on_screen_resume(self) -> None:
        """Compare when the screen comes to the front: what changed while it was covered was let pass."""
        self._pace.due(at_once=True)

    @property
    def summary(self) -> SummaryTab:
        """The first tab."""
        return self.query_one(SummaryTab)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that means something of one tab does nothing in another."""
        if self.is_mounted and (action in self.tab.idle or not isinstance(self.tab, _ONLY_IN.get(action, CompareTab))):
            return False
        return super().check_action(action, parameters)

    def parts_with(self, action: str) -> list[str]:
        """The tabs in which a key means something, where it does not in all; or the part of the tab in front."""
        here = self.tab.idle.get(action)
        return [tab.label for tab in _ONLY_IN.get(action, ())] if here is None else [here]

    def show_in_front(self) -> None:
        """Show the latest comparison, once there is one."""
        self.refresh_bindings()
        self.call_after_refresh(self.note_what_is_open)
        if self.view is not None:
            self.tab.show(self.view)

    def to_tab(self, number: int) -> None:
        """Bring a tab to the front; what is drawn and explained there is what the summary's cursor is on."""
        self.query_one("#bars").set_class(self._panes[number] is self.summary, "-first")
        for tab in self._panes:
            tab.look_at(Focus(self.summary.metric, self.summary.candidate))
        super().to_tab(number)

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        """Compare again, unless only runs changed that never were a part of it; a new one may be a replicate."""
        self._changed |= message.runs - self._apart
        decided = self.view is not None and self.view.project in message.projects
        if self.is_current and (self._changed or decided):
            self._pace.due()

    def _load(self) -> None:
        self.call_later(self._arrived, load(self.context.store, self.asked, self.difference))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in a line; what was found before stays."""
        if event.state is WorkerState.ERROR:
            self.was_not_read()
            self.say(str(event.worker.error))

    def _arrived(self, view: ComparisonView) -> None:
        self.view = view
        archived = (run for side in view.sides for run in side.archived)
        self._part.update(run.id for run in (*view.every_run, *archived))
        self._apart = (self._apart | self._changed) - self._part
        self._changed = set()
        self.query_one("#title", Static).update(_title(view))
        self._tell_what_bars(view.comparison)
        self.summary.show(view)
        if self.tab is not self.summary:
            self.tab.show(view)
        self.was_read()

    def _tell_what_bars(self, found: Comparison | None) -> None:
        """Reason by reason above the summary, in one line where another tab is in front or there is little height."""
        sentences = [] if found is None else barring_sentences(found)
        self.query_one("#bars").set_class(bool(sentences), "-barred")
        self.query_one("#banner", Static).update("\n".join(map(one_line, _first_of(sentences))))
        self.query_one(InShort).text = "" if found is None else one_line(barring_line(found))

    def compare(self, asked: Asked) -> None:
        """Compare this from now on."""
        self.asked = asked
        self._pace.due(at_once=True)

    def after_edit(self) -> None:
        """Compare again."""
        self._pace.due(at_once=True)

    def shown_here(self) -> seen.Compare:
        """What is compared, at which point, and the tab in front."""
        at, tab = self.asked.at, "" if self.tab is self.summary else self.tab.label.lower()
        metric = "" if tab in ("", "why") else self.tab.metric or ""
        return seen.Compare(self.asked.runs, self.asked.baseline or "", "" if at == At() else str(at), tab, metric)

    def copied(self, what: str) -> str | None:
        """Of the cell under the cursor of the summary: its value, of a candidate unrounded."""
        table, cell = self.summary.table, self.summary.cell
        if what == ID:
            return next(iter(self.edited_runs()), None)
        if table.row is None or not table.row.cells:
            return None
        if what == ROW:
            return table.row.text
        return table.row.cells[table.column].value if cell is None or cell.value is None else repr(cell.value)

    def export(self) -> Export | None:
        """The comparison, as a report or for a pull request."""
        found, store = None if self.view is None else self.view.comparison, self.context.store
        if found is None:
            return None

        def page() -> bytes:
            from trackside.services.comparison.reports.html_page import html

            return html(found, store.series, store=", ".join(store.addresses), made=time.time()).encode()

        def text() -> bytes:
            from trackside.services.comparison.reports.markdown_page import markdown

            return markdown(found).encode()

        name = file_name(f"{found.baseline.lead.name}-comparison", ".html")
        return Export("the comparison", name, {".html": page, ".md": text})

    def action_show_change(self) -> None:
        """How differences are shown."""
        self.tab.show_change()

    def action_show_all(self) -> None:
        """All, or only what differs."""
        self.tab.show_all()

    def action_x_axis(self) -> None:
        """What lies across in the tab in front."""
        self.tab.choose_axis()

    def action_log_y(self) -> None:
        """A logarithmic y axis in the tab in front, or a linear one again."""
        self.tab.turn_y()

    def action_why(self) -> None:
        """What could explain the cell under the cursor."""
        if isinstance(self.tab, WhyTab):
            self.say("this is what could explain it: m goes on to the next metric, h and l to other candidates")
        else:
            self.to_pane(WhyTab)

    def action_pivot(self) -> None:
        """A pivot of every run that is compared."""
        if self.view is not None:
            runs = tuple(run.id for run in self.view.every_run)
            archived = tuple(run.id for side in self.view.sides for run in side.archived)
            self.app.push_screen(PivotScreen(self.context, PivotAsked(runs=runs, archived=archived)))

    def action_next_metric(self) -> None:
        """The next metric in the tab in front."""
        self._step_metric(1)

    def action_previous_metric(self) -> None:
        """The previous metric."""
        self._step_metric(-1)

    def _step_metric(self, by: int) -> None:
        self.tab.step_metric(by)
        if self.tab.metric is not None:
            self.summary.go_to_metric(self.tab.metric)

    @on(CompareTab.CandidateChosen)
    def _candidate_chosen(self, message: CompareTab.CandidateChosen) -> None:
        self.summary.go_to_candidate(message.candidate)

    def action_find(self) -> None:
        """Open the line for what to look for."""
        self.query_one(FindLine).open(self.query_one(ExamplesTab).looked_for, "text of an id or of a column")

    @on(FindLine.Typed)
    def _looked_for(self, message: FindLine.Typed) -> None:
        self.query_one(ExamplesTab).look_for(message.text)

    @on(FindLine.Closed)
    def _find_closed(self) -> None:
        self.tab.target.focus()

    def action_full_screen(self) -> None:
        """The chart of the metric that the tab in front is at, alone."""
        metric = self.tab.metric
        if metric is None:
            self.say("there is no metric under the cursor")
        else:
            self._open_chart(metric)

    def action_back(self) -> None:
        """Out of what was opened in the tab, then back to the runs."""
        if not self.tab.step_back():
            self.dismiss()

    @on(ParallelTab.RunsWanted)
    def _runs_wanted(self, message: ParallelTab.RunsWanted) -> None:
        if self._narrow is not None:
            self._narrow(message.axes)
            self.dismiss()

    def lead(self, target: Target) -> None:
        """To a run, or to the chart of a metric of all of them."""
        if isinstance(target, RunTarget):
            self.app.push_screen(RunScreen(self.context, target.run_id))
        else:
            self._open_chart(target.metric)

    def _open_chart(self, metric: str) -> None:
        if self.view is not None:
            ids = [run.id for run in self.view.runs[:MOST_CURVES]]
            x = self.tab.axis if isinstance(self.tab, CurvesTab) else None
            means = isinstance(self.tab, CurvesTab) and self.tab.means
            self.app.push_screen(ChartScreen(self.context, ids, metric, x=x, means=means))


def _title(view: ComparisonView) -> Content:
    """What is compared with what, and which point counts."""
    found = view.comparison
    if found is None:
        what, at = counted(len(view.runs), "run"), ""
    else:
        what = f"{counted(len(found.candidates), 'candidate')} against {found.baseline.lead.name}"
        at = f"   {points_text(found)}"
    muted = one_line(f"{at}   {view.project or ''}"), "$foreground-muted"
    return Content.assemble(("Compare ", "bold"), one_line(what), muted)


def _first_of(sentences: Sequence[str]) -> list[str]:
    """As many as there is room for, and how many more there are."""
    more = len(sentences) - _MOST_SENTENCES
    return [*sentences[:_MOST_SENTENCES], *([f"and {counted(more, 'more reason')}"] if more > 0 else [])]
