"""Keys that do nothing where they are pressed say why, in a line: what they do, and where."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from trackside.tui.keys.actions import ACTIONS, PLACES, keys_of
from trackside.tui.keys.held_keys import HeldKeysApp
from trackside.tui.own_line import OwnLine

_SECONDS = 3.0


@runtime_checkable
class HasParts(Protocol):
    """A screen some of whose keys mean something in some of its parts alone."""

    def parts_with(self, action: str) -> Sequence[str]:
        """The parts that have this action, where not all of them do."""
        ...


class IdleKeysApp(HeldKeysApp):
    """An app that tells of keys that nothing took, but for those pressed where something is typed or chosen."""

    _told_at = float("-inf")

    def tell_idle(self, event: events.Key) -> None:
        """Say why it does nothing here."""
        if isinstance(self.screen, ModalScreen) or isinstance(self.focused, Input):
            return
        now = time.monotonic()
        # Toasts would pile up; a line has one place.
        if isinstance(self.screen, OwnLine) or now > self._told_at + _SECONDS:
            self._told_at = now
            parts = self.screen.parts_with if isinstance(self.screen, HasParts) else lambda _: ()
            names = {event.key, event.character or event.key}
            shown = event.character if event.is_printable else None
            said = why_idle(names, shown, self.context.settings.keys, parts, _actions_of_last(self.screen_stack[:-1]))
            self.screen.notify(said, markup=False, timeout=_SECONDS)


def _actions_of_last(below: Sequence[Screen[Any]]) -> Collection[str]:
    """The ids of the actions of the screen that escape goes back to."""
    if not below:
        return ()
    return {active.binding.action.partition("(")[0] for active in below[-1].active_bindings.values()}


def why_idle(
    keys: set[str],
    shown: str | None,
    remapped: Mapping[str, str],
    parts: Callable[[str], Sequence[str]],
    below: Collection[str] = (),
) -> str:
    """What a key does elsewhere: in other parts of this screen, by an action's id, else on other screens.

    `keys` are the names that it goes by, of which one is `shown`; `below` are the actions where escape leads.
    """
    said = shown or min(keys)
    actions = [action for action in ACTIONS if keys.intersection(keys_of(action, remapped))]
    here = [f"{action.label.lower()}, in {_listed(tabs)}" for action in actions if (tabs := parts(action.id))]
    elsewhere = [
        f"{action.label.lower()}, {_listed(dict.fromkeys(PLACES[context] for context in action.contexts))}"
        for action in actions
    ]
    if not actions:
        return f"{said} does nothing; ? shows the keys"
    back = "" if here or not any(action.id in below for action in actions) else f"; escape first, then {said}"
    return f"{said} does nothing here: {'; '.join(here or elsewhere)}{back}"


def _listed(names: Sequence[str] | Mapping[str, object]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
