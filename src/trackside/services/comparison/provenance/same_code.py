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
        self._imported = cache(self._read_imported)
        self._patch_hash = cache(self._read_patch)

    def of(self, run: Run) -> KnownCode:
        """What the code of this run is known by."""
        return KnownCode(
            run.code.imported_hash,
            run.status == "finished",
            partial(self._imported, run.id),
            partial(self._started_from, run),
        )

    def _started_from(self, run: Run) -> str | None:
        """The commit, and the hash of what the work tree had beside it."""
        return f"{run.code.commit}+{self._patch_hash(run.id)}" if run.code.dirty else run.code.commit

    def _read_imported(self, run_id: str) -> Imported:
        """The files that a run imported; none where their list cannot be read."""
        try:
            return self._store.imported(run_id)
        except StoreError:
            return {}

    def _read_patch(self, run_id: str) -> str:
        """The hash of what a run's work tree had beside its commit; where that is not known, no other run's."""
        try:
            patch = self._store.patch(run_id)
        except StoreError:
            patch = None
        return hashlib.sha256((patch or run_id).encode()).hexdigest()
