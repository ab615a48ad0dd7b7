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
from textual.widgets import Footer, Static
from textual.worker import get_current_worker

from trackside.charts.spec import Curve
from trackside.model.run import Run
from trackside.services import cells
from trackside.services.curves import curves
from trackside.services.differs import DifferingParam, baseline_first, common_metrics, differing_params
from trackside.services.preview import chosen_metric
from trackside.tui.actions import OVERLAY, bindings
from trackside.tui.context import Context
from trackside.tui.messages import StoreChanged
from trackside.tui.screens.chart import ChartScreen
from trackside.tui.tabs.overview import param_text
from trackside.tui.terminal import inert
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.lines import Line, Lines, table

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
    differs: tuple[DifferingParam, ...]


class OverlayScreen(Screen[None]):
    """Marked runs over one another."""

    CSS = """
    OverlayScreen #overlay-title { height: 1; padding: 0 1; background: $surface; }
    OverlayScreen Chart { height: 3fr; min-height: 8; }
    OverlayScreen Lines { height: auto; max-height: 40%; padding: 0 1; }
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
        self._refresh_due = False

    def compose(self) -> ComposeResult:
        """Title, chart, params."""
        yield Static(id="overlay-title", markup=False)
        yield Chart(self.context)
        yield Lines()
        yield Footer()

    def on_mount(self) -> None:
        """Load at once."""
        self._load()

    @on(StoreChanged)
    def _store_changed(self, message: StoreChanged) -> None:
        if message.runs.intersection(self._run_ids) and not self._refresh_due:
            self._refresh_due = True
            self.set_timer(self.LIVE, self._refresh)

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
        self._load()

    def _refresh(self) -> None:
        self._refresh_due = False
        self._load()

    @work(thread=True, exclusive=True, group="overlay")
    def _load(self) -> None:
        worker = get_current_worker()
        store = self.context.store
        found = store.runs(list(self._run_ids))
        settings = store.project(found[0].project) if found else None
        baseline = settings.baseline if settings else None
        runs = baseline_first(found, baseline)
        metrics = common_metrics(runs)
        metric = self._metric if self._metric in metrics else (chosen_metric(runs[0], None) if runs else None)
        metric = metric or (metrics[0] if metrics else None)
        drawn = () if metric is None else tuple(curves(store, [run.id for run in runs], metric))
        shown = Overlaid(tuple(runs), baseline, metric, tuple(metrics), drawn, tuple(differing_params(runs)))
        if not worker.is_cancelled:
            self.app.call_from_thread(self._arrived, shown)

    def _arrived(self, shown: Overlaid) -> None:
        self._shown = shown
        left_out = f", {self._left_out:,} more left out" if self._left_out else ""
        title = f"{shown.metric or 'no metric'} of {len(shown.runs):,} runs{left_out}"
        self.query_one("#overlay-title", Static).update(inert(title))
        self.query_one(Chart).plot(shown.drawn)
        self.query_one(Lines).show(overlay_lines(shown))


def overlay_lines(shown: Overlaid) -> list[Line]:
    """One column a run: names, the metric's last and best value, then every param that differs."""
    names = [f"{run.name} (baseline)" if run.id == shown.baseline else run.name for run in shown.runs]
    summaries = [run.metrics.get(shown.metric or "") for run in shown.runs]
    rows = [["", *map(_cut, names)]]
    rows.append(["last", *(cells.number(summary.last) if summary else "" for summary in summaries)])
    rows.append(["best", *(cells.number(summary.best) if summary else "" for summary in summaries)])
    rows += [[row.key, *(_cut(param_text(value)) for value in row.values)] for row in shown.differs]
    head, *rest = table(rows)
    lines = [Line.of(head, "head", hang=None), *(Line.of(row, hang=None) for row in rest)]
    return lines if shown.differs else [*lines, Line.of("No param differs among these runs.", "dim")]


def _cut(text: str) -> str:
    text = inert(text)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
