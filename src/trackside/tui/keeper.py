"""Writes down how a screen was left, off the screen's thread and soon after it changed: a lost link loses nothing."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from textual.widget import Widget

from trackside.config import state
from trackside.config.state import SavedView
from trackside.tui.once import after


class Keeper:
    """Keeps what `view` says in `file`. A write that fails is an error of the owner's worker."""

    REST = 0.5

    def __init__(self, owner: Widget, file: Path, view: Callable[[], SavedView]) -> None:
        self._owner = owner
        self._file = file
        self._view = view
        self._timer: asyncio.TimerHandle | None = None
        self._lock = Lock()
        self._changed = self._closed = False
        self._kept: SavedView | None = None

    def keep(self) -> None:
        """Something changed: keep it once it has stood for a moment."""
        self._changed = True
        if self._timer is not None:
            self._timer.cancel()
        self._timer = after(self.REST, self._owner, self._write)

    def keep_later(self) -> None:
        """Something changed that is kept with what changes next, or as the owner goes."""
        self._changed = True

    def close(self) -> None:
        """The owner goes: keep what is not kept yet, nor will be by its workers. OSError where that is not possible."""
        view = self._view()
        with self._lock:
            self._closed = True
            if self._changed and view != self._kept:
                state.save(self._file, view)

    def _write(self) -> None:
        self._timer = None
        view = self._view()
        self._owner.run_worker(lambda: self._save(view), thread=True, exclusive=True, group="keep", exit_on_error=False)

    def _save(self, view: SavedView) -> None:
        with self._lock:
            if not self._closed:
                state.save(self._file, view)
                self._kept = view
