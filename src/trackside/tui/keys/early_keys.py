"""Screens some of whose keys wait until what they are about has been read. They say which; the app holds them."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from textual import events
from textual.screen import Screen

from trackside.tui.keys.actions import ACTIONS
from trackside.tui.keys.held_keys import ALWAYS, HeldKeysApp

_WITHOUT_READING = frozenset({"back", "find", "previous_tab", "next_tab", "tab"})


class EarlyKeys(Screen[Any]):
    """A screen whose keys may come too early."""

    @abstractmethod
    def is_early(self, app: HeldKeysApp, event: events.Key, behind: Sequence[events.Key]) -> bool:
        """Whether what a key is about is still being read, or what those are that it came `behind`."""

    async def send_held(self) -> None:
        """Have the keys that waited sent."""
        if isinstance(self.app, HeldKeysApp) and self.is_current:
            await self.app.send_held()

    def call_off_held(self) -> None:
        """What they are about does not come: letters that were meant for a box would do what they mean here."""
        if isinstance(self.app, HeldKeysApp) and self.is_current:
            self.app.call_off()


class ReadFirst(EarlyKeys):
    """A screen with nothing on it before it has been read. `CONTEXT` is that of its keys."""

    CONTEXT: ClassVar[str]
    is_unread = True

    def is_early(self, app: HeldKeysApp, event: events.Key, behind: Sequence[events.Key]) -> bool:
        """Keys that leave the screen or go through its tabs are not, but behind others."""
        action = (app.action_of(event) or "").partition("(")[0]
        return action not in ALWAYS if behind else self.is_unread and action in _about_what_is_read(self.CONTEXT)

    def was_read(self) -> None:
        """All that keys are about is there."""
        self.is_unread = False
        self.call_later(self.send_held)

    def was_not_read(self) -> None:
        """It could not be, so that keys say so by themselves from now on."""
        self.is_unread = False
        self.call_off_held()


@cache
def _about_what_is_read(context: str) -> frozenset[str]:
    return frozenset(action.id for action in ACTIONS if context in action.contexts) - _WITHOUT_READING
