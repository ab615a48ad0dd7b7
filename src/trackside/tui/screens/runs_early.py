"""Keys that are pressed on the Runs screen before it has what they are about: they are done, in order, once it has."""

from abc import abstractmethod

from textual import events, on

from trackside.tui.keys.actions import ACTIONS, RUNS
from trackside.tui.keys.held_keys import HeldKeysApp
from trackside.tui.screens.runs_live import RunsLive

_WITHOUT_ROWS = frozenset(
    {"find", "clear", "quit_app", "next_pane", "previous_pane", "pause", "preview", "stores", "views", "show_skipped"}
)
_WAITING = frozenset(action.id for action in ACTIONS if RUNS in action.contexts) - _WITHOUT_ROWS
_OF_ALL = frozenset({"pick_tags", "sort_keys", "columns", "show_change", "group_by", "metric"})
"""Actions that the first rows are not enough for: they offer what is found among all runs."""

_NEVER_BEHIND = frozenset({"quit_app", "quit_twice", "screen.copy_text", "suspend_process", "redraw"})
"""Actions that change nothing for the keys before them. Every other one is done in its turn.

Textual's copying is what ctrl+c means first; where nothing is selected it passes that on.
"""


class RunsEarly(RunsLive):
    """It says which keys are early; the app holds them."""

    @property
    @abstractmethod
    def is_reading(self) -> bool:
        """Whether there are no rows yet, and nothing that was told stands in their way."""

    @property
    @abstractmethod
    def is_finding(self) -> bool:
        """Whether not all runs have been looked at yet, and nothing that was told stands in the way."""

    def is_early(self, event: events.Key, *, behind: bool) -> bool:
        """Whether a key is about rows that are still being read, or all runs, or came `behind` one that is."""
        if not self._has_keys:
            return False
        active = self.active_bindings.get(event.key)
        action = None if active is None else active.binding.action
        if behind:
            return action not in _NEVER_BEHIND
        return (self.is_finding and action in _OF_ALL) or (
            self.is_reading and self.table.has_focus and action in _WAITING
        )

    @property
    def _has_keys(self) -> bool:
        """Whether keys go to the table or the facets, and not to where something is typed."""
        return self.table.has_focus or self.facets.has_focus

    @on(events.DescendantFocus)
    @on(events.ScreenResume)
    async def send_held(self) -> None:
        """Have keys that waited sent to the table or the facets, if one of them has the keys."""
        if isinstance(self.app, HeldKeysApp) and self.is_current and self._has_keys:
            await self.app.send_held()
