"""Keys that come before what they are about: a screen that an earlier key opens, or rows that are still being read.

Textual hands a key to the pane that has the focus when it is read. One that opens a box would be followed by letters
that the screen below got, or that came before the box could be typed into; one that closes a box, by letters that this
box still got.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

if TYPE_CHECKING:
    from trackside.tui.context import Context

ALWAYS = frozenset({"quit_twice", "screen.copy_text", "suspend_process", "redraw"})
"""Actions that change nothing for the keys before them. Every other one is done in its turn.

Textual's copying is what ctrl+c means first; where nothing is selected it passes that on.
"""


class HeldKeysApp(App[int]):
    """An app in which keys wait while a screen opens or has not yet what they are about, and then go to it."""

    context: "Context"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._sent_to: WeakKeyDictionary[events.Key, Screen[Any]] = WeakKeyDictionary()
        self._opening: Screen[Any] | None = None
        self._may_close = False
        """Whether that is a screen in front that an enter may close. The keys before the enter have been sent."""

        self._asking: WeakKeyDictionary[Screen[Any], Worker[Any]] = WeakKeyDictionary()
        """Screens that wait for what a key needs to know, and who asks for it."""

        self._held: WeakKeyDictionary[Screen[Any], list[events.Key]] = WeakKeyDictionary()

    def push_screen(self, *args: Any, **named: Any) -> Any:
        """Keys wait until the screen has done what it was sent before them: it is made, and its box has the focus.

        Those that wait for one that opens another before that go to the other, as keys do that came after.
        """
        waiting = self._held.pop(self.screen, None) if self._is_busy else None
        pushed = super().push_screen(*args, **named)
        self._wait_for(self.screen, waiting)
        return pushed

    def pop_screen(self) -> AwaitComplete:
        """Leave the screen in front. One that was left already does not take another with it.

        Enter and escape in one burst are both heard by a box whose first key closed it. Keys that wait for a screen
        that is left go to the one below, once that has done what it was left for.
        """
        asks = active_message_pump.get(None)
        around = asks.ancestors_with_self if isinstance(asks, DOMNode) else ()
        if any(isinstance(node, Screen) and node not in self.screen_stack for node in around):
            return AwaitComplete()
        left, was_busy = self.screen, self._is_busy
        popped = super().pop_screen()
        if was_busy:
            self._wait_for(self.screen, self._held.pop(left, None))
        return popped

    def asks(self, screen: Screen[Any], asking: Worker[Any]) -> None:
        """Have keys wait for a screen until what it asks last is answered, as that may open a box."""
        self._asking[screen] = asking

    async def answered(self, screen: Screen[Any], asking: Worker[Any], *, failed: bool) -> None:
        """Go on with the keys that waited for that; where it failed they are called off."""
        if self._asking.get(screen) is asking:
            del self._asking[screen]
            if screen is self.screen and failed:
                self.call_off()
            elif screen is self.screen:
                await self.send_held()

    @abstractmethod
    def tell_idle(self, event: events.Key) -> None:
        """Nothing took this key."""

    async def on_event(self, event: events.Event) -> None:
        """Note which screen a key is sent to, unless it has to wait for it. Escape calls off what waits for rows."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif event.key == "escape" and self._opening is not self.screen and self.call_off():
            return
        elif self._has_to_wait(event):
            self._held.setdefault(self.screen, []).append(event)
        else:
            await self._send(event)

    async def _send(self, event: events.Key) -> None:
        """To the screen in front; keys after an enter that may close a box wait until that has led to all it does."""
        self._sent_to[event] = screen = self.screen
        if event.key != "enter" or not isinstance(screen, ModalScreen):
            await super().on_event(event)
            return
        way = (self.focused or screen).ancestors_with_self
        self._opening, self._may_close = screen, True
        await super().on_event(event)
        # The key goes up to the app, and what its action sends as far as the screen.
        self._go_along([*way, *way], screen)

    def _go_along(self, way: Sequence[DOMNode], screen: Screen[Any]) -> None:
        """Once each on this way has done what it was sent before, the keys that waited for a screen are sent to it."""
        for place, node in enumerate(way, start=1):
            if node.call_later(self._go_along, way[place:], screen):
                return
        self.call_later(self._opened, screen)

    async def _on_key(self, event: events.Key) -> None:
        """Do what the key is bound to, in place of Textual's own handler; one that another screen got is sent again."""
        event.prevent_default()
        is_before_enter = self._may_close and self._opening is self.screen
        if self._sent_to.get(event) is not self.screen or (not is_before_enter and self._is_behind(event)):
            again = events.Key(event.key, event.character)
            again.time = event.time
            await self.on_event(again)
        elif not self.is_taken(event) and not await self._check_bindings(event.key):
            self.tell_idle(event)

    def is_taken(self, event: events.Key) -> bool:  # noqa: ARG002
        """Whether the screen in front waited for this key, whatever that is bound to."""
        return False

    def action_of(self, event: events.Key) -> str | None:
        """What the key means on the screen in front, if it means anything."""
        active = self.screen.active_bindings.get(event.key)
        return None if active is None else active.binding.action

    def is_early(self, event: events.Key, behind: Sequence[events.Key]) -> bool:  # noqa: ARG002
        """Whether the screen in front has not yet what this key is about, or what those are that it came `behind`."""
        return False

    async def send_held(self) -> None:
        """Send the keys that waited for the screen in front, in their order; those that are early still wait on."""
        for key in self._held.pop(self.screen, ()):
            await self.on_event(key)

    def call_off(self) -> bool:
        """Forget the keys that wait for the screen in front, and what it asks, and say so; whether there were any."""
        asking = self._asking.pop(self.screen, None)
        if asking is not None:
            asking.cancel()
        were_there = bool(self._held.pop(self.screen, [])) or asking is not None
        if were_there:
            self.notify("the keys that waited are called off", markup=False)
        return were_there

    def _wait_for(self, screen: Screen[Any], keys: list[events.Key] | None) -> None:
        """These go to a screen, and all that come, once it has done what it was sent before."""
        self._opening, self._may_close = screen, False
        if keys:
            self._held[screen] = keys
        self._go_along([self, screen], screen)

    def _has_to_wait(self, event: events.Key) -> bool:
        return self._is_behind(event) or self.is_early(event, self._held.get(self.screen, ()))

    def _is_behind(self, event: events.Key) -> bool:
        """Whether a key waits for what one before it leads to."""
        return self._is_busy and (self._opening is self.screen or self.action_of(event) not in ALWAYS)

    @property
    def _is_busy(self) -> bool:
        """Whether keys wait for the screen in front, whatever they are."""
        return (self._opening is not None and self._opening is self.screen) or (
            bool(self._asking) and self.screen in self._asking
        )

    async def _opened(self, screen: Screen[Any]) -> None:
        if self._opening is screen:
            self._opening, self._may_close = None, False
            if screen is self.screen:
                await self.send_held()
