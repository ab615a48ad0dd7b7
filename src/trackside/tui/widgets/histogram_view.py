"""Histograms on the screen: a strip over steps with a cursor on one of its columns, or the bars of the only one.

It knows no file: whoever owns it brings the histograms.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.style import Style
from textual.message import Message

from trackside.charts.spec import Picture
from trackside.tui.widgets.drawn import CHARSET, Drawn
from trackside.tui.widgets.image_view import of_pixels

if TYPE_CHECKING:
    from trackside.charts.histogram.spec import Columns, Histograms, HistogramSpec
    from trackside.model.histogram import LoggedHistogram


class HistogramView(Drawn["HistogramSpec"]):
    """Histograms; nothing where there are none. The cursor is at the last column until it is moved."""

    _histograms: "Histograms | None" = None
    _at: int | None = None
    """The first histogram of the cursor's column; None follows those that come."""

    class Moved(Message):
        """The cursor may be on other histograms."""

    def show(self, histograms: "Histograms | None") -> None:
        """Show these. Where they are those of before and more, the cursor stays at its step."""
        before, self._histograms = self._histograms, histograms
        if histograms is None:
            self.clear()
            return
        if before is None or before.logged[0] != histograms.logged[0]:
            self._at = None
        self.redraw()

    def redraw(self, *, anew: bool = False) -> None:
        """Draw what there is."""
        if self._histograms is not None and self.size.width:
            super().redraw(anew=anew)
            self.post_message(self.Moved())

    @property
    def under_cursor(self) -> "tuple[LoggedHistogram, ...]":
        """Those of the cursor's column; none where nothing is shown, or before there is room for it."""
        if self._histograms is None or not self.size.width:
            return ()
        across, column = self._place()
        return self._histograms.logged[across.inside(column)]

    def move(self, columns: int) -> None:
        """Move the cursor by so many columns."""
        across, column = self._place()
        column = min(max(column + columns, 0), across.count - 1)
        self._at = None if column == across.count - 1 else column * across.each
        self.redraw()

    def spec(self) -> "HistogramSpec":
        """The histograms, for the cells and in the colours that there are now."""
        return replace(self._bare(), column=self._place()[1])

    def paint(self, spec: "HistogramSpec") -> Picture:
        """Draw them."""
        from trackside.charts.histogram.draw import draw

        return draw(spec)

    def _bare(self) -> "HistogramSpec":
        from trackside.charts.histogram.spec import HistogramSpec

        assert self._histograms is not None
        palette = () if self.app.native_ansi_color else self.palette
        width, height = self.size
        return HistogramSpec(self._histograms, width, height, 0, palette[0] if palette else "", self.ground, CHARSET)

    def _place(self) -> "tuple[Columns, int]":
        """How the histograms share the columns, and the one that the cursor is on."""
        from trackside.charts.histogram.draw import parts

        across = parts(self._bare())
        return across, across.count - 1 if self._at is None else min(self._at // across.each, across.count - 1)

    def _style(self, name: str) -> Style:
        return of_pixels(name) if "on #" in name else super()._style(name)
