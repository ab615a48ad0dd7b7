"""How the charts of a wall are looked at: each in its own way, and what all of them have in common.

Smoothing is the whole wall's; with `one_zoom` so is the part of the x axis that is seen. The wall and the full screen
share one of these, so that a chart that was zoomed is zoomed in both.
"""

from trackside.charts.spec import ChartOptions
from trackside.services.metrics.curves import chart_options


class Looks:
    """Options by the name of a chart and its x axis."""

    def __init__(self, smooth: float = 0.0) -> None:
        """`smooth` is how strongly curves are smoothed at first."""
        self.one_zoom = False
        self._of: dict[tuple[str, str], ChartOptions] = {}
        self._last: dict[str, ChartOptions] = {}
        self._smooth = smooth

    def of(self, chart: str, x: str) -> ChartOptions:
        """How this chart is looked at along this x axis."""
        options = self._of.get((chart, x), chart_options(x)).but(smooth=self._smooth)
        last = self._last.get(x)
        if self.one_zoom and last is not None:
            options = options.but(x_range=last.x_range, log_x=last.log_x)
        return options

    def keep(self, chart: str, options: ChartOptions) -> None:
        """A chart is looked at in this way now; where its crosshair is, is not kept."""
        x = options.x_label
        self._of[chart, x] = self._last[x] = options.but(crosshair=None)
        self._smooth = options.smooth
