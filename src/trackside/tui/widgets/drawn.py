"""A picture on the screen: it is drawn in a thread, and the last one stays until the next is done.

All pictures of the app share one thread; of several asked for meanwhile only the newest is drawn. What takes numpy and
plotext is loaded with the first picture, not with this module: the app's first screen has one on it.
"""

import asyncio
from abc import abstractmethod
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import Generic, TypeVar

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual import work
from textual.geometry import Region
from textual.strip import Strip
from textual.worker import Worker, WorkerState

from trackside.charts.colours import DARK, LIGHT
from trackside.charts.spec import Charset, Picture
from trackside.tui.colours.theming import curve_colours, one_of_sixteen
from trackside.tui.colours.tones import Toned
from trackside.tui.terminal import inert, is_plain

CHARSET: Charset = "ascii" if is_plain() else "braille"

_DRAWING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")
_KEPT_PICTURES = 8

Spec = TypeVar("Spec")


class Drawn(Toned, Generic[Spec]):
    """A widget that shows the picture of a spec. Subclasses say what is to be drawn, and draw it."""

    DEFAULT_CSS = "Drawn { height: 1fr; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._picture: Picture | None = None
        self._kept: OrderedDict[Spec, Picture] = OrderedDict()
        self._asked: Spec | None = None
        self._wanted: Spec | None = None
        self._drawing = False

    @property
    def picture(self) -> Picture | None:
        """What is on the screen; None before the first picture is done."""
        return self._picture

    @abstractmethod
    def spec(self) -> Spec:
        """What is to be drawn now, for the cells and in the colours that there are. Equal ones have equal pictures."""

    @abstractmethod
    def paint(self, spec: Spec) -> Picture:
        """Draw it. This runs in the drawing thread, one picture at a time."""

    def on_resize(self) -> None:
        """Draw for the cells that there are now."""
        self.redraw()

    def theme_changed(self) -> None:
        """Draw again in its colours."""
        super().theme_changed()
        self.redraw()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A chart that cannot be drawn says so; the last picture stays."""
        if event.state is WorkerState.ERROR:
            self.notify(inert(f"The chart cannot be drawn: {event.worker.error}"), severity="error", markup=False)

    def render_line(self, y: int) -> Strip:
        """One row of the last picture."""
        width = self.size.width
        ground = self.rich_style
        if self._picture is None or y >= len(self._picture.rows):
            return Strip.blank(width, ground)
        row = self._picture.rows[y]
        segments = [RichSegment(segment.text, ground + self._style(segment.style)) for segment in row]
        return Strip(segments).simplify().adjust_cell_length(width, ground)

    def redraw(self, *, anew: bool = False) -> None:
        """Ask for the picture of what is to be drawn now, unless there is one; with `anew` those kept are forgotten."""
        if anew:
            self._kept.clear()
        if not self.is_attached or not self.size.width or not self.size.height:
            return
        spec = self._asked = self.spec()
        if spec in self._kept:
            self._wanted = None
            self._show(spec, self._kept[spec])
            return
        self._wanted = spec
        if not self._drawing:
            self._drawing = True
            self._draw_what_is_wanted()

    def clear(self) -> None:
        """Show nothing, whatever is being drawn."""
        self._asked = self._wanted = self._picture = None
        self.refresh()

    @property
    def palette(self) -> tuple[str, ...]:
        """The colours of curves in this theme; none where the terminal has none."""
        if self.app.no_color:
            return ()
        usual = DARK if self.app.current_theme.dark else LIGHT
        return curve_colours(self.app.theme_variables) or usual

    @property
    def ground(self) -> str:
        """The colour of the background."""
        red, green, blue = self.background_colors[1].rgb
        return f"#{red:02x}{green:02x}{blue:02x}"

    @work(group="chart", exit_on_error=False)
    async def _draw_what_is_wanted(self) -> None:
        try:
            while (spec := self._wanted) is not None:
                self._wanted = None
                picture = await asyncio.get_running_loop().run_in_executor(_DRAWING, self.paint, spec)
                self._arrived(spec, picture)
        finally:
            self._drawing = False

    def _arrived(self, spec: Spec, picture: Picture) -> None:
        """Show it, unless a kept one was shown since it was asked for, or nothing."""
        if self._wanted is not None or spec == self._asked:
            self._show(spec, picture)

    def _show(self, spec: Spec, picture: Picture) -> None:
        if self._wanted is None:
            self._kept[spec] = picture
            self._kept.move_to_end(spec)
            while len(self._kept) > _KEPT_PICTURES:
                self._kept.popitem(last=False)
        changed = _changed_rows(self._picture, picture)
        self._picture = picture
        if changed:
            self.refresh(*(Region(0, row, self.size.width, 1) for row in changed))

    def _style(self, name: str) -> Style:
        if name.startswith("#"):
            return Style(color=one_of_sixteen(name)) if self.app.native_ansi_color else Style.parse(name)
        return self.tones[name]


def _changed_rows(before: Picture | None, after: Picture) -> list[int]:
    """Only these are sent to the terminal. Rows that one of both has and the other has not are among them."""
    rows = zip_longest(() if before is None else before.rows, after.rows)
    return [number for number, (was, now) in enumerate(rows) if was != now]
