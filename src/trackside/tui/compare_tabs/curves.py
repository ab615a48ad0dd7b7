"""Curves: one metric of all sides over one another, and below it how one candidate differs from the baseline.

It claims no verdict. Where there is little height, the difference takes the place of the curves.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial

from textual.app import ComposeResult
from textual.widgets import Static

from trackside.compare.sides import Side, side_of_runs
from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.services.comparison.curves_view import Beside, Look, Overlay, beside, overlay
from trackside.services.comparison.view import ComparisonView
from trackside.services.metrics.curves import AXES, STEP, chart_options
from trackside.services.metrics.overlaid import common_metrics, metric_of_all
from trackside.tui.colours.plain import plain_text
from trackside.tui.compare_tabs.tab import NO_CANDIDATE, CompareTab, Focus, nothing_compared
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.pace import Pace
from trackside.tui.screens.picker import Picker
from trackside.tui.targets import MetricTarget, Target
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.chart import Chart

_NO_METRIC = "these runs have no metric yet"


class Difference(Chart):
    """A difference is no run's, so it has no run's colour."""

    @property
    def palette(self) -> tuple[str, ...]:
        """None."""
        return ()


class CurvesTab(CompareTab):
    """Two charts and what is said of them; they are moved about in on a screen of their own."""

    label = "Curves"
    AGAIN = 0.5
    """Seconds between two readings while runs go on."""

    def __init__(self, context: Context, metric: str | None = None) -> None:
        super().__init__(context)
        self._view: ComparisonView | None = None
        self._wanted = Focus(metric)
        self._x = STEP
        self._log_y = False
        self._overlay: Overlay | None = None
        self._each = False
        self._span: tuple[float | None, float | None] = (None, None)
        self._pace = Pace(self, self._start, self.AGAIN)

    def compose(self) -> ComposeResult:
        """The curves, the difference, the words."""
        charts = Chart(self.context, id="overlay"), Difference(self.context, id="difference")
        for chart in charts:
            chart.can_focus = False
            yield chart
        yield Static(id="beside", markup=False)

    @property
    def metric(self) -> str | None:
        """The metric that is drawn: the one that was wanted, else that by which the runs are likeliest judged."""
        return metric_of_all(self._runs, self._wanted.metric)

    @property
    def axis(self) -> str:
        """Along what the curves are drawn."""
        return self._x

    @property
    def means(self) -> bool:
        """Whether seeds are drawn as their mean."""
        return not self._each

    def show(self, view: ComparisonView) -> None:
        """Read the curves of these sides."""
        self._view = view
        self._read()

    def look_at(self, at: Focus) -> None:
        """Draw this from now on."""
        self._wanted = Focus(at.metric or self._wanted.metric, at.candidate)

    def show_change(self) -> None:
        """The difference, or the curves alone; where there is little height, one of both."""
        self.toggle_class("-other")

    def show_all(self) -> None:
        """Each run by itself, or what the seeds of a side have in common."""
        if not self.query_one("#overlay", Chart).display:
            self.post_message(Told("the curves are not in sight; d brings them"))
        elif all(len(side.runs) == 1 for side in self._sides):
            self.post_message(Told("each side has one run, which is drawn by itself"))
        else:
            self._each = not self._each
            self._read()

    def step_metric(self, by: int) -> None:
        """Draw the next metric that these runs have, or the previous one; those of the machine are left out."""
        names = [name for name in common_metrics(self._runs) if name == self.metric or not is_system(name)]
        other = self.other(names, self.metric, by)
        if other is not None:
            self._wanted = Focus(other, self._candidate)
            self._read()

    def sideways(self, steps: int) -> None:
        """The difference of the next candidate, or of the previous one."""
        before = self._candidate
        self._wanted = Focus(self._wanted.metric, max(0, before + steps))
        if self._candidate != before:
            self._read()
            self.post_message(self.CandidateChosen(self._candidate))
        else:
            self.post_message(Told(NO_CANDIDATE))

    @property
    def to_open(self) -> Target | None:
        """The chart of the metric."""
        return None if self.metric is None else MetricTarget(self.metric)

    def open(self) -> None:
        """Tell why nothing is opened."""
        self.post_message(Told(_NO_METRIC))

    def choose_axis(self) -> None:
        """Along what the curves are aligned."""

        def chosen(x: str | None) -> None:
            if x is not None:
                self._x = x
                self._read()

        names = (*AXES, *(name for name in common_metrics(self._runs) if name != self.metric))
        self.app.push_screen(Picker("x axis", names, self._x), chosen)

    def turn_y(self) -> None:
        """The curves on a logarithmic y axis, or on a linear one again; the difference stays on its own."""
        if not self.query_one("#overlay", Chart).display:
            self.post_message(Told("a difference has no logarithmic axis; d brings the curves"))
            return
        self._log_y = not self._log_y
        self._draw()

    @property
    def _sides(self) -> Sequence[Side]:
        """Those of the comparison; where nothing is compared, each run by itself."""
        view = self._view
        if view is None:
            return ()
        return view.sides or [side_of_runs([run]) for run in view.runs]

    @property
    def _runs(self) -> list[Run]:
        return [run for side in self._sides for run in side.runs]

    @property
    def _candidate(self) -> int:
        """The candidate that was wanted; the last one where there are not so many."""
        return min(self._wanted.candidate, max(0, len(self._sides) - 2))

    @property
    def _look(self) -> Look | None:
        return None if self.metric is None else Look(self.metric, self._x, self._candidate, self._each)

    def _read(self) -> None:
        if self._look is None:
            self._overlay = None
            self.query_one("#overlay", Chart).plot((), nothing=_NO_METRIC)
            self._tell(_nothing(_NO_METRIC))
        else:
            self._pace.due(at_once=True)

    def _start(self) -> Callable[[], None] | None:
        view, look = self._view, self._look
        return None if view is None or look is None else partial(self._load, view, self._sides, look)

    def _load(self, view: ComparisonView, sides: Sequence[Side], look: Look) -> None:
        """The curves first, for the band of a difference takes its time."""
        found, curves = view.comparison, cache(self.context.store.series)
        self.call_later(self._arrived, look, overlay(sides, look, curves))
        why_not = " ".join(nothing_compared(view))
        self.call_later(self._arrived, look, _nothing(why_not) if found is None else beside(found, look, curves))

    def _arrived(self, look: Look, found: Overlay | Beside) -> None:
        """What was read for another look meanwhile is let pass."""
        if look != self._look:
            return
        if isinstance(found, Beside):
            self._tell(found)
        else:
            self._overlay = found
            self._span = found.span
            self._draw()

    def _draw(self) -> None:
        """The curves; on a linear axis those that would squash the rest are cut off, and named."""
        found = self._overlay
        if found is None:
            return
        cut = () if self._log_y or None in found.heights else found.beyond
        said = f"   off the axis: {', '.join(curve.label for curve in cut)}" if cut else ""
        options = chart_options(self._x).but(
            wide=True, log_y=self._log_y, y_range=found.heights if cut else (None, None)
        )
        nothing = "these runs have no point of this metric yet"
        self.query_one("#overlay", Chart).plot(
            found.curves, options, title=_said(f"{found.title}{said}"), nothing=nothing
        )

    def _tell(self, found: Beside) -> None:
        """The x axis of the difference is that of the curves above it."""
        drawn = () if found.curve is None else (found.curve,)
        options = chart_options(self._x).but(level=0.0, x_range=self._span)
        self.query_one(Difference).plot(drawn, options, title=_said(found.title), nothing=found.why_not)
        self.query_one("#beside", Static).update("\n".join(one_line(_said(line)) for line in found.sentences))


def _nothing(why: str) -> Beside:
    return Beside("", None, why, (why,))


def _said(text: str) -> str:
    return plain_text(text, plain=is_plain())
