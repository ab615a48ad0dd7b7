"""Follows a store and tells what happens, each thing once, until it has arrived.

What happens within two seconds is one message, and between two messages there are at least ten: a thousand runs that
end at once make one. A message that does not arrive is tried again, ever more seldom, with what came meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

import msgspec

from trackside.services.places.listener import Listener
from trackside.services.places.live import Live
from trackside.services.watching.message import Message
from trackside.services.watching.watch import Watch
from trackside.services.watching.webhook import UndeliveredError

if TYPE_CHECKING:
    from trackside.services.watching.events import Event
    from trackside.store.changes import Changes

_FOREVER = 3600.0
_LOOK_UP = 0.2


class Pace(msgspec.Struct, frozen=True):
    """Seconds: how long events are gathered, what lies between two messages, and the longest before another try."""

    gather: float = 2.0
    between: float = 10.0
    longest: float = 300.0


_USUAL = Pace()


class Way(Protocol):
    """A way to tell a message."""

    def tell(self, message: Message) -> object:
        """Tell it. UndeliveredError where it did not arrive."""
        ...


class Teller:
    """Tells by all `ways` what `watch` finds; `say` is given a line on what stands in the way."""

    def __init__(self, watch: Watch, ways: Sequence[Way], places: Sequence[str], say: Callable[[str], None]) -> None:
        self._watch = watch
        self._places = tuple(places)
        self._say = say
        self._waiting: list[tuple[Way, dict[str, Event]]] = [(way, {}) for way in ways]
        self._untold: set[str] = set()

    def follow(self, live: Live, stop: threading.Event, pace: Pace = _USUAL) -> None:
        """Tell until `stop` is set; first what happened already and was not told, at last what still waits."""
        changed: SimpleQueue[Changes] = SimpleQueue()
        listener = Listener(changed.put, trouble=lambda why: self._say(why) if why else None)
        following = threading.Thread(target=live.follow, args=(stop, listener), daemon=True)
        following.start()
        due, again = time.monotonic() + pace.gather, pace.gather
        self._take(self._watch.all())
        while not stop.is_set():
            wait = max(0.0, due - time.monotonic()) if self._untold else _FOREVER
            was_quiet = not self._untold
            self._take(self._watch.look(_changed(changed, stop, wait)))
            now = time.monotonic()
            if was_quiet:
                due = max(due, now + pace.gather)
            if self._untold and now >= due:
                try:
                    self._tell()
                    due, again = now + pace.between, pace.gather
                except UndeliveredError as error:
                    again = min(pace.longest, 2 * again)
                    self._say(f"{error}; the next try is in {again:.0f} s")
                    due = now + again
        following.join()
        self._take(self._watch.look(_came(changed)))
        if self._untold:
            try:
                self._tell()
            except UndeliveredError as error:
                self._say(f"{error}; it is not tried again, as this ends")

    def _take(self, events: "Iterable[Event]") -> None:
        """These are to be told, by every way."""
        new = {event.key: event for event in events if event.key not in self._untold}
        self._untold.update(new)
        for _, waiting in self._waiting:
            waiting.update(new)

    def _tell(self) -> None:
        """Tell by every way what waits for it. What all have told is told; UndeliveredError where one did not.

        The same where that cannot be kept: the next try keeps it, and tells nothing twice.
        """
        failed: UndeliveredError | None = None
        for way, waiting in self._waiting:
            try:
                if waiting:
                    way.tell(Message(tuple(waiting.values()), self._places))
                waiting.clear()
            except UndeliveredError as error:
                failed = error
        left = {key for _, waiting in self._waiting for key in waiting}
        try:
            self._watch.told.add(sorted(self._untold - left))
        except OSError as error:
            raise UndeliveredError(f"what was told cannot be kept: {error}") from None
        self._untold = left
        if failed is not None:
            raise failed


def _changed(changed: "SimpleQueue[Changes]", stop: threading.Event, seconds: float) -> set[str]:
    """Ids of the runs that change first; none where the time is over, or all is."""
    deadline = time.monotonic() + seconds
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        try:
            found = set(changed.get(timeout=min(left, _LOOK_UP)).runs)
        except Empty:
            continue
        return found | _came(changed)
    return set()


def _came(changed: "SimpleQueue[Changes]") -> set[str]:
    """Ids of the runs whose changes wait to be looked at."""
    found: set[str] = set()
    while not changed.empty():
        found |= changed.get().runs
    return found
