"""A chart on the screen: it draws curves, live, and while it has the focus its keys move about in them.

It knows no store: whoever owns it brings the curves.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import events, work
from textual.worker import get_current_worker

from trackside.charts.spec import Bound, ChartOptions, ChartSpec, Curve, Picture
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart_keys import ChartKeys
from trackside.tui.widgets.drawn import CHARSET

if TYPE_CHECKING:
    from trackside.charts.picture import Painter
    from trackside.tui.context import Context


class Chart(ChartKeys, can_focus=True):
    """Curves in their axes. Keys of the context `chart` work while it has the focus."""

    def __init__(
        self,
        context: "Context | None" = None,
        *,
        title: str = "",
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.context = context
        self._title = one_line(title)
        self._nothing = ""
        self._painter: Painter | None = None
        self._close_up: tuple[Bound, Bound] | None = None

    def plot(
        self,
        curves: Sequence[Curve],
        options: ChartOptions | None = None,
        *,
        title: str | None = None,
        nothing: str = "no point yet",
    ) -> None:
        """Show these curves, or say `nothing` where there are none. Without options they are looked at as before."""
        self._curves = tuple(_inert(curve) for curve in curves)
        self._options = self._options if options is None else options
        self._title = self._title if title is None else one_line(title)
        self._nothing = one_line(nothing)
        self._close_up = None
        self.redraw(anew=True)

    def redraw(self, *, anew: bool = False) -> None:
        """Ask for the picture; where outlines have too few points for it, for more of them too."""
        super().redraw(anew=anew)
        wanted = self._options.close_up
        if wanted is None or wanted == self._close_up or not any(curve.closer for curve in self._curves):
            return
        self._close_up = wanted
        self._go_closer(self._curves, wanted)

    @work(thread=True, exclusive=True, group="points", exit_on_error=False)
    def _go_closer(self, curves: tuple[Curve, ...], wanted: tuple[Bound, Bound]) -> None:
        worker = get_current_worker()
        closer = tuple(curve if curve.closer is None else _inert(curve.closer(*wanted)) for curve in curves)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._came_closer, curves, closer)

    def _came_closer(self, outlines: tuple[Curve, ...], closer: tuple[Curve, ...]) -> None:
        if self._curves is outlines:
            self._curves = closer
            self.redraw(anew=True)

    def on_click(self, event: events.Click) -> None:
        """A click on the canvas puts the crosshair there."""
        if self.can_focus and self._picture is not None and self._picture.plot is not None:
            column = event.x - self.gutter.left - self._picture.plot.left
            self.look_by(lambda view, options, plot: view.at_column(options, plot, self._curves, column))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel zooms in."""
        self._zoom(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """And out."""
        self._zoom(event, -1)

    def _zoom(self, event: events.MouseEvent, times: int) -> None:
        """Only where the keys of a chart work too; elsewhere the wheel is for what it stands in."""
        if self.can_focus:
            event.stop()
            self.look_by(lambda view, options, plot: view.zoomed(options, plot, self._curves, times))

    def spec(self) -> ChartSpec:
        """The curves, as they are looked at now."""
        return ChartSpec(
            curves=self._curves,
            width=self.size.width,
            height=self.size.height,
            options=self._options,
            title=self._title,
            palette=self.palette,
            ground=self.ground,
            charset=CHARSET,
            nothing=self._nothing,
        )

    def paint(self, spec: ChartSpec) -> Picture:
        """Draw them; the painter is used by the drawing thread alone."""
        from trackside.charts.picture import Painter

        if self._painter is None:
            self._painter = Painter()
        return self._painter.draw(spec)


def _inert(curve: Curve) -> Curve:
    marks = tuple(replace(mark, text=one_line(mark.text)) for mark in curve.marks)
    return replace(curve, label=one_line(curve.label), key=curve.id, marks=marks)
