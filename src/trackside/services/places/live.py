"""A store that keeps itself up to date: first what happened while nobody looked, then what happens.

Where the store is moved away, unmounted or broken meanwhile, that is told, and it is looked for until it is back.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from trackside.model.errors import StoreError, TracksideError
from trackside.model.progress import OnProgress
from trackside.store.any_store import AnyStore
from trackside.store.store import Store

if TYPE_CHECKING:
    from trackside.services.places.in_place import Place
    from trackside.sources.walk import Skipped
    from trackside.store.catch_up import Changes


RETRY_SECONDS = 1.0
_BELOW_SECONDS = 0.5
_MOST_FOLLOWED = 1_000


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of what happens to a store, each in the thread that found out.

    `changes` comes after the index took them in; its first call when everything is caught up, whether something had
    changed or not. `trouble` is given one line where the store cannot be read, and "" once it can be again; `skipped`
    what of another system's place cannot be.
    """

    changes: "Callable[[Changes], None]"
    progress: OnProgress | None = None
    trouble: "Callable[[str], None]" = lambda _: None
    skipped: "Callable[[list[Skipped]], None]" = lambda _: None


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
    """One store, followed by one thread; where it mirrors a place of another system, a second keeps it current."""

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
            mirrored = beside.submit(_kept_current, self._place, stop, listener)
            mirrored.add_done_callback(lambda ended: _tell_of_end(ended, listener))
            self._watch(stop, replace(listener, progress=None))
        mirrored.result()

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

    def _changes(self, stop: threading.Event, on_progress: OnProgress | None) -> "Iterator[Changes]":
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


def _kept_current(place: "Place", stop: threading.Event, listener: Listener) -> None:
    """Keep a mirror current; where that fails, say so once and try again, until all could be read."""
    say = _once_each(listener.trouble)
    while not stop.is_set():
        try:
            place.follow(stop, listener.progress, listener.skipped, lambda: say(""))
        except (TracksideError, OSError) as error:
            say(str(error))
            stop.wait(RETRY_SECONDS)


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
