"""The file that something goes to, asked of a person; over one that is there it goes by a second enter."""

import os
import time
from pathlib import Path

from textual import events, on
from textual.widgets import Input

from trackside.model.errors import UsageError
from trackside.services.sharing.export import Export
from trackside.tui.widgets.prompt import Prompt


class PlacePrompt(Prompt):
    """Gives back the name that was typed. `over` is a file that is there, where its name was told to be taken."""

    def __init__(self, found: Export) -> None:
        super().__init__(f"export {found.what} to", found.name, found.says, check=self._look)
        self._found = found
        self.over: Path | None = None
        self._pressed_at = self._told_at = 0.0

    def on_key(self, event: events.Key) -> None:
        """An enter that was typed ahead means something else than one that was pressed at what is told."""
        self._pressed_at = event.time

    @on(Input.Changed)
    def _named_anew(self) -> None:
        self.over = None

    def _look(self, typed: str) -> None:
        """UsageError where no folder is there, or a file that may not be written over yet. A browser has its own."""
        place = self._found.place(typed)
        if self.app.is_web:
            return
        if not place.parent.is_dir():
            raise UsageError(f"there is no folder {place.parent}")
        if (place == self.over and self._pressed_at > self._told_at) or not os.path.lexists(place):
            return
        self.over, self._told_at = place, time.monotonic()
        raise UsageError(f"{place} is there already; enter again writes over it")
