"""A store that keeps itself up to date: first what happened while nobody looked, then what happens.

Where the store is moved away, unmounted or broken meanwhile, that is told, and it is looked for until it is back.
"""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trackside.model.errors import StoreError
from trackside.store.store import Store

if TYPE_CHECKING:
    from trackside.store.catch_up import Changes, Progress


RETRY_SECONDS = 1.0


class LiveStore:
    """One store, followed by one thread."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def follow(
        self,
        stop: threading.Event,
        on_changes: "Callable[[Changes], None]",
        on_progress: "Progress | None" = None,
        on_trouble: "Callable[[str], None]" = lambda _: None,
    ) -> None:
        """Catch up, then watch until `stop` is set. Blocks: for a worker thread.

        `on_changes` is called in that thread, each time after the index took the changes in. The first call comes
        when everything is caught up, whether something had changed or not. `on_trouble` is given one line where the
        store cannot be read, and "" once it can be again.
        """
        trouble = ""
        while not stop.is_set():
            try:
                for changes in self._changes(stop, on_progress):
                    if trouble:
                        trouble = ""
                        on_trouble(trouble)
                    on_changes(changes)
            except (StoreError, OSError) as error:
                if str(error) != trouble:
                    trouble = str(error)
                    on_trouble(trouble)
                stop.wait(RETRY_SECONDS)

    def _changes(self, stop: threading.Event, on_progress: "Progress | None") -> "Iterator[Changes]":
        """Changes until `stop` is set, or until what is watched has been replaced by something else."""
        from trackside.store.watch import Watcher

        watcher = Watcher(self.store)
        yield self.store.refresh(on_progress)
        thorough = self.store.refresh(on_progress, thorough=True)
        if thorough:
            yield thorough
        yield from watcher.changes(stop)
