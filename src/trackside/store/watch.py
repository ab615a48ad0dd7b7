"""Noticing change as it happens: events below `changed/`, and the size of the logs that are being written.

Watching the logs themselves would double the cost of writing them, so they are stat'ed ten times a second instead.
Where the file system gives no events, `changed/` is polled. Of a run that goes on no event is needed: it is looked at
once a second anyway. What begins or goes on again, and what is edited, is noticed by them alone.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import watchfiles

from trackside.store import manifest
from trackside.store.changes import Changes
from trackside.store.filesystem import on_network
from trackside.store.store import Store

_TICK_MS = 100
_STATUS_SECONDS = 1.0
_REST = 9.0
"""So many times as long as a look at what grew took to compute, the next one waits: fifty runs take no whole core."""


class Watcher:
    """The changes of one store, for one thread that waits for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sizes: dict[Path, int] = {}
        self._looked = self._rested = 0.0
        self._moment = store.moment()

    def changes(self, stop: threading.Event) -> Iterator[Changes]:
        """What changed, as soon as it did. Each time the index has already taken it in.

        Ends when `stop` is set, or when the folders that are watched are not those any more that should be.
        """
        watched = self._folders()
        if not watched:
            # Nothing was announced yet, and the folder for it is not ours to make.
            stop.wait(_STATUS_SECONDS)
            return
        events = watchfiles.watch(
            *watched,
            watch_filter=None,
            debounce=_TICK_MS,
            step=10,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            stop_event=stop,
            recursive=True,
            force_polling=on_network(self._store.root) or None,
            poll_delay_ms=_TICK_MS,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
        once_more = True
        for event in events:
            looked = self._looked
            changes = self._announced() if event or once_more else self._grown()
            # What was written in a new folder before that was watched is told by no event.
            once_more = any(Path(path).is_dir() for _, path in event)
            if changes:
                yield changes
            # One that takes the place of a removed one is mostly given its inode.
            removed = any(change is watchfiles.Change.deleted and Path(path) in watched for change, path in event)
            if removed or (self._looked != looked and self._folders() != watched):
                return

    def _folders(self) -> dict[Path, int]:
        """The folders in which changes are announced, and which ones they are by their inodes."""
        with suppress(PermissionError):
            manifest.make_folder(self._store.paths.changed, self._store.root)
        folders = (layer.changed for layer in self._store.paths.layers())
        return {folder: folder.stat().st_ino for folder in folders if folder.is_dir()}

    def _announced(self) -> Changes:
        changes = self._store.refresh()
        self._look_again()
        return changes | self._put_by_anybody()

    def _grown(self) -> Changes:
        """Runs whose logs are longer than they were; once a second all that run, for a process may die in silence."""
        if time.monotonic() < self._rested:
            return Changes()
        computed = time.thread_time()
        changes = self._look()
        self._rested = time.monotonic() + _REST * (time.thread_time() - computed)
        return changes

    def _look(self) -> Changes:
        if time.monotonic() - self._looked >= _STATUS_SECONDS:
            changes = self._store.refresh_running()
            self._look_again()
            return changes | self._put_by_anybody()
        sizes = {log: _size(log) for log in self._sizes}
        grown = {log.parent.parent.name for log, size in sizes.items() if size != self._sizes[log]}
        self._sizes = sizes
        if not grown:
            return Changes()
        return Changes(frozenset(self._store.refresh_runs(grown))) | self._put_by_anybody()

    def _put_by_anybody(self) -> Changes:
        """Runs that changed in the index: another process may have read what is new before this one did."""
        before, self._moment = self._moment, self._store.moment()
        return Changes(self._store.changed_since(before))

    def _look_again(self) -> None:
        self._looked = time.monotonic()
        logs = [log for run_id in self._store.running() for log in self._store.run_paths(run_id).logs.glob("*.log")]
        self._sizes = {log: self._sizes.get(log, -1) for log in logs}


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return -1
