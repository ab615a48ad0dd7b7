"""Copying by keyboard: `y`, then a key that says what. How it reached the clipboard is told."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from textual import events, work
from textual.screen import Screen

from trackside.tui.terminal import copy_through_tmux, inert


class Copying(Screen[None]):
    """A screen from which something can be copied. `copied` says what a word stands for."""

    COPIED: ClassVar[dict[str, str]] = {"y": "value", "r": "row", "i": "id", "c": "command line"}
    _choosing = False

    @abstractmethod
    def copied(self, what: str) -> str | Callable[[], str] | None:
        """The text to copy, or what makes it where that takes time; None where there is none."""

    def action_copy(self) -> None:
        """The next key says what."""
        self._choosing = True
        self.notify("   ".join(f"{key} {what}" for key, what in self.COPIED.items()), title="copy", markup=False)

    async def _on_key(self, event: events.Key) -> None:
        if not self._choosing:
            return
        self._choosing = False
        self.app.clear_notifications()
        event.stop()
        event.prevent_default()
        what = self.COPIED.get(event.key)
        text = None if what is None else self.copied(what)
        if what is not None and text is None:
            self.notify(f"there is no {what} to copy", markup=False)
        elif what is not None and text is not None:
            self._copy(what, text)

    @work(thread=True, group="copy", exit_on_error=False)
    def _copy(self, what: str, found: str | Callable[[], str]) -> None:
        text = found if isinstance(found, str) else found()
        way = "tmux"
        if not copy_through_tmux(text):
            way = "the terminal (OSC 52)"
            self.app.call_from_thread(self.app.copy_to_clipboard, text)
        self.app.call_from_thread(self.notify, f"{inert(text)[:60]}", title=f"{what} copied by {way}", markup=False)
