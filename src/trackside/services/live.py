"""A store that keeps itself up to date: first what happened while nobody looked, then what happens."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from trackside.store.store import Store

if TYPE_CHECKING:
    from trackside.store.catch_up import Changes, Progress


class LiveStore:
    """One store, followed by one thread."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def follow(
        self, stop: threading.Event, on_changes: "Callable[[Changes], None]", on_progress: "Progress | None" = None
    ) -> None:
        """Catch up, then watch until `stop` is set. Blocks: for a worker thread.

        `on_changes` is called in that thread, each time after the index took the changes in. The first call comes
        when everything is caught up, whether something had changed or not.
        """
        from trackside.store.watch import Watcher

        watcher = Watcher(self.store)
        on_changes(self.store.refresh(on_progress))
        thorough = self.store.refresh(on_progress, thorough=True)
        if thorough:
            on_changes(thorough)
        for changes in watcher.changes(stop):
            on_changes(changes)
