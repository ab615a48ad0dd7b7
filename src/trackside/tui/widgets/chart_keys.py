"""What the keys of a chart do: each looks at the same curves in another way, or asks its owner for what it cannot know.

The arithmetic is in `charts.view`, which is loaded with the first picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar, TypeAlias

from textual.binding import BindingType
from textual.message import Message

from trackside.charts.spec import ChartOptions, ChartSpec, Curve, Plot
from trackside.tui.keys.actions import bindings
from trackside.tui.messages import Told
from trackside.tui.widgets.drawn import Drawn

Change: TypeAlias = Callable[[ModuleType, ChartOptions, Plot], ChartOptions]

_PAN = 0.25
"""The part of what is seen by which a pan moves."""
_NOTHING = "there is no curve here yet"
_NO_POINT = "no further point is in sight"
_ALL_SEEN = "all of it is in sight"
_NO_MARK = "no mark there: notes, resumes, gaps, and values that are NaN or infinite are marked"


class ChartKeys(Drawn[ChartSpec]):
    """A widget with curves, options and a picture, which is drawn again when the options are others."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart")]

    @dataclass
    class Looked(Message):
        """The curves are looked at in another way."""

        chart: "ChartKeys"

    @dataclass
    class RangesWanted(Message):
        """The person wants to type ranges."""

        chart: "ChartKeys"

    @dataclass
    class AxisWanted(Message):
        """The person wants another x axis, which takes other points: the owner has them."""

        chart: "ChartKeys"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._curves: tuple[Curve, ...] = ()
        self._options = ChartOptions()

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that it was given."""
        return self._curves

    @property
    def options(self) -> ChartOptions:
        """How the curves are looked at now."""
        return self._options

    def look(self, options: ChartOptions) -> None:
        """Look at the curves in another way."""
        if options != self._options:
            self._options = options
            self.redraw()
            self.post_message(self.Looked(self))

    def move(self, lines: int) -> None:
        """Choose another curve."""
        self.look_by(lambda view, options, _: view.chosen(options, self._curves, lines), "there is no other curve")

    def sideways(self, steps: int) -> None:
        """The crosshair by so many points."""
        self.look_by(lambda view, options, plot: view.crossed(options, plot, self._curves, steps), _NO_POINT)

    def page(self, pages: float) -> None:
        """The crosshair by a tenth of what is seen for half a page."""
        self.look_by(
            lambda view, options, plot: view.crossed(options, plot, self._curves, round(pages * plot.columns / 5)),
            _NO_POINT,
        )

    def to_edge(self, end: bool) -> None:
        """The crosshair on the first or the last point that is seen."""
        edge = 1 if end else -1
        self.look_by(lambda view, options, plot: view.to_edge(options, plot, self._curves, edge), _NO_POINT)

    def go_to(self, x: float) -> None:
        """The crosshair at a place on the x axis."""
        self.look_by(lambda view, options, plot: view.at(options, plot, self._curves, x))

    def action_crosshair_left(self) -> None:
        """The crosshair one point to the left."""
        self.sideways(-1)

    def action_crosshair_right(self) -> None:
        """The crosshair one point to the right."""
        self.sideways(1)

    def action_pan_left(self) -> None:
        """What lies left."""
        self.look_by(
            lambda view, options, plot: view.panned(options, plot, self._curves, -_PAN), "nothing lies further left"
        )

    def action_pan_right(self) -> None:
        """What lies right."""
        self.look_by(
            lambda view, options, plot: view.panned(options, plot, self._curves, _PAN), "nothing lies further right"
        )

    def action_zoom_in(self) -> None:
        """Closer, about the crosshair."""
        self.look_by(lambda view, options, plot: view.zoomed(options, plot, self._curves, 1), "it gets no closer")

    def action_zoom_out(self) -> None:
        """Further away."""
        self.look_by(lambda view, options, plot: view.zoomed(options, plot, self._curves, -1), _ALL_SEEN)

    def action_reset_zoom(self) -> None:
        """All of the curves."""
        self.look_by(lambda view, options, _: view.reset(options), _ALL_SEEN)

    def action_next_mark(self) -> None:
        """The crosshair on the next mark."""
        self.look_by(lambda view, options, plot: view.at_mark(options, plot, self._curves, 1), _NO_MARK)

    def action_previous_mark(self) -> None:
        """The crosshair on the mark before."""
        self.look_by(lambda view, options, plot: view.at_mark(options, plot, self._curves, -1), _NO_MARK)

    def action_next_curve(self) -> None:
        """Choose the next curve."""
        self.move(1)

    def action_previous_curve(self) -> None:
        """Choose the curve before."""
        self.move(-1)

    def action_smoothing(self) -> None:
        """Smooth more; after the most not at all."""
        self.look_by(lambda view, options, _: view.smoother(options))

    def action_log_x(self) -> None:
        """The x axis logarithmic, or linear again."""
        from trackside.charts import view

        self.look_where_seen(view.logarithmic_x(self._options))

    def action_log_y(self) -> None:
        """The y axis logarithmic, or linear again."""
        from trackside.charts import view

        self.look_where_seen(view.logarithmic_y(self._options))

    def action_hide_curve(self) -> None:
        """Hide the chosen curve, or show it again."""
        if (chosen := self._chosen()) is not None:
            self.look(self._options.but(chosen=chosen, hidden=self._options.hidden ^ {chosen}, solo=None))

    def action_solo_curve(self) -> None:
        """Show the chosen curve alone, or all of them again."""
        if (chosen := self._chosen()) is not None:
            self.look(self._options.but(chosen=chosen, solo=None if self._options.solo == chosen else chosen))

    def action_lift_curve(self) -> None:
        """Draw the chosen curve over the others, or where it was again."""
        if (chosen := self._chosen()) is not None:
            self.look(self._options.but(chosen=chosen, lifted=None if self._options.lifted == chosen else chosen))

    def action_type_ranges(self) -> None:
        """Ask whoever shows this chart for a line to type ranges on."""
        self.post_message(self.RangesWanted(self))

    def action_x_axis(self) -> None:
        """Ask whoever shows this chart for another x axis."""
        self.post_message(self.AxisWanted(self))

    def _chosen(self) -> str | None:
        """The chosen curve, or the only one; without one it is said how one is chosen."""
        ids = [curve.id for curve in self._curves]
        if self._options.chosen in ids:
            return self._options.chosen
        if len(ids) != 1:
            self.post_message(Told("choose a curve first: j and k do" if ids else _NOTHING))
        return ids[0] if len(ids) == 1 else None

    def look_by(self, change: Change, otherwise: str = "") -> None:
        """Look at the curves as `change` says, which is given `charts.view`, the options, and where the canvas lies.

        Where it changes nothing, `otherwise` is said.
        """
        if self._picture is None or self._picture.plot is None:
            self.post_message(Told(_NOTHING))
            return
        from trackside.charts import view

        before = self._options
        self.look_where_seen(change(view, before, view.current(self._picture.plot, before)))
        if otherwise and self._options == before:
            self.post_message(Told(otherwise))

    def look_where_seen(self, options: ChartOptions) -> None:
        """Look at the curves in another way, with the crosshair where it can be seen."""
        from trackside.charts import view

        self.look(view.in_view(options, self._curves))
