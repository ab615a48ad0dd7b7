"""Keys that come before what they are about: a screen that an earlier key opens, or rows that are still being read.

Textual hands a key to the pane that has the focus when it is read. One that opens a box would be followed by letters
that the screen below got, or that came before the box could be typed into.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.screen import Screen

if TYPE_CHECKING:
    from trackside.tui.context import Context


class HeldKeysApp(App[int]):
    """An app in which keys wait while a screen opens or has not yet what they are about, and then go to it."""

    context: "Context"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._sent_to: WeakKeyDictionary[events.Key, Screen[Any]] = WeakKeyDictionary()
        self._opening: Screen[Any] | None = None
        self._held: WeakKeyDictionary[Screen[Any], list[events.Key]] = WeakKeyDictionary()

    def push_screen(self, *args: Any, **named: Any) -> Any:
        """Keys wait until the screen has done what it was sent before them: it is made, and its box has the focus.

        Those that wait for one that opens another before that go to the other, as keys do that came after.
        """
        waiting = self._held.pop(self.screen, None) if self._is_opening else None
        pushed = super().push_screen(*args, **named)
        self._opening = self.screen
        if waiting:
            self._held[self.screen] = waiting
        self.screen.call_later(self._opened, self.screen)
        return pushed

    def pop_screen(self) -> AwaitComplete:
        """Leave the screen in front. One that was left already does not take another with it.

        Enter and escape in one burst are both heard by a box whose first key closed it.
        """
        asks = active_message_pump.get(None)
        around = asks.ancestors_with_self if isinstance(asks, DOMNode) else ()
        is_gone = any(isinstance(node, Screen) and node not in self.screen_stack for node in around)
        return AwaitComplete() if is_gone else super().pop_screen()

    @abstractmethod
    def tell_idle(self, event: events.Key) -> None:
        """Nothing took this key."""

    async def on_event(self, event: events.Event) -> None:
        """Note which screen a key is sent to, unless it has to wait for it. Escape calls off what waits for rows."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._is_opening or (event.key != "escape" and self.is_early(event, behind=self.screen in self._held)):
                self._held.setdefault(self.screen, []).append(event)
                return
            if event.key == "escape" and self._held.pop(self.screen, []):
                self.notify("the keys that waited are called off", markup=False)
                return
            self._sent_to[event] = self.screen
        await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        """Do what the key is bound to, in place of Textual's own handler; one that another screen got is sent again."""
        event.prevent_default()
        if self._is_opening or self._sent_to.get(event) is not self.screen:
            await self.on_event(events.Key(event.key, event.character))
        elif not self.is_taken(event) and not await self._check_bindings(event.key):
            self.tell_idle(event)

    def is_taken(self, event: events.Key) -> bool:  # noqa: ARG002
        """Whether the screen in front waited for this key, whatever that is bound to."""
        return False

    def is_early(self, event: events.Key, *, behind: bool) -> bool:  # noqa: ARG002
        """Whether the screen in front has not yet what this key is about, or what another is that it came `behind`."""
        return False

    async def send_held(self) -> None:
        """Send the keys that waited for the screen in front, in their order; those that are early still wait on."""
        for key in self._held.pop(self.screen, ()):
            await self.on_event(key)

    @property
    def _is_opening(self) -> bool:
        return self._opening is not None and self._opening is self.screen

    async def _opened(self, screen: Screen[Any]) -> None:
        if self._opening is screen:
            self._opening = None
            await self.send_held()
