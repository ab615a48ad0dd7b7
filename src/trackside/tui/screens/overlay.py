"""Overlay: the curves of one metric of several runs in one chart, and the params in which the runs differ.

The baseline comes first. It claims no verdict: what is better than what is the comparison's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.charts.spec import Curve
from trackside.compare.differs.facts import ParamRow, params
from trackside.model.counting import counted
from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.services import cells
from trackside.services.curves import curves, told_apart
from trackside.services.overlaid import baseline_first, common_metrics
from trackside.services.preview import chosen_metric
from trackside.store.any_store import AnyStore
from trackside.tui.actions import OVERLAY, bindings
from trackside.tui.context import Context
from trackside.tui.messages import StoreChanged
from trackside.tui.moves import Moves
from trackside.tui.pace import Pace
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.tabs.overview import param_text
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.columns_table import ColumnsTable
from trackside.tui.widgets.keys_footer import KeysFooter
from trackside.tui.widgets.lines import Line

_MOST_RUNS = 20
_LONGEST_CELL = 18


@dataclass(frozen=True, slots=True)
class Overlaid:
    """What the screen shows, read in one go."""

    runs: tuple[Run, ...]
    baseline: str | None
    metric: str | None
    metrics: tuple[str, ...]
    drawn: tuple[Curve, ...]
    differs: tuple[ParamRow, ...]


class OverlayScreen(Moves, Screen[None]):
    """Marked runs over one another."""

    CSS = """
    OverlayScreen #overlay-title { height: 1; padding: 0 1; background: $surface; }
    OverlayScreen Chart { height: 3fr; min-height: 8; }
    OverlayScreen ColumnsTable { height: auto; max-height: 40%; padding: 0 1; }
    """
    LIVE: ClassVar[float] = 1.0
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OVERLAY)]

    def __init__(self, context: Context, run_ids: Sequence[str], metric: str | None = None) -> None:
        super().__init__()
        self.context = context
        self._run_ids = tuple(run_ids[:_MOST_RUNS])
        self._left_out = len(run_ids) - len(self._run_ids)
        self._metric = metric
        self._shown: Overlaid | None = None
        self._pace = Pace(self, self._load, self.LIVE)

    def compose(self) -> ComposeResult:
        """Title, chart, params."""
        yield Static(id="overlay-title", markup=False)
        chart = Chart(self.context)
        chart.can_focus = False
        yield chart
        yield ColumnsTable()
        yield KeysFooter()

    @property
    def moved(self) -> ColumnsTable:
        """The table below the chart; the chart is moved about in on a screen of its own."""
        return self.query_one(ColumnsTable)

    def on_screen_resume(self) -> None:
        """Load when the screen comes to the front."""
        self._pace.due(at_once=True)

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        if message.runs.intersection(self._run_ids) and self.is_current:
            self._pace.due()

    def action_next_metric(self) -> None:
        """Overlay the next metric that these runs have."""
        self._step_metric(1)

    def action_previous_metric(self) -> None:
        """Overlay the previous metric."""
        self._step_metric(-1)

    def action_full_screen(self) -> None:
        """The chart alone."""
        if self._shown is not None and self._shown.metric is not None:
            ids = [run.id for run in self._shown.runs]
            self.app.push_screen(ChartScreen(self.context, ids, self._shown.metric))

    def action_back(self) -> None:
        """Back to the runs."""
        self.dismiss()

    def _step_metric(self, by: int) -> None:
        if self._shown is None or not self._shown.metrics or self._shown.metric is None:
            return
        metrics = self._shown.metrics
        self._metric = metrics[(metrics.index(self._shown.metric) + by) % len(metrics)]
        self._pace.due(at_once=True)

    @work(thread=True, exclusive=True, group="overlay", exit_on_error=False)
    def _load(self) -> None:
        self.call_later(self._arrived, _overlaid(self.context.store, self._run_ids, self._metric))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in the title."""
        if event.state is WorkerState.ERROR:
            self.query_one("#overlay-title", Static).update(one_line(str(event.worker.error)))
        if event.worker.is_finished:
            self._pace.done()

    def _arrived(self, shown: Overlaid) -> None:
        self._shown = shown
        left_out = f", {self._left_out:,} more left out" if self._left_out else ""
        title = f"{shown.metric or 'no metric'} of {counted(len(shown.runs), 'run')}{left_out}"
        self.query_one("#overlay-title", Static).update(one_line(title))
        self.query_one(Chart).plot(shown.drawn, nothing="these runs have no point of this metric yet")
        none = [] if shown.differs else [Line.of("No param differs among these runs.", "dim")]
        self.query_one(ColumnsTable).show_rows(overlay_rows(shown), none)


def _overlaid(store: AnyStore, run_ids: Sequence[str], wanted: str | None) -> Overlaid:
    """Read the runs, the metric that is wanted (the first run's own where none has that), and what differs."""
    found = store.runs(run_ids)
    baseline = store.project(found[0].project).baseline if found else None
    runs = baseline_first(found, baseline)
    known = common_metrics(runs)
    metric = wanted if wanted in known else next(filter(None, (chosen_metric(run, None) for run in runs)), None)
    metrics = [name for name in known if name == metric or not is_system(name)]
    drawn = () if metric is None else tuple(curves(store, [run.id for run in runs], metric))
    differs = params(runs[0], runs[1:]) if runs else ()
    return Overlaid(tuple(runs), baseline, metric, tuple(metrics), drawn, differs)


def overlay_rows(shown: Overlaid) -> list[list[str]]:
    """One column a run: names, the metric's last and best value, then every param that differs."""
    apart = {run_id: _cut_inside(name) for run_id, name in told_apart(shown.runs).items()}
    names = [f"{name} (baseline)" if run_id == shown.baseline else name for run_id, name in apart.items()]
    summaries = [run.metrics.get(shown.metric or "") for run in shown.runs]
    rows = [["", *names]]
    rows.append(["last", *(cells.number(summary.last) if summary else "" for summary in summaries)])
    rows.append(["best", *(cells.number(summary.best) if summary else "" for summary in summaries)])
    return rows + [[row.key, *(_cut(param_text(value)) for value in row.sides)] for row in shown.differs]


def _cut_inside(name: str) -> str:
    """A long name with its end, which may be all that tells it apart."""
    return name if len(name) <= _LONGEST_CELL else f"{name[: _LONGEST_CELL - 6]}…{name[-5:]}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
