"""Keys that are pressed on the Runs screen before it has rows: they are done, in order, once rows are there."""

from abc import abstractmethod

from textual import events, on

from trackside.tui.keys.actions import ACTIONS, RUNS
from trackside.tui.keys.held_keys import HeldKeysApp
from trackside.tui.screens.runs_live import RunsLive

_WITHOUT_ROWS = frozenset(
    {"find", "clear", "quit_app", "next_pane", "previous_pane", "pause", "preview", "stores", "views", "show_skipped"}
)
_WAITING = frozenset(action.id for action in ACTIONS if RUNS in action.contexts) - _WITHOUT_ROWS
_NEVER_BEHIND = frozenset({"quit_app", "quit_twice", "suspend_process", "redraw"})
"""Actions that change nothing for the keys before them. Every other one is done in its turn."""


class RunsEarly(RunsLive):
    """It says which keys are early; the app holds them."""

    @property
    @abstractmethod
    def is_reading(self) -> bool:
        """Whether there are no rows yet, and nothing that was told stands in their way."""

    def is_early(self, event: events.Key, *, behind: bool) -> bool:
        """Whether a key of the table is about rows that are still being read, or came `behind` one that is."""
        if not self.table.has_focus:
            return False
        active = self.active_bindings.get(event.key)
        action = None if active is None else active.binding.action
        return action not in _NEVER_BEHIND if behind else self.is_reading and action in _WAITING

    @on(events.DescendantFocus)
    @on(events.ScreenResume)
    async def send_held(self) -> None:
        """Have keys that waited sent to the table, if it has the keys."""
        if isinstance(self.app, HeldKeysApp) and self.is_current and self.table.has_focus:
            await self.app.send_held()
