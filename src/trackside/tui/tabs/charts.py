"""Charts: a wall of all metrics of the run, training and validation of one metric in one chart.

Only the charts on screen exist as widgets; moving past the edge gives them other metrics to draw.
"""

import re

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from trackside.charts.spec import Curve
from trackside.services.curves import chart_options, curves
from trackside.services.overview import RunOverview
from trackside.services.wall import WallChart, narrowed, usual_axis, wall
from trackside.tui.context import Context
from trackside.tui.tabs.tab import Tab
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart import Chart

_GOOD_WIDTH, _GOOD_HEIGHT = 50, 12
_LEAST_WIDTH, _LEAST_HEIGHT = 32, 10


class ChartsTab(Tab):
    """The wall. The chart under the cursor has a bright frame; the arrows move it, `z` and enter open it."""

    label = "Charts"
    finds = "filter"
    can_focus = True
    DEFAULT_CSS = """
    ChartsTab > Grid { grid-gutter: 0; height: 1fr; }
    ChartsTab > Static { height: 1; color: $text-muted; padding: 0 1; }
    ChartsTab Chart { border: round $surface; width: 1fr; height: 1fr; border-title-color: $text-muted; }
    ChartsTab Chart.-selected { border: round $accent; border-title-color: $text; }
    ChartsTab Chart.-spare { visibility: hidden; }
    """

    class Opened(Message):
        """A chart of the wall was opened."""

        def __init__(self, metric: str) -> None:
            super().__init__()
            self.metric = metric

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._all: list[WallChart] = []
        self._shown: list[WallChart] = []
        self._pattern = ""
        self._cursor = 0
        self._first_row = 0
        self._columns = 1
        self._rows = 1

    def compose(self) -> ComposeResult:
        """The grid, and one line under it that says where in the wall this is."""
        yield Grid()
        yield Static(markup=False)

    @property
    def selected(self) -> WallChart | None:
        """The chart under the cursor."""
        return self._shown[self._cursor] if self._shown else None

    def show(self, view: RunOverview) -> None:
        """Take in metrics that are new, and draw what is on screen again."""
        self._all = wall(view.run.metrics, view.run.primary)
        self._narrow()

    def find(self, text: str) -> str:
        """Narrow the wall to the charts with a metric in which the regular expression is found."""
        try:
            narrowed(self._all, text)
        except re.error as error:
            return f"not a regular expression: {error}"
        self._pattern = text
        self._cursor = self._first_row = 0
        self._narrow()
        return f"{len(self._shown):,} of {len(self._all):,} charts"

    def to_match(self, direction: int) -> None:
        """Go to the next or previous chart."""
        self._put_cursor(self._cursor + direction)

    def move(self, lines: int) -> None:
        """Move by rows of charts."""
        self._put_cursor(self._cursor + lines * self._columns)

    def page(self, pages: float) -> None:
        """Move by whole screens of charts."""
        self.move(round(pages * self._rows) or (1 if pages > 0 else -1))

    def to_edge(self, end: bool) -> None:
        """Go to the first or the last chart."""
        self._put_cursor(len(self._shown) - 1 if end else 0)

    def sideways(self, steps: int) -> None:
        """Move by charts."""
        self._put_cursor(self._cursor + steps)

    def open(self) -> None:
        """Open the chart under the cursor."""
        if self.metric is not None:
            self.post_message(self.Opened(self.metric))

    @property
    def metric(self) -> str | None:
        """The first metric of the chart under the cursor."""
        return self.selected.metrics[0] if self.selected else None

    async def on_resize(self) -> None:
        """As many charts as fit and can be read."""
        await self._fit()
        self._put_cursor(self._cursor, redraw=True)

    def on_click(self, event: events.Click) -> None:
        """A click selects a chart."""
        charts = list(self.query(Chart))
        if event.widget in charts:
            self._put_cursor(self._first_row * self._columns + charts.index(event.widget))

    async def _fit(self) -> None:
        """Have as many widgets as charts can be read at once, and no more than there are charts."""
        width, height = self.size.width, self.size.height - 1
        count = len(self._shown) or 1
        self._columns = min(count, max(1, min(round(width / _GOOD_WIDTH), width // _LEAST_WIDTH)))
        self._rows = min(-(-count // self._columns), max(1, min(round(height / _GOOD_HEIGHT), height // _LEAST_HEIGHT)))
        grid = self.query_one(Grid)
        grid.styles.grid_size_columns = self._columns
        grid.styles.grid_size_rows = self._rows
        charts = list(grid.query(Chart))
        wanted = self._columns * self._rows
        await grid.mount_all(_still(Chart(self.context)) for _ in range(wanted - len(charts)))
        for chart in charts[wanted:]:
            await chart.remove()

    def _narrow(self) -> None:
        self._shown = narrowed(self._all, self._pattern)
        self.call_later(self.on_resize)

    def _put_cursor(self, number: int, *, redraw: bool = False) -> None:
        before = self._first_row
        self._cursor = min(max(0, number), max(0, len(self._shown) - 1))
        row = self._cursor // self._columns
        last_first = max(0, -(-len(self._shown) // self._columns) - self._rows)
        self._first_row = min(max(row - self._rows + 1, min(self._first_row, row)), last_first)
        if redraw or self._first_row != before:
            self._draw()
        else:
            self._mark()

    def _on_screen(self) -> list[WallChart]:
        first = self._first_row * self._columns
        return self._shown[first : first + self._columns * self._rows]

    def _draw(self) -> None:
        """Give each widget its metric, and load the curves of those on screen."""
        visible = self._on_screen()
        for number, chart in enumerate(self.query(Chart)):
            shown = visible[number] if number < len(visible) else None
            chart.set_class(shown is None, "-spare")
            chart.border_title = Content(one_line(shown.title)) if shown else ""
        self._mark()
        if visible:
            self._load(tuple(visible))

    def _mark(self) -> None:
        first = self._first_row * self._columns
        for number, chart in enumerate(self.query(Chart)):
            chart.set_class(first + number == self._cursor, "-selected")
        self.query_one(Static).update(self._place())

    def _place(self) -> str:
        if not self._shown and not self._pattern:
            return "No metric has been logged yet."
        if not self._shown:
            return f"No metric matches {self._pattern}; escape shows all others."
        narrowed_to = f" matching {self._pattern}" if self._pattern else ""
        metrics = ", ".join(self.selected.metrics) if self.selected else ""
        return f"{self._cursor + 1:,} of {len(self._shown):,}{narrowed_to}: {one_line(metrics)}"

    @work(thread=True, exclusive=True, group="wall", exit_on_error=False)
    def _load(self, charts: tuple[WallChart, ...]) -> None:
        worker = get_current_worker()
        for number, chart in enumerate(charts):
            x = usual_axis(chart.metrics[0])
            loaded = curves(self.context.store, [self.run_id], chart.metrics, x)
            if worker.is_cancelled:
                return
            self.call_later(self._arrived, number, chart, loaded, x)

    def _arrived(self, number: int, chart: WallChart, loaded: list[Curve], x: str) -> None:
        visible = self._on_screen()
        widgets = list(self.query(Chart))
        if number < min(len(visible), len(widgets)) and visible[number] == chart:
            widgets[number].plot(loaded, chart_options(x))


def _still(chart: Chart) -> Chart:
    """A chart of the wall takes no keys: the wall's cursor is moved, not the chart's."""
    chart.can_focus = False
    return chart
