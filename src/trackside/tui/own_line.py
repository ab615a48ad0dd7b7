"""Screens with a line of their own, in which they tell what a key did: a toast would cover what they show."""

from abc import abstractmethod

from rich.cells import cell_len
from textual.notifications import SeverityLevel
from textual.screen import Screen

from trackside.tui.terminal import one_line
from trackside.tui.toasts import LASTING_SECONDS


class OwnLine(Screen[None]):
    """A screen whose words go into its line, where that has room for them; a toast is what has a title or goes on."""

    told = ""
    """What the last key did: it stands over what is said, up to the next key."""

    _said = ""

    @property
    def line(self) -> str:
        """What the line has to tell now."""
        return self.told or self._said

    @abstractmethod
    def show_line(self) -> None:
        """Show what the line has to tell now."""

    def say(self, text: str) -> None:
        """Tell a line that stays until another is told, or nothing any more."""
        self._said, self.told = text, ""
        self.show_line()

    def on_key(self) -> None:
        """What was told of the key before has been read."""
        self._take_back()

    def on_mouse_down(self) -> None:
        """The same."""
        self._take_back()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Tell it in the line if it is about this screen alone."""
        goes_on = severity != "information" or (timeout or 0.0) >= LASTING_SECONDS
        has_room = self.is_mounted and cell_len(one_line(message)) <= self.size.width - 2
        if self.is_current and has_room and not title and not goes_on:
            self.told = message
            self.show_line()
        else:
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _take_back(self) -> None:
        if self.told:
            self.told = ""
            self.show_line()
