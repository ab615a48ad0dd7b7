"""System: what the machine did while the run ran, each series as numbers and as a small curve."""

from textual import work

from trackside.services.machine import bounds, label, machine_in_order, reading
from trackside.services.overview import RunOverview
from trackside.services.systems import unknown
from trackside.tui.context import Context
from trackside.tui.tabs.tab import OverviewLinesTab
from trackside.tui.targets import MetricTarget
from trackside.tui.widgets.lines import Line, table

_NARROWEST, _WIDEST = 8, 60
_HEADS = ("series", "last", "min", "max", "mean")
_GAP = "   "
_NONE = ("No system metrics were recorded for this run.", "They are sampled after a second, then every 15 s.")


class SystemTab(OverviewLinesTab):
    """The series of the machine; enter opens the chart of one."""

    label = "System"

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._sparks: dict[str, str] = {}

    def show(self, view: RunOverview) -> None:
        """Show the numbers at once, and the curves when they are read."""
        super().show(view)
        if names := tuple(name for name, _ in machine_in_order(view.run)):
            self._load(view, names)

    def lines(self, view: RunOverview) -> list[Line]:
        """A table of the series, or that there are none."""
        series = machine_in_order(view.run)
        if not series:
            said = unknown(view.run.source, "the machine that this run was on", *_NONE)
            return [Line.of(sentence, "dim") for sentence in said]
        head, *rows = self._numbers(view)
        lines = [Line.of(head, "dim", hang=None)]
        for (name, _), row in zip(series, rows, strict=True):
            lines.append(Line(((row, ""), (_GAP, ""), (self._sparks.get(name, ""), "link")), MetricTarget(name), None))
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

    @work(thread=True, exclusive=True, group="sparks", exit_on_error=False)
    def _load(self, view: RunOverview, names: tuple[str, ...]) -> None:
        from trackside.charts.sparkline import sparkline

        taken = max(map(len, self._numbers(view))) + len(_GAP)
        width = min(max(self.screen.size.width - taken - 2, _NARROWEST), _WIDEST)
        series = {name: self.context.store.series(self.run_id, name).value for name in names}
        sparks = {
            name: sparkline(values, width, bounds=bounds(view.run.source, name)) for name, values in series.items()
        }
        self.call_later(self._arrived, view, sparks)

    def _arrived(self, view: RunOverview, sparks: dict[str, str]) -> None:
        self._sparks = sparks
        self.sheet.show(self.lines(view))
