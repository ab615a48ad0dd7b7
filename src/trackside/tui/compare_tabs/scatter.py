"""Scatter: the runs that are compared as points, a metric against a param or another metric, and rank correlations."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from textual.app import ComposeResult
from textual.widget import Widget

from trackside.compare.statistics.correlation import Association
from trackside.model.run import Run
from trackside.services.comparison.correlations import figures, notes
from trackside.services.comparison.scatter import Scatter as Found
from trackside.services.comparison.scatter import scatter
from trackside.services.comparison.view import ComparisonView
from trackside.services.metrics.overlaid import common_metrics, metric_of_all
from trackside.tui.compare_tabs.tab import CompareTab, Focus
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.pace import Pace
from trackside.tui.screens.picker import Choice, Picker
from trackside.tui.targets import RunTarget, Target
from trackside.tui.widgets.lines import Line, Lines, pairs
from trackside.tui.widgets.scatter import Scatter


class ScatterTab(CompareTab):
    """Every run of every side, and beside them how params go together with the metric."""

    label = "Scatter"
    AGAIN = 0.5
    """Seconds between two readings while runs go on."""
    DEFAULT_CSS = """
    ScatterTab { layout: horizontal; }
    ScatterTab Lines { width: 44; padding: 0 0 0 2; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._view: ComparisonView | None = None
        self._metric: str | None = None
        self._column: str | None = None
        self._found: Found | None = None
        self._pace = Pace(self, self._start, self.AGAIN)

    def compose(self) -> ComposeResult:
        """The points and what is said of params."""
        yield Scatter()
        said = Lines()
        said.can_focus = False
        yield said

    @property
    def points(self) -> Scatter:
        """The points."""
        return self.query_one(Scatter)

    @property
    def target(self) -> Widget:
        """The points."""
        return self.points

    @property
    def metric(self) -> str | None:
        """The metric that goes up: the one that was wanted, else that by which the runs are likeliest judged."""
        return metric_of_all(self._runs, self._metric)

    def show(self, view: ComparisonView) -> None:
        """Read the params and metrics of these runs."""
        self._view = view
        self._pace.due(at_once=True)

    def look_at(self, at: Focus) -> None:
        """Show this metric from now on."""
        self._metric = at.metric or self._metric

    def step_metric(self, by: int) -> None:
        """Show the next metric that these runs have, or the previous one; those of the machine come last."""
        other = self.other(common_metrics(self._runs), self.metric, by)
        if self._view is not None and other is not None:
            self._metric = other
            self.show(self._view)

    @property
    def to_open(self) -> Target | None:
        """The run that was walked to."""
        return None if self.points.chosen is None else RunTarget(self.points.chosen)

    def open(self) -> None:
        """Tell how a run is chosen."""
        self.post_message(Told("h and l walk from run to run; enter then opens it"))

    @property
    def _runs(self) -> tuple[Run, ...]:
        return () if self._view is None else self._view.every_run

    def _start(self) -> Callable[[], None] | None:
        return None if self._view is None else partial(self._load, self._view, self.metric, self._column)

    def _load(self, view: ComparisonView, metric: str | None, column: str | None) -> None:
        found = scatter(self.context.store, view, metric, column, time.time())
        self.call_later(self._arrived, (metric, column), found)

    def _arrived(self, axes: tuple[str | None, str | None], found: Found) -> None:
        """What was read for other axes meanwhile is let pass."""
        if axes == (self.metric, self._column):
            self._found = found
            self.points.show(found.points, found.sides, found.x, found.y)
            self.query_one(Lines).show(_lines(found))

    def choose_axis(self) -> None:
        """What lies across: a param, those first that go together with the metric most, or another metric."""
        found = self._found
        if found is None:
            return
        known = {f"param.{one.param}": " ".join(figures(one)) for one in _associations(found)}
        choices = [Choice(column, name, known.get(column, "")) for column, name in found.across]

        def picked(column: str | None) -> None:
            if column is not None and self._view is not None:
                self._column = column
                self.show(self._view)

        self.app.push_screen(Picker("x axis", choices, found.column), picked)


def _associations(found: Found) -> Iterator[Association]:
    yield from () if found.correlations is None else found.correlations.found


def _lines(found: Found) -> Iterator[Line]:
    """The rank correlations, strongest first, or why there are none."""
    known = found.correlations
    if known is None:
        yield Line.of("no rank correlations", "head")
        yield Line.of(found.why_not, "dim")
        return
    yield Line.of(f"rank correlations with {known.metric}", "head")
    yield from pairs((one.param, one.why_not or "   ".join(figures(one))) for one in known.found)
    yield Line.of("")
    yield from (Line.of(note, "dim") for note in notes(known))
