"""System: what the machine did while the run ran, each series as numbers, and the one under the cursor as a chart."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.worker import Worker

from trackside.charts.spec import Curve
from trackside.model.system import is_system
from trackside.services.metrics.curves import chart_options, curves
from trackside.services.metrics.machine import bounds, label, machine_in_order, reading
from trackside.services.metrics.wall import usual_axis
from trackside.services.places.systems import unknown
from trackside.services.run.overview import Concern, RunOverview
from trackside.tui.context import Context
from trackside.tui.pace import Pace, has_failed
from trackside.tui.tabs.tab import OverviewLinesTab
from trackside.tui.targets import MetricTarget
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.lines import Line, Lines, table

_NARROWEST, _WIDEST = 8, 60
_HEADS = ("series", "last", "min", "max", "mean")
_GAP = "   "
_NONE = ("No system metrics were recorded for this run.", "They are sampled after a second, then every 15 s.")


class SystemTab(OverviewLinesTab):
    """The series of the machine, below what is said of it; enter opens the chart of one."""

    label = "System"
    LIVE: ClassVar[float] = 1.0
    DEFAULT_CSS = """
    SystemTab > Lines { height: auto; max-height: 50%; }
    SystemTab > Chart { height: 1fr; min-height: 8; margin-top: 1; }
    SystemTab.-none > Chart { display: none; }
    """

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._view: RunOverview | None = None
        self._sparks: dict[str, str] = {}
        self._charted: tuple[str, int] | None = None
        """The series that is to be drawn, and how many points it has."""
        self._reading: Worker[None] | None = None
        self._pace = Pace(self, self._start, self.LIVE)

    def compose(self) -> ComposeResult:
        """The series above the chart, which takes no keys."""
        yield self.sheet
        chart = Chart(self.context)
        chart.can_focus = False
        yield chart

    @property
    def metric(self) -> str | None:
        """The series under the cursor, the first one where that is on none."""
        lines = self.sheet.lines
        targets = [line.target for line in (*lines[self.sheet.cursor : self.sheet.cursor + 1], *lines)]
        return next((target.metric for target in targets if isinstance(target, MetricTarget)), None)

    def show(self, view: RunOverview) -> None:
        """Show the numbers at once, and the curves when they are read."""
        first, self._view = self._view is None, view
        super().show(view)
        if first:
            self.sheet.to_line(next((at for at, line in enumerate(self.sheet.lines) if line.target is not None), 0))
        has_series = bool(machine_in_order(view.run))
        self.set_class(not has_series, "-none")
        if has_series:
            self._pace.due()
            self._chart()

    def lines(self, view: RunOverview) -> list[Line]:
        """What deserves a look, and a table of the series; or that there are none."""
        series = machine_in_order(view.run)
        if not series:
            said = unknown(view.run.source, "the machine that this run was on", *_NONE)
            return [Line.of(sentence, "dim") for sentence in said]
        lines = [_concern(concern) for concern in view.concerns if is_system(concern.metric or "")]
        head, *rows = self._numbers(view)
        lines.append(Line.of(head, "dim", hang=None))
        for (name, _), row in zip(series, rows, strict=True):
            lines.append(Line(((row, ""), (_GAP, ""), (self._sparks.get(name, ""), "dim")), MetricTarget(name), None))
        return lines

    def _numbers(self, view: RunOverview) -> list[str]:
        rows = [
            (
                label(name),
                *(reading(view.run.source, name, value) for value in (stats.last, stats.min, stats.max, stats.mean)),
            )
            for name, stats in machine_in_order(view.run)
        ]
        return table([_HEADS, *rows], right=frozenset({1, 2, 3, 4}))

    def _start(self) -> Callable[[], None] | None:
        return None if self._view is None else partial(self._load, self._view)

    def _load(self, view: RunOverview) -> None:
        from trackside.charts.sparkline import sparkline

        taken = max(map(len, self._numbers(view))) + len(_GAP)
        width = min(max(self.screen.size.width - taken - 3, _NARROWEST), _WIDEST)
        names = [name for name, _ in machine_in_order(view.run)]
        series = {name: self.context.store.series(self.run_id, name).value for name in names}
        sparks = {
            name: sparkline(values, width, bounds=bounds(view.run.source, name)) for name, values in series.items()
        }
        self.call_later(self._arrived, sparks)

    def _arrived(self, sparks: dict[str, str]) -> None:
        self._sparks = sparks
        if self._view is not None:
            self.sheet.show(self.lines(self._view))

    @on(Lines.Moved)
    def _chart(self) -> None:
        """Draw the series under the cursor, unless it is drawn as it stands."""
        metric = self.metric
        if self._view is None or metric is None:
            return
        wanted = (metric, self._view.run.metrics[metric].count)
        if wanted != self._charted or has_failed(self._reading):
            self._charted = wanted
            self._reading = self._read(wanted)

    @work(thread=True, exclusive=True, group="chart", exit_on_error=False)
    def _read(self, wanted: tuple[str, int]) -> None:
        metric, _ = wanted
        self.call_later(self._drawn, wanted, curves(self.context.store, [self.run_id], metric, usual_axis(metric)))

    def _drawn(self, wanted: tuple[str, int], loaded: list[Curve]) -> None:
        if self._view is None or wanted != self._charted:
            return
        metric, _ = wanted
        stats, source = self._view.run.metrics[metric], self._view.run.source
        title = (
            f"{label(metric)}: mean {reading(source, metric, stats.mean)}, peak {reading(source, metric, stats.max)}"
        )
        options = chart_options(usual_axis(metric)).but(y_range=bounds(source, metric) or (None, None))
        self.query_one(Chart).plot(loaded, options, title=title)


def _concern(concern: Concern) -> Line:
    return Line((("! ", "bad"), (concern.sentence, "")), MetricTarget(concern.metric or "", concern.step), 2)
