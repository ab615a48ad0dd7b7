"""Not flooding a slow link: one large repaint at a time is on its way, and only what changed is written."""

import asyncio
from typing import TYPE_CHECKING, Any

from textual import on
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition
from textual.geometry import Region

from trackside.tui.once import after
from trackside.tui.output.counting import Counting
from trackside.tui.output.painting import Shown, Written
from trackside.tui.terminal import in_browser

if TYPE_CHECKING:
    from textual.screen import Screen

LARGE_REPAINT = 4_096
"""Characters after which the terminal is asked whether it has kept up."""

PATIENCE_SECONDS = 2.0
"""For how long an answer is waited for: a terminal that never gives one still gets its frames."""

_ASK_POSITION = "\x1b[6n"
_TURNED, _AS_WRITTEN = "\x1b[8h", "\x1b[8l"
"""ECMA-48's mode 8: whether the terminal puts writing into its direction. Those that never do pass over it."""


class TerminalDriver(Counting, LinuxDriver):
    """Textual's driver of a terminal, which says so.

    While the app has the terminal, that turns no writing from right to left: it would take a whole line for one
    sentence, and columns beside a name in Hebrew would change places.
    """

    def start_application_mode(self) -> None:
        """Take the terminal."""
        super().start_application_mode()
        self.write(_AS_WRITTEN)

    def stop_application_mode(self) -> None:
        """Give it back."""
        self.write(_TURNED)
        super().stop_application_mode()


def _driver() -> type[Driver]:
    """What drives the screen: a terminal, or a browser."""
    if not in_browser():
        return TerminalDriver
    from trackside.tui.output.browser import BrowserDriver

    return BrowserDriver


class PacedApp(App[int]):
    """An app that keeps at most one unacknowledged large repaint on its way.

    After one it asks the terminal for the cursor's position, and paints on when it is told. What would have been
    painted meanwhile is left out; then those parts of the screen are painted as they are by that time, whichever
    screen has come to the front. So are the frames that Textual drops while it changes many widgets at once.
    """

    def __init__(self) -> None:
        super().__init__(driver_class=_driver())
        self._patience: asyncio.TimerHandle | None = None
        """Set while an answer is awaited."""
        self._missed: set[Region] = set()
        self._shown = Shown()

    def _display(self, screen: "Screen[Any]", renderable: Any) -> None:
        if renderable is not None and self._holds_back:
            self._missed |= _regions(renderable, screen)
            return
        if isinstance(renderable, LayoutUpdate):
            self._missed = set()
        before = self._written()
        super()._display(screen, self._to_write(renderable))
        if self._written() - before > LARGE_REPAINT and self._driver is not None:
            self._driver.write(_ASK_POSITION)
            self._patience = after(PATIENCE_SECONDS, self, self._paint_on)

    def _to_write(self, renderable: Any) -> Any:
        """Of what is to be displayed, what has to be written; None where all of it stands there."""
        driver = self._driver
        if not isinstance(driver, Counting) or not isinstance(renderable, CompositorUpdate):
            return renderable
        if driver.is_fresh:
            driver.is_fresh = False
            self._shown.forget()
        sequence = self._shown.change(renderable, self.console)
        stays = self.screen.outer_size.clamp_offset(self.cursor_position) == self._previous_cursor_position
        return Written(sequence) if sequence or not stays else None

    def on_resize(self) -> None:
        """A terminal that was resized may have moved what stood there."""
        self._shown.forget()

    @on(Driver.SignalResume)
    def action_redraw(self) -> None:
        """All of the screen, where others wrote over it."""
        self._shown.forget()
        self.refresh()

    def on_cursor_position(self, _: CursorPosition) -> None:
        """The terminal has kept up."""
        self._paint_on()

    @property
    def _holds_back(self) -> bool:
        """Whether nothing is painted now: an answer is awaited, or Textual is in the middle of a change."""
        return self._patience is not None or self._batch_count > 0

    def _end_batch(self) -> None:
        super()._end_batch()
        if self._missed:
            self.call_after_refresh(self._paint_missed)

    def _paint_on(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._paint_missed()

    def _paint_missed(self) -> None:
        if self._missed and not self._holds_back:
            # Textual has no public way to paint a part of a screen again without its widgets drawing it anew. It takes
            # all widgets for painted then, so those that wait to be are painted too.
            screen = self.screen
            screen._compositor.update_widgets(screen._dirty_widgets)  # noqa: SLF001
            screen._compositor._dirty_regions.update(self._missed)  # noqa: SLF001
            self._missed = set()
            screen._compositor_refresh()  # noqa: SLF001

    def _written(self) -> int:
        return int(getattr(self._driver, "written", 0))


def _regions(renderable: Any, screen: "Screen[Any]") -> set[Region]:
    """What of the screen an update paints."""
    if isinstance(renderable, ChopsUpdate):
        return {Region(left, line, right - left, 1) for line, left, right in renderable.spans}
    return {screen.size.region}
