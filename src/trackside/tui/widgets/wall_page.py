"""A page of charts: as many as fit and can be read, or as were asked for."""

from textual.containers import Grid
from textual.content import Content

from trackside.charts.spec import LEAST_PLACE
from trackside.tui.context import Context
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart import Chart

_GOOD_WIDTH, _GOOD_HEIGHT = 50, 12
_LEAST_WIDTH, _LEAST_HEIGHT = (cells + 2 for cells in LEAST_PLACE)
"""With the frame around a chart."""


class WallPage(Grid):
    """Charts in columns and rows; `selected` gives one of them a bright frame."""

    DEFAULT_CSS = """
    WallPage { grid-gutter: 0; height: 1fr; }
    WallPage > Chart { border: round $border-blurred; width: 1fr; height: 1fr; border-title-color: $text-muted; }
    WallPage > Chart.-selected { border: round $accent; border-title-color: $text; }
    WallPage > Chart.-spare { visibility: hidden; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.columns = 1
        self.rows = 1

    @property
    def charts(self) -> list[Chart]:
        """The places, row by row."""
        return list(self.query(Chart))

    @property
    def places(self) -> int:
        """How many there are."""
        return self.columns * self.rows

    async def fit(self, count: int, layout: tuple[int, int] | None) -> None:
        """Have places for `count` charts: as many columns and rows as `layout` says, or as look well, if they fit."""
        width, height = self.size
        good = max(1, round(width / _GOOD_WIDTH)), max(1, round(height / _GOOD_HEIGHT))
        across, down = layout or good
        count = max(count, 1)
        self.columns = max(1, min(count, across, width // _LEAST_WIDTH))
        self.rows = max(1, min(-(-count // self.columns), down, height // _LEAST_HEIGHT))
        self.styles.grid_size_columns = self.columns
        self.styles.grid_size_rows = self.rows
        charts = self.charts
        await self.mount_all(self._chart() for _ in range(self.places - len(charts)))
        for chart in charts[self.places :]:
            await chart.remove()

    def head(self, titles: list[str]) -> None:
        """Say above each chart what it is; those beyond the last title are not seen."""
        for number, chart in enumerate(self.charts):
            spare = number >= len(titles)
            chart.set_class(spare, "-spare")
            chart.border_title = "" if spare else Content(one_line(titles[number]))

    def select(self, number: int) -> None:
        """Give this one the bright frame."""
        for place, chart in enumerate(self.charts):
            chart.set_class(place == number, "-selected")

    def _chart(self) -> Chart:
        """It takes no keys: the wall's cursor is moved, not the chart's."""
        chart = Chart(self.context)
        chart.can_focus = False
        return chart
