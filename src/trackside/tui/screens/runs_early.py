"""Keys that are pressed on the Runs screen before it has what they are about: they are done, in order, once it has."""

from abc import abstractmethod
from collections.abc import Sequence

from textual import events, on

from trackside.tui.keys.actions import ACTIONS, MOVE, RUNS
from trackside.tui.keys.early_keys import EarlyKeys
from trackside.tui.keys.held_keys import ALWAYS, HeldKeysApp
from trackside.tui.screens.runs_live import RunsLive

_WITHOUT_ROWS = frozenset(
    {"find", "clear", "quit_app", "next_pane", "previous_pane", "pause", "preview", "stores", "views", "show_skipped"}
)
_WAITING = frozenset(action.id for action in ACTIONS if RUNS in action.contexts) - _WITHOUT_ROWS
_OF_ALL = frozenset(
    {
        "column_left",
        "column_right",
        "columns",
        "export",
        "follow",
        "group_by",
        "hide_column",
        "mark_range",
        "metric",
        "pick_tags",
        "show_change",
        "sort_keys",
    }
)
"""Actions that the first rows are not enough for: they are about what is found among all runs."""

_MOVES = frozenset(action.id for action in ACTIONS if action.group == MOVE)


class RunsEarly(RunsLive, EarlyKeys):
    """It says which keys are early."""

    @property
    @abstractmethod
    def is_reading(self) -> bool:
        """Whether there are no rows yet, and nothing that was told stands in their way."""

    @property
    @abstractmethod
    def is_finding(self) -> bool:
        """Whether not all runs have been looked at yet, and nothing that was told stands in the way."""

    def is_early(self, app: HeldKeysApp, event: events.Key, behind: Sequence[events.Key]) -> bool:
        """Whether a key is about rows that are still being read, or all runs, or came `behind` one that is."""
        if not self.is_mounted:
            return True
        if not self._has_keys:
            return False
        action = app.action_of(event)
        if behind:
            leaves = action == "quit_app" and _MOVES.issuperset(map(app.action_of, behind))
            return not leaves and action not in ALWAYS
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
        if self._has_keys:
            await super().send_held()
