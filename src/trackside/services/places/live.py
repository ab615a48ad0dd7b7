"""A store that keeps itself up to date: first what happened while nobody looked, then what happens.

Where the store is moved away, unmounted or broken meanwhile, that is told, and it is looked for until it is back.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from trackside.model.errors import StoreError, TracksideError
from trackside.model.progress import OnProgress
from trackside.services.patience import Patience
from trackside.services.places.listener import Listener
from trackside.store.any_store import AnyStore
from trackside.store.changes import Changes
from trackside.store.store import Store

if TYPE_CHECKING:
    from trackside.services.places.in_place import Place
    from trackside.sources.walk import Skipped


RETRY_SECONDS = 1.0
_BELOW_SECONDS = 0.5
_WATCH_SECONDS = 0.4
_NOTHING_YET = ("", 0)
"""The moment of no index."""

_MOST_FOLLOWED = 1_000


class Live(Protocol):
    """A store that can be followed, wherever it is."""

    @property
    def store(self) -> AnyStore:
        """The store, for whoever reads it."""
        ...

    @property
    def is_foreign(self) -> bool:
        """Whether it is a place of another system, searched for runs again and again."""
        ...

    @property
    def is_far(self) -> bool:
        """Whether its answers come over a network, so that each may take its time."""
        ...

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Catch up, then watch until `stop` is set. Blocks: for a worker thread."""
        ...


class LiveStore:
    """One store, followed by one thread; where it mirrors a place of another system, a second has that kept current."""

    def __init__(self, store: Store, place: "Place | None" = None) -> None:
        self.store: AnyStore = store
        self._store = store
        self._place = place

    @property
    def is_foreign(self) -> bool:
        """Whether it is a place of another system, searched for runs again and again."""
        return self._place is not None

    @property
    def is_far(self) -> bool:
        """Whether its runs are fetched from elsewhere as they are looked at."""
        return self._place is not None and self._place.is_far

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Catch up, then watch until `stop` is set. Blocks: for a worker thread."""
        if self._place is None:
            self._watch(stop, listener)
            return
        with ThreadPoolExecutor(1, "trackside-mirror") as beside:
            mirrored = beside.submit(
                keep_current, self._place, stop, replace(listener, caught_up=self._taking_all(listener))
            )
            mirrored.add_done_callback(lambda ended: _tell_of_end(ended, listener))
            # What a small place holds is told once it was read, sooner than what watches is loaded.
            stop.wait(_WATCH_SECONDS)
            self._watch(stop, replace(listener, progress=None))
        mirrored.result()

    def _taking_all(self, listener: Listener) -> Callable[[], None]:
        """Tell of what the place held, once that is in the index."""
        before = self._moment()

        def caught_up() -> None:
            changed = self._store.changed_since(before)
            if changed:
                listener.changes(Changes(changed))
            listener.caught_up()

        return caught_up

    def _moment(self) -> tuple[str, int]:
        """What the index knows already; nothing, where it cannot be read."""
        try:
            return self._store.moment() if self._store.count() else _NOTHING_YET
        except StoreError:
            return _NOTHING_YET

    def _watch(self, stop: threading.Event, listener: Listener) -> None:
        say = _once_each(listener.trouble)
        while not stop.is_set():
            try:
                for changes in self._changes(stop, listener.progress):
                    say("")
                    listener.changes(changes)
            except (StoreError, OSError) as error:
                say(str(error))
                stop.wait(RETRY_SECONDS)

    def _changes(self, stop: threading.Event, on_progress: OnProgress | None) -> Iterator[Changes]:
        """Changes until `stop` is set, or until what is watched has been replaced by something else."""
        from trackside.store.watch import Watcher

        watcher = Watcher(self._store)
        yield self._store.refresh(on_progress)
        thorough = self._store.refresh(on_progress, thorough=True)
        if thorough:
            yield thorough
        yield from watcher.changes(stop)


class LiveStores:
    """Several stores as one, each followed by threads of its own.

    `more` is asked again and again for stores that came, and for what was met on the way and is none.
    """

    def __init__(
        self, lives: Sequence[LiveStore], store: AnyStore, more: "Callable[[], tuple[list[Store], list[Skipped]]]"
    ) -> None:
        self.store = store
        self._lives = tuple(lives)
        self._more = more

    @property
    def is_foreign(self) -> bool:
        """Whether one of them is a place of another system."""
        return any(live.is_foreign for live in self._lives)

    @property
    def is_far(self) -> bool:
        """They are on this machine."""
        return False

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Follow all of them until `stop` is set, as one store is followed; the listener is told by any thread."""
        with ThreadPoolExecutor(_MOST_FOLLOWED, "trackside-follow") as threads:
            every, met = _AllSkipped(listener.skipped), list["Skipped"]()
            listeners = [replace(listener, skipped=every.of()) for _ in self._lives]
            following = [
                threads.submit(live.follow, stop, heard) for live, heard in zip(self._lives, listeners, strict=True)
            ]
            on_met = every.of()
            while not stop.wait(_BELOW_SECONDS):
                stores, skipped = self._more()
                following += [threads.submit(LiveStore(store).follow, stop, listener) for store in stores]
                if skipped:
                    met += skipped
                    on_met(met)
        for one in following:
            one.result()


class _AllSkipped:
    """Tells what all of several places cannot be read of, whenever one of them says something else than before."""

    def __init__(self, tell: "Callable[[list[Skipped]], None]") -> None:
        self._tell = tell
        self._of: list[list[Skipped]] = []
        self._lock = threading.Lock()

    def of(self) -> "Callable[[list[Skipped]], None]":
        """What one more place tells of itself; any thread may."""
        number = len(self._of)
        self._of.append([])

        def told(skipped: "list[Skipped]") -> None:
            with self._lock:
                self._of[number] = list(skipped)
                self._tell([one for place in self._of for one in place])

        return told


def keep_current(place: "Place", stop: threading.Event, listener: Listener) -> None:
    """Keep a mirror current; where that fails, say so once and try again, until all could be read."""
    say, patience = _once_each(listener.trouble), Patience()

    def caught_up() -> None:
        patience.renew()
        say("")
        listener.caught_up()

    heard = replace(listener, trouble=say, caught_up=caught_up)
    while not stop.is_set():
        try:
            place.follow(stop, heard)
        except (TracksideError, OSError) as error:
            say(str(error))
            patience.wait(stop)


def _once_each(tell: "Callable[[str], None]") -> "Callable[[str], None]":
    """The same, without a word that was said last; "" is what was said before all."""
    last = ""

    def say(why: str) -> None:
        nonlocal last
        if why != last:
            last = why
            tell(why)

    return say


def _tell_of_end(ended: Future[None], listener: Listener) -> None:
    """A mirror that nobody keeps current any more looks as if nothing happened: say so at once."""
    error = ended.exception()
    if error is not None:
        listener.trouble(f"what is new of other systems is not read any more ({type(error).__name__}: {error})")
