"""System: what the machine did while the run ran, where that was recorded."""

from trackside.services import cells
from trackside.services.overview import RunOverview
from trackside.tui.tabs.overview import MetricTarget
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line, table

_FAMILY = "system/"


class SystemTab(LinesTab):
    """The series of the family `system/`; enter opens the chart of one."""

    label = "System"

    def lines(self, view: RunOverview) -> list[Line]:
        """A table of the series, or that there are none."""
        series = [(name, stats) for name, stats in view.run.metrics.items() if name.startswith(_FAMILY)]
        if not series:
            return [Line.of("No system metrics were recorded for this run.", "dim")]
        rows = [(name, *map(cells.number, (stats.last, stats.min, stats.max, stats.mean))) for name, stats in series]
        head, *texts = table([("series", "last", "min", "max", "mean"), *rows], right=frozenset({1, 2, 3, 4}))
        targets = [MetricTarget(name) for name, _ in series]
        shown = [Line.of(text, target=target, hang=None) for target, text in zip(targets, texts, strict=True)]
        return [Line.of(head, "dim", hang=None), *shown]
