"""The index of a store, kept where it can be kept, and brought up to what the files say.

An index that is torn is made again; one that cannot be used where it lies goes on elsewhere, in the end in memory. One
that others use knows nothing of what this user keeps aside because it cannot be written. Everything may be called from
any thread.
"""

import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trackside.model.errors import StoreError
from trackside.model.progress import OnProgress
from trackside.model.status import RUNNING
from trackside.store import locate, manifest
from trackside.store.index import Index, IndexTornError, IndexUnusableError
from trackside.store.index_place import Place, places
from trackside.store.layout import StorePaths

if TYPE_CHECKING:
    from trackside.store.catch_up import CatchUp
    from trackside.store.changes import Changes
    from trackside.store.fold import RunFold
    from trackside.store.table import Table

T = TypeVar("T")

_ATTEMPTS = 6


class KeptIndex:
    """The index of the store in `root`, and the paths of all that it is made from.

    `own` is where this user edits in any case, beside the store; without, it is where what cannot be edited in
    the store is.
    """

    def __init__(self, paths: StorePaths, uuid: str, own: Path | None = None) -> None:
        self.own = own or locate.own_edits(uuid)
        self._root = paths.root
        self._uuid = uuid
        self._file = _identity(paths)
        self._places = places(paths, uuid, shared=own is None and not self.own.exists())
        self._refreshing = threading.Lock()
        self._generation = ""
        self._use(next(self._places, None))

    def read(self, read: Callable[[Index], T]) -> T:
        """A read of the index; of one that is torn or unusable, after it was made again from the files."""
        try:
            return read(self.index)
        except (IndexTornError, IndexUnusableError) as error:
            with self._refreshing:
                if isinstance(error, IndexUnusableError):
                    self._use_next()
                self._persist(lambda: self._refresh(None, thorough=False))
            return read(self.index)

    def refresh(self, on_progress: OnProgress | None = None, *, thorough: bool = False) -> "Changes":
        """Bring the index up to what the files say; what changed by that."""
        with self._refreshing:
            self._see_own()
            return self._persist(lambda: self._refresh(on_progress, thorough=thorough))

    def refresh_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Look at these runs alone; ids of those that changed."""
        wanted = list(run_ids)
        with self._refreshing:
            return self._persist(lambda: self._catch_up.runs(wanted))

    def refresh_running(self) -> "Changes":
        """Look at the runs that were running; at all, if the index was removed meanwhile."""
        with self._refreshing:
            self._see_own()
            return self._persist(self._refresh_running)

    def fold(self, run_id: str) -> "RunFold":
        """What was read of a run so far, all that is there now."""
        with self._refreshing:
            return self._persist(lambda: self._catch_up.fold(run_id))

    def latest_stamp(self, run_id: str) -> int:
        """The greatest stamp among the edits of a run."""
        with self._refreshing:
            return self._persist(lambda: self._catch_up.latest_stamp(run_id))

    def damaged(self) -> dict[str, str]:
        """Runs that could not be read, and why."""
        return dict(self._catch_up.damaged)

    def check(self) -> None:
        """StoreError, in one line, where the folder is not the store any more that was opened."""
        try:
            found = _identity(StorePaths(self._root))
        except OSError as error:
            raise StoreError(f"the store {self._root} is gone ({error.strerror}): moved, removed, unmounted?") from None
        if found != self._file:
            _, said = manifest.open_paths(self._root)
            if said["uuid"] != self._uuid:
                raise StoreError(f"another store lies at {self._root} now; leave and open it again")
            self._file = found

    @cached_property
    def table(self) -> "Table":
        """All runs as one frame."""
        from trackside.store.table import Table

        return Table(self.index)

    @cached_property
    def _catch_up(self) -> "CatchUp":
        from trackside.store.catch_up import CatchUp

        return CatchUp(self.paths, self.index)

    def _see_own(self) -> None:
        """Leave an index that others use too once there is something of this user's own, which they do not see."""
        if self.paths.overlay is None and self.own.exists():
            self._use_next()

    def _refresh(self, on_progress: OnProgress | None, *, thorough: bool) -> "Changes":
        generation = self.index.generation()
        anew = generation != self._generation and not self.index.scanned()
        changes = self._catch_up.all(on_progress) if thorough or anew else self._catch_up.recent(on_progress)
        self._generation = generation
        return changes

    def _refresh_running(self) -> "Changes":
        from trackside.store.changes import Changes

        if self.index.generation() != self._generation:
            return self._refresh(None, thorough=False)
        return Changes(frozenset(self._catch_up.runs(self.index.ids(status=RUNNING))))

    def _persist(self, write: Callable[[], T]) -> T:
        """A write to the index: made again if it is torn, and from now on elsewhere if it cannot be used."""
        for _ in range(_ATTEMPTS):
            self.check()
            try:
                return write()
            except IndexTornError:
                continue
            except IndexUnusableError:
                self._use_next()
        raise StoreError(f"the index {self.index.path} cannot be written; remove its folder and try again")

    def _use_next(self) -> None:
        """Go on with an index in the next best place, which whoever calls has to catch up."""
        self.index.close()
        self._use(next(self._places, None))

    def _use(self, place: Place | None) -> None:
        shared = place is not None and place.beside is not None
        self.index = Index(place)
        self.paths = StorePaths(self._root, None if shared else self.own)
        for cached in ("_catch_up", "table"):
            self.__dict__.pop(cached, None)


def _identity(paths: StorePaths) -> tuple[int, int]:
    """Which file `store.json` is: another one has another identity, whatever its name."""
    found = paths.manifest.stat()
    return found.st_dev, found.st_ino
