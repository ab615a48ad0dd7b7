"""What the keys of the wall do to the charts on it: the one under the cursor is looked at in another way.

The others follow where the way is common to all. Keys that need to know the wall's charts are the wall's own.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from trackside.tui.keys.actions import WALL, bindings
from trackside.tui.looks import Looks
from trackside.tui.messages import Told
from trackside.tui.tabs.tab import Tab
from trackside.tui.widgets.chart import Chart
from trackside.tui.widgets.prompt import Prompt


class WallKeys(Tab):
    """A tab with charts of which one is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WALL)]

    looks: Looks

    @abstractmethod
    def look(self, change: Callable[[Chart], None]) -> None:
        """Change the chart under the cursor, and let the others follow."""

    @abstractmethod
    def look_again(self) -> None:
        """Look at every chart on the screen as it is to be looked at now."""

    def action_zoom_in(self) -> None:
        """Closer, about the middle."""
        self.look(Chart.action_zoom_in)

    def action_zoom_out(self) -> None:
        """Further away."""
        self.look(Chart.action_zoom_out)

    def action_pan_left(self) -> None:
        """What lies left."""
        self.look(Chart.action_pan_left)

    def action_pan_right(self) -> None:
        """What lies right."""
        self.look(Chart.action_pan_right)

    def action_reset_zoom(self) -> None:
        """All of the curves."""
        self.look(Chart.action_reset_zoom)

    def action_log_x(self) -> None:
        """The x axis logarithmic, or linear again."""
        self.look(Chart.action_log_x)

    def action_log_y(self) -> None:
        """The y axis logarithmic, or linear again."""
        self.look(Chart.action_log_y)

    def action_smoothing(self) -> None:
        """Smooth all charts more; after the most not at all."""
        self.look(Chart.action_smoothing)

    def action_type_ranges(self) -> None:
        """Ask for ranges."""
        from trackside.charts import view
        from trackside.charts.spec import ChartOptions

        def typed(text: str | None) -> None:
            if text is not None and text.strip():
                self.look(lambda chart: chart.look(view.typed(chart.options, text)))

        says = "x=0:5k y=2.5:13   an end left out follows the data; y=all: no clipping"
        self.app.push_screen(Prompt("ranges", says=says, check=lambda text: view.typed(ChartOptions(), text)), typed)

    def action_one_zoom(self) -> None:
        """Zoom all charts as one, or each by itself again."""
        self.looks.one_zoom = not self.looks.one_zoom
        self.look_again()
        self.post_message(
            Told("one zoom for all charts" if self.looks.one_zoom else "each chart has its own zoom again")
        )
