"""What every screen is given: the store that it shows, and how this person set the app up."""

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import msgspec

from trackside.config.settings import Settings
from trackside.services.places.live import Live
from trackside.store.any_store import AnyStore
from trackside.tui.undos import Undos


class Context(msgspec.Struct):
    """Handed from the app to its screens, and from them to their widgets."""

    live: Live
    settings: Settings
    """Others, once the person saved a change of them."""

    read_only: bool = False
    """Whether nothing may be edited here."""

    editing: Executor = msgspec.field(default_factory=partial(ThreadPoolExecutor, 1, "edits"))
    """Makes edits, and takes them back, one after the other."""

    undos: Undos = msgspec.field(default_factory=Undos)

    @property
    def store(self) -> AnyStore:
        """The store that is open."""
        return self.live.store
