"""A chart on the screen: it draws curves, live, and while it has the focus its keys move about in them.

Drawing happens in one thread, which all charts of the app share; the widget shows the last picture until the next is
done, and of several asked for meanwhile only the newest is drawn. It knows no store: whoever owns it brings the curves.
numpy and plotext are loaded with the first picture, not with this module: the app's first screen has a chart on it.
"""

import asyncio
import locale
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual import events, work
from textual.geometry import Region
from textual.strip import Strip
from textual.worker import Worker, WorkerState

from trackside.charts.colours import DARK, LIGHT
from trackside.charts.spec import Charset, ChartOptions, ChartSpec, Curve, Picture
from trackside.config.themes import themes
from trackside.tui.terminal import one_line
from trackside.tui.widgets.chart_keys import ChartKeys

if TYPE_CHECKING:
    from trackside.charts.picture import Painter
    from trackside.tui.context import Context

_DRAWING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")
_KEPT_PICTURES = 8
_CHARSET: Charset = "braille" if "utf" in locale.getencoding().lower() else "ascii"


class Chart(ChartKeys, can_focus=True):
    """Curves in their axes. Keys of the context `chart` work while it has the focus."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chart--muted", "chart--strong", "chart--mark"}
    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; }
    Chart > .chart--muted { color: $text-muted; }
    Chart > .chart--strong { text-style: bold; }
    Chart > .chart--mark { color: $text-accent; text-style: bold; }
    """

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
        self._kept: OrderedDict[ChartSpec, Picture] = OrderedDict()
        self._painter: Painter | None = None
        self._wanted: ChartSpec | None = None
        self._drawing = False

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
        self._kept.clear()
        self.redraw()

    def on_resize(self) -> None:
        """Draw for the cells that there are now."""
        self.redraw()

    def on_mount(self) -> None:
        """Draw again in other colours when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A chart that cannot be drawn says so; the last picture stays."""
        if event.state is WorkerState.ERROR:
            self.notify(f"The chart cannot be drawn: {event.worker.error}", severity="error", markup=False)

    def on_click(self, event: events.Click) -> None:
        """A click on the canvas puts the crosshair there."""
        if self.can_focus and self._picture is not None and self._picture.plot is not None:
            column = event.x - self.gutter.left - self._picture.plot.left
            self.look_by(lambda view, options, plot: view.at_column(options, plot, self._curves, column))

    def render_line(self, y: int) -> Strip:
        """One row of the last picture."""
        width = self.size.width
        background = self.rich_style
        if self._picture is None or y >= len(self._picture.rows):
            return Strip.blank(width, background)
        row = self._picture.rows[y]
        segments = [RichSegment(segment.text, self._style(segment.style)) for segment in row]
        return Strip(segments).simplify().adjust_cell_length(width, background)

    def redraw(self) -> None:
        """Ask for a picture of the curves as they are looked at now, unless there is one."""
        if not self.is_attached or not self.size.width or not self.size.height:
            return
        spec = self._spec()
        if spec in self._kept:
            self._wanted = None
            self._show(spec, self._kept[spec])
            return
        self._wanted = spec
        if not self._drawing:
            self._drawing = True
            self._draw_what_is_wanted()

    @work(group="chart", exit_on_error=False)
    async def _draw_what_is_wanted(self) -> None:
        try:
            while (spec := self._wanted) is not None:
                self._wanted = None
                picture = await asyncio.get_running_loop().run_in_executor(_DRAWING, self._draw, spec)
                self._show(spec, picture)
        finally:
            self._drawing = False

    def _draw(self, spec: ChartSpec) -> Picture:
        """Runs in the drawing thread, which alone uses the painter."""
        from trackside.charts.picture import Painter

        if self._painter is None:
            self._painter = Painter()
        return self._painter.draw(spec)

    def _show(self, spec: ChartSpec, picture: Picture) -> None:
        if spec.curves == self._curves:
            self._kept[spec] = picture
            self._kept.move_to_end(spec)
            while len(self._kept) > _KEPT_PICTURES:
                self._kept.popitem(last=False)
        changed = _changed_rows(self._picture, picture)
        self._picture = picture
        if changed:
            self.refresh(*(Region(0, row, self.size.width, 1) for row in changed))

    def _spec(self) -> ChartSpec:
        return ChartSpec(
            curves=self._curves,
            width=self.size.width,
            height=self.size.height,
            options=self._options,
            title=self._title,
            palette=self._palette(),
            ground=self.background_colors[1].hex6.lower(),
            charset=_CHARSET,
            nothing=self._nothing,
        )

    def _palette(self) -> tuple[str, ...]:
        if self.app.no_color:
            return ()
        return _curve_colours(self.app.theme, dark=self.app.current_theme.dark)

    def _style(self, name: str) -> Style:
        if name.startswith("#"):
            return self.rich_style + Style(color=name)
        return self.get_component_rich_style(f"chart--{name}") if name else self.rich_style


@cache
def _curve_colours(theme: str, *, dark: bool) -> tuple[str, ...]:
    """Those of the theme; an app with a theme of Textual's has trackside's own."""
    known = themes().get(theme)
    return tuple(known.curves) if known is not None else DARK if dark else LIGHT


def _changed_rows(before: Picture | None, after: Picture) -> list[int]:
    """Only these are sent to the terminal."""
    if before is None or len(before.rows) != len(after.rows):
        return list(range(len(after.rows)))
    return [number for number, row in enumerate(after.rows) if row != before.rows[number]]


def _inert(curve: Curve) -> Curve:
    marks = tuple(replace(mark, text=one_line(mark.text)) for mark in curve.marks)
    return replace(curve, label=one_line(curve.label), key=curve.id, marks=marks)
