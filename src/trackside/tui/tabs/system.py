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
        series = [(name, summary) for name, summary in view.run.metrics.items() if name.startswith(_FAMILY)]
        if not series:
            return [Line.of("No system metrics were recorded for this run.", "dim")]
        numbers = [
            (name, *map(cells.number, (summary.last, summary.min, summary.max, summary.mean))) for name, summary in series
        ]
        head, *rows = table([("series", "last", "min", "max", "mean"), *numbers], right=frozenset({1, 2, 3, 4}))
        shown = [Line.of(row, target=MetricTarget(name), hang=None) for (name, _), row in zip(series, rows, strict=True)]
        return [Line.of(head, "dim", hang=None), *shown]
