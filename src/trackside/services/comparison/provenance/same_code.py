"""What the code of each run of a store is known by. What was read of a run is kept."""

import hashlib
from functools import cache, partial

from trackside.compare.same_code import KnownCode
from trackside.model.errors import StoreError
from trackside.model.imported import Imported
from trackside.model.run import Run
from trackside.store.any_store import AnyStore


class Codes:
    """What the code of each run is known by."""

    def __init__(self, store: AnyStore) -> None:
        self._store = store
        self._known: dict[str, KnownCode] = {}

    def of(self, run: Run) -> KnownCode:
        """What the code of this run is known by."""
        if run.id not in self._known:
            self._known[run.id] = KnownCode(
                run.code.imported_hash,
                run.status == "finished",
                cache(partial(self._imported, run)),
                cache(partial(self._started_from, run)),
            )
        return self._known[run.id]

    def _imported(self, run: Run) -> Imported:
        """The files that a run imported; none where their list cannot be read."""
        try:
            return self._store.imported(run.id)
        except StoreError:
            return {}

    def _started_from(self, run: Run) -> str | None:
        """The commit, and the hash of what the work tree had beside it; where that is not known, no other run's."""
        if not run.code.dirty:
            return run.code.commit
        try:
            patch = self._store.patch(run.id)
        except StoreError:
            patch = None
        return f"{run.code.commit}+{hashlib.sha256((patch or run.id).encode()).hexdigest()}"
