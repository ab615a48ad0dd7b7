"""A scatter plot on the screen: while it has the focus, keys walk from run to run and turn its axes logarithmic.

It knows no store: whoever owns it brings the points.
"""

from typing import ClassVar

from msgspec.structs import replace
from textual.binding import BindingType

from trackside.charts.parallel.spec import Axis
from trackside.charts.scatter.spec import Along, Point, ScatterSpec, rescaled, walked
from trackside.charts.spec import Picture
from trackside.tui.keys.actions import SCATTER, bindings
from trackside.tui.messages import Told
from trackside.tui.widgets.drawn import CHARSET, Drawn


class Scatter(Drawn[ScatterSpec], can_focus=True):
    """A point for each run. Keys of the context `scatter` work while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SCATTER)]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._looked_at = ScatterSpec()
        self._turned: dict[str, bool] = {}

    @property
    def chosen(self) -> str | None:
        """The run that was walked to."""
        return self._looked_at.chosen

    def show(
        self, points: tuple[Point, ...], sides: tuple[tuple[str, str], ...], x: Axis | None, y: Axis | None
    ) -> None:
        """Show these. The chosen run stays so while it is among them, and an axis keeps the scale it was given."""
        kept = self.chosen if any(point.id == self.chosen for point in points) else None
        x, y = self._scaled(x), self._scaled(y)
        self._looked_at = replace(self._looked_at, points=points, sides=sides, x=x, y=y, chosen=kept)
        self.redraw(anew=True)

    def spec(self) -> ScatterSpec:
        """The points, as they are looked at now."""
        return replace(
            self._looked_at, width=self.size.width, height=self.size.height, palette=self.palette, charset=CHARSET
        )

    def paint(self, spec: ScatterSpec) -> Picture:
        """Draw them; numpy is loaded with the first picture."""
        from trackside.charts.scatter.draw import draw

        return draw(spec)

    def action_previous_run(self) -> None:
        """The next run to the left."""
        self._walk("x", -1, "no run lies further left")

    def action_next_run(self) -> None:
        """The next run to the right."""
        self._walk("x", 1, "no run lies further right")

    def action_run_below(self) -> None:
        """The next run below."""
        self._walk("y", -1, "no run lies further down")

    def action_run_above(self) -> None:
        """The next run above."""
        self._walk("y", 1, "no run lies further up")

    def action_log_x(self) -> None:
        """A logarithmic x axis instead of a linear one, or the other way."""
        self._turn(self._looked_at.x)

    def action_log_y(self) -> None:
        """A logarithmic y axis instead of a linear one, or the other way."""
        self._turn(self._looked_at.y)

    def _walk(self, along: Along, by: int, otherwise: str) -> None:
        before, self._looked_at = self._looked_at, walked(self._looked_at, along, by)
        if self.chosen == before.chosen:
            self.post_message(Told(otherwise if self.chosen is not None else "no run has a value on both axes"))
        self.redraw()

    def _turn(self, axis: Axis | None) -> None:
        """What has no other scale stays as it is, and why is said."""
        if axis is None:
            self.post_message(Told("there is no axis here"))
            return
        if rescaled(axis).kind == axis.kind:
            why = "has values that are words" if axis.kind == "category" else "has values that are not above 0"
            self.post_message(Told(f"{axis.key} {why}: it has no logarithmic scale"))
            return
        self._turned[axis.key] = rescaled(axis).kind == "log"
        self._looked_at = replace(self._looked_at, x=self._scaled(self._looked_at.x), y=self._scaled(self._looked_at.y))
        self.redraw()

    def _scaled(self, axis: Axis | None) -> Axis | None:
        wanted = None if axis is None else self._turned.get(axis.key)
        if axis is None or wanted is None or wanted == (axis.kind == "log"):
            return axis
        return rescaled(axis)
