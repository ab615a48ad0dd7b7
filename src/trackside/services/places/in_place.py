"""A place that another system recorded into, opened where it lies: its mirror, and who keeps it current."""

import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from trackside.model.errors import StoreError
from trackside.model.progress import OnProgress
from trackside.services.places.listener import Listener
from trackside.store.mirrored import MirroredStore

if TYPE_CHECKING:
    from trackside.sources.finder import Finder
    from trackside.sources.protocol import Source
    from trackside.sources.walk import Skipped

_LOOK_SECONDS = 0.1


class Place(Protocol):
    """Somewhere that runs are read from into a mirror, and whoever keeps it current."""

    @property
    def address(self) -> str:
        """A path, or a URL."""
        ...

    @property
    def store(self) -> MirroredStore:
        """The mirror."""
        ...

    @property
    def is_far(self) -> bool:
        """Whether looking at one of its runs may take its time, for it has to be fetched first."""
        ...

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Read what is new; what could not be read. Where another process is at it, wait until it has read all."""
        ...

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Keep the mirror current until `stop` is set; the listener hears of all but changes."""
        ...


class InPlace:
    """What is found at `address`, which is an absolute path or a URL."""

    is_far = False

    def __init__(self, address: str, finder: "Finder", sources: "Sequence[Source]") -> None:
        self.address = address
        self.store = MirroredStore.at(address)
        self._finder = finder
        self._sources = sources

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Read what is new; what could not be read. Where another process is at it, wait until it has read all.

        A mirror that is removed meanwhile is made again.
        """
        from trackside.services.places.mirror import Mirror

        while True:
            owned = self.store.own()
            if owned is None and self.store.caught_up():
                return []
            if owned is None:
                time.sleep(_LOOK_SECONDS)
                continue
            try:
                with Mirror(self.store, owned, self._finder, self._sources) as mirror:
                    mirror.catch_up(on_progress)
            except (StoreError, OSError):
                if self.store.is_held(owned):
                    raise
            else:
                return mirror.skipped
            finally:
                os.close(owned)

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Keep the mirror current until `stop` is set, or look on while another process does. Blocks.

        A mirror that is removed meanwhile is made again.
        """
        from trackside.services.places.mirror import Mirror

        is_told = False
        while not stop.is_set():
            owned = self.store.own()
            if owned is None:
                if not is_told and self.store.caught_up():
                    self._tell_of_all(listener)
                    is_told = True
                stop.wait(_LOOK_SECONDS)
                continue
            try:
                with Mirror(self.store, owned, self._finder, self._sources) as mirror:
                    mirror.catch_up(listener.progress, stop)
                    self._tell_of_all(listener)
                    if mirror.skipped:
                        listener.skipped(mirror.skipped)
                    mirror.follow(stop, listener.skipped)
            except (StoreError, OSError):
                if self.store.is_held(owned):
                    raise
            finally:
                os.close(owned)

    def _tell_of_all(self, listener: Listener) -> None:
        """All that there was has been read, and is in the index."""
        self.store.refresh()
        listener.caught_up()
