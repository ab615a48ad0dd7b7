"""Following a store on another machine: the agent tells what happens, and where the connection breaks it is made again.

Until then what is shown is what was known last, and it is said since when.
"""

import threading
from typing import TYPE_CHECKING, Any

from trackside.model.errors import TracksideError
from trackside.services.patience import Patience
from trackside.services.places.listener import Listener
from trackside.services.remote.near.connection import Connection, News
from trackside.services.remote.near.link import LostError
from trackside.services.remote.near.store import RemoteStore

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped
    from trackside.store.any_store import AnyStore

_TICK_SECONDS = 0.2


class LiveRemote:
    """The store behind a connection, followed by one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._remote_store = RemoteStore(connection)
        self.store: AnyStore = self._remote_store

    @property
    def is_foreign(self) -> bool:
        """Whether it is a place of another system, searched for runs again and again."""
        return self._connection.opened.is_foreign

    @property
    def is_far(self) -> bool:
        """It is behind ssh."""
        return True

    def catch_up(self, on_progress: Any = None) -> "list[Skipped]":  # noqa: ARG002  nothing tells how far it is
        """Have all read that is new there; what could not be read, and why."""
        return _skipped(self._remote_store.catch_up())

    def live(self) -> "LiveRemote":
        """The same, to be followed."""
        return self

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Tell what happens there until `stop` is set. Blocks: for a worker thread."""
        patience = Patience()
        while not stop.is_set():
            try:
                self._begin(listener)
                patience.renew()
                self._tell(stop, listener)
            except TracksideError as error:
                listener.trouble(self._connection.stale(error))
                patience.wait(stop)

    def _begin(self, listener: Listener) -> None:
        """Have the agent tell from now on; over a new link where the last one broke."""
        if self._connection.lost_at is None:
            self._connection.call("follow")
            return
        self._connection.again()
        changes = self._remote_store.news()
        self._connection.call("follow")
        listener.trouble("")
        listener.changes(changes)

    def _tell(self, stop: threading.Event, listener: Listener) -> None:
        """Pass on what happens. LostError once the connection broke."""
        while not stop.is_set():
            news = self._connection.news(_TICK_SECONDS)
            self._pass_on(news, listener)
            if "lost" in news.said:
                raise LostError(self._connection.why_lost)

    def _pass_on(self, news: News, listener: Listener) -> None:
        from trackside.store.changes import Changes

        if "progress" in news.said and listener.progress is not None:
            listener.progress(*news.said["progress"])
        if "skipped" in news.said:
            listener.skipped(_skipped(news.said["skipped"]))
        if "trouble" in news.said:
            listener.trouble(news.said["trouble"])
        if "changed" in news.said:
            listener.changes(Changes(frozenset(news.runs), frozenset(news.projects)))


def _skipped(said: list[tuple[str, str]]) -> "list[Skipped]":
    from trackside.sources.walk import Skipped

    return [Skipped(where, why) for where, why in said]
