"""Curves: one metric of the runs that are compared, over one another. It claims no verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import work
from textual.app import ComposeResult

from trackside.charts.spec import Curve
from trackside.model.counting import counted
from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.services.comparison_view import ComparisonView
from trackside.services.curves import curves
from trackside.services.overlaid import common_metrics
from trackside.services.preview import chosen_metric
from trackside.tui.compare_tabs.tab import CompareTab, Focus
from trackside.tui.context import Context
from trackside.tui.widgets.chart import Chart

MOST_RUNS = 20
"""Curves of more runs than that are not told apart."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a worker read: the curves of a metric."""

    metric: str
    curves: tuple[Curve, ...]


class CurvesTab(CompareTab):
    """A chart of the baseline's first run and of the runs that were asked for."""

    label = "Curves"

    def __init__(self, context: Context, metric: str | None = None) -> None:
        super().__init__(context)
        self._metric = metric
        self._runs: tuple[Run, ...] = ()
        self._left_out = 0

    def compose(self) -> ComposeResult:
        """The chart; it is moved about in on a screen of its own."""
        chart = Chart(self.context)
        chart.can_focus = False
        yield chart

    @property
    def metric(self) -> str | None:
        """The metric that is drawn: the one that was wanted, else that by which the runs are likeliest judged."""
        if any(self._metric in run.metrics for run in self._runs):
            return self._metric
        return next(filter(None, (chosen_metric(run, None) for run in self._runs)), None)

    def show(self, view: ComparisonView) -> None:
        """Read the curves of these runs."""
        self._runs = view.runs[:MOST_RUNS]
        self._left_out = len(view.runs) - len(self._runs)
        self._draw()

    def look_at(self, at: Focus) -> None:
        """Draw this metric from now on."""
        self._metric = at.metric or self._metric

    def step_metric(self, by: int) -> None:
        """Draw the next metric that these runs have, or the previous one; those of the machine are left out."""
        names = [name for name in common_metrics(self._runs) if name == self.metric or not is_system(name)]
        if self.metric is not None:
            self._metric = names[(names.index(self.metric) + by) % len(names)]
            self._draw()

    def _draw(self) -> None:
        metric = self.metric
        left_out = f", {self._left_out:,} more left out" if self._left_out else ""
        title = f"{metric or 'no metric'} of {counted(len(self._runs), 'run')}{left_out}"
        if metric is None:
            self.query_one(Chart).plot((), title=title, nothing="these runs have no metric yet")
        else:
            self._load(metric, title, [run.id for run in self._runs])

    @work(thread=True, exclusive=True, group="curves", exit_on_error=False)
    def _load(self, metric: str, title: str, runs: Sequence[str]) -> None:
        self.call_later(self._arrived, title, Loaded(metric, tuple(curves(self.context.store, runs, metric))))

    def _arrived(self, title: str, loaded: Loaded) -> None:
        if loaded.metric == self.metric:
            nothing = "these runs have no point of this metric yet"
            self.query_one(Chart).plot(loaded.curves, title=title, nothing=nothing)
