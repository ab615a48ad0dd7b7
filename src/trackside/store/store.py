"""One store: what the app and the command line read runs from, and edit them through.

Opening one is cheap: neither polars nor numpy nor sqlite-utils is loaded before something needs them. Everything may
be called from any thread.
"""

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trackside.model.errors import StoreError
from trackside.model.run import ProjectSettings, Run
from trackside.model.status import RUNNING
from trackside.store import manifest
from trackside.store.index import Index, IndexTornError, IndexUnusableError
from trackside.store.index_place import places
from trackside.store.layout import RunPaths, StorePaths

if TYPE_CHECKING:
    import polars as pl

    from trackside.store.catch_up import CatchUp, Changes, Progress
    from trackside.store.curves import Overview, Series
    from trackside.store.edits import Editor
    from trackside.store.table import Table
    from trackside.store.tails import TailCache

T = TypeVar("T")

_ATTEMPTS = 6


@dataclass(frozen=True)
class StoreInfo:
    """A store in a few numbers; `index` is None where the index lives in memory."""

    root: Path
    uuid: str
    format: int
    index: Path | None
    runs: int
    projects: list[str]
    statuses: dict[str, int]
    damaged: dict[str, str] = field(default_factory=dict)


class Store:
    """The runs below one folder."""

    def __init__(self, paths: StorePaths, uuid: str, store_format: int) -> None:
        self.paths = paths
        self.root = paths.root
        self.uuid = uuid
        self.format = store_format
        self._file = _identity(paths.manifest)
        self._places = places(paths, uuid)
        self.index = Index(next(self._places, None))
        self._refreshing = threading.Lock()
        self._generation = ""

    @classmethod
    def open(cls, root: Path) -> "Store":
        """The store in `root`. StoreError, in one line, where there is none or it cannot be read."""
        paths, said = manifest.open_paths(root)
        return cls(paths, str(said["uuid"]), int(said["format"]))

    @property
    def writable(self) -> bool:
        """Whether runs may be edited."""
        return os.access(self.root, os.W_OK | os.X_OK)

    def check(self) -> None:
        """StoreError, in one line, where the folder is not the store any more that was opened."""
        try:
            found = _identity(self.paths.manifest)
        except OSError as error:
            raise StoreError(f"the store {self.root} is gone ({error.strerror}): moved, removed or unmounted") from None
        if found != self._file:
            _, said = manifest.open_paths(self.root)
            if said["uuid"] != self.uuid:
                raise StoreError(f"another store lies at {self.root} now; leave and open it again")
            self._file = found

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs as the index has them; nothing is read for it but the index."""
        return self._read(lambda: self.index.first_page(limit)) if self.index.exists() else []

    def count(self) -> int:
        """Runs that are not in the trash, as the index has them."""
        return self._read(self.index.count) if self.index.exists() else 0

    def refresh(self, on_progress: "Progress | None" = None, *, thorough: bool = False) -> "Changes":
        """Bring the index up to what the files say; what changed by that."""
        with self._refreshing:
            return self._persist(lambda: self._refresh(on_progress, thorough=thorough))

    def refresh_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Look at these runs alone; ids of those that changed."""
        wanted = list(run_ids)
        with self._refreshing:
            return self._persist(lambda: self._catch_up.runs(wanted))

    def running(self) -> list[str]:
        """Ids of the runs that were running when they were last looked at."""
        return self._read(lambda: self.index.ids(status=RUNNING))

    def refresh_running(self) -> "Changes":
        """Look at the runs that were running; at all, if the index was removed meanwhile."""
        with self._refreshing:
            return self._persist(self._refresh_running)

    def moment(self) -> tuple[str, int]:
        """Which index this is, and the number of its latest change."""
        return self._read(lambda: (self.index.generation(), self.index.revision()))

    def changed_since(self, moment: tuple[str, int]) -> frozenset[str]:
        """Runs that changed in the index since, whichever process put them there; all, if it was made again."""
        generation, revision = moment
        return self._read(
            lambda: frozenset(self.index.ids_since(revision if self.index.generation() == generation else 0))
        )

    def run(self, run_id: str) -> Run:
        """One run. StoreError where there is none of that id."""
        found = self.runs([run_id])
        if not found:
            raise StoreError(f"no run {run_id} in {self.root}")
        return found[0]

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for, without those that are not there."""
        wanted = list(run_ids)
        found = self._read(lambda: self.index.runs(wanted))
        if len(found) < len(wanted):
            self.refresh_runs(set(wanted) - {run.id for run in found})
            found = self._read(lambda: self.index.runs(wanted))
        return found

    def ids_matching(self, text: str) -> list[str]:
        """Ids of runs whose id is, begins or ends with `text`, or that are named so; newest first."""
        return self._read(lambda: self.index.matching(text))

    def projects(self) -> list[str]:
        """Names of all projects that have runs."""
        return self._read(self.index.projects)

    def project(self, name: str) -> ProjectSettings:
        """What a project decided."""
        return self._read(lambda: self.index.project(name))

    def frame(self) -> "pl.DataFrame":
        """The table of all runs; its columns are those of `store.table`."""
        return self._read(self._table.frame)

    def editor(self) -> "Editor":
        """Edits of this process. What was edited is in the index when an edit returns."""
        return self._editor

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric, by (step, time); `superseded` asks for those too that a resume replaced."""
        from trackside.store import curves

        return curves.series(self.run_paths(run_id), metric, self._tails, superseded=superseded)

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in about `points` buckets, each with its extremes: no spike is lost."""
        from trackside.store import curves

        return curves.overview(self.run_paths(run_id), metric, points, self._tails)

    def run_paths(self, run_id: str) -> RunPaths:
        """The folder of a run."""
        return self.paths.run(run_id)

    def reindex(self, on_progress: "Progress | None" = None) -> int:
        """Throw the index away and make it again from the files; how many runs it has."""
        self.index.discard()
        self.refresh(on_progress)
        return self.count()

    def seal(self, on_progress: "Progress | None" = None) -> int:
        """Seal what may be sealed of every run; how many logs were."""
        from trackside.store import seal

        wanted = sorted(self.paths.run_ids())
        sealed = 0
        for done, run_id in enumerate(wanted, start=1):
            sealed += seal.seal(self.run_paths(run_id))
            if on_progress is not None:
                on_progress(done, len(wanted))
        return sealed

    def info(self) -> StoreInfo:
        """The store in a few numbers."""
        statuses = self._read(self.index.statuses)
        return StoreInfo(
            root=self.root,
            uuid=self.uuid,
            format=self.format,
            index=self.index.path,
            runs=sum(statuses.values()),
            projects=self.projects(),
            statuses=statuses,
            damaged=dict(self._catch_up.damaged),
        )

    def close(self) -> None:
        """Give the index back."""
        self.index.close()

    def _refresh(self, on_progress: "Progress | None", *, thorough: bool) -> "Changes":
        generation = self.index.generation()
        anew = generation != self._generation and not self.index.scanned()
        changes = self._catch_up.all(on_progress) if thorough or anew else self._catch_up.recent(on_progress)
        self._generation = generation
        return changes

    def _refresh_running(self) -> "Changes":
        from trackside.store.catch_up import Changes

        if self.index.generation() != self._generation:
            return self._refresh(None, thorough=False)
        return Changes(frozenset(self._catch_up.runs(self.index.ids(status=RUNNING))))

    def _read(self, read: Callable[[], T]) -> T:
        """A read of the index; of one that is torn or unusable, after it was made again from the files."""
        try:
            return read()
        except (IndexTornError, IndexUnusableError) as error:
            with self._refreshing:
                if isinstance(error, IndexUnusableError):
                    self._index_elsewhere()
                self._persist(lambda: self._refresh(None, thorough=False))
            return read()

    def _persist(self, write: Callable[[], T]) -> T:
        """A write to the index: made again if it is torn, and from now on elsewhere if it cannot be used."""
        for _ in range(_ATTEMPTS):
            self.check()
            try:
                return write()
            except IndexTornError:
                continue
            except IndexUnusableError:
                self._index_elsewhere()
        raise StoreError(f"the index {self.index.path} cannot be written; remove its folder and try again")

    def _index_elsewhere(self) -> None:
        """Go on with an index in the next best place, in the end in memory. It has to be caught up by the caller."""
        self.index.close()
        self.index = Index(next(self._places, None))
        for cached in ("_catch_up", "_table"):
            self.__dict__.pop(cached, None)

    def _edited(self, run_id: str | None) -> None:
        if run_id is None:
            self.refresh()
        else:
            self.refresh_runs([run_id])

    def _latest_stamp(self, run_id: str) -> int:
        with self._refreshing:
            return self._persist(lambda: self._catch_up.latest_stamp(run_id))

    @cached_property
    def _catch_up(self) -> "CatchUp":
        from trackside.store.catch_up import CatchUp

        return CatchUp(self.paths, self.index)

    @cached_property
    def _table(self) -> "Table":
        from trackside.store.table import Table

        return Table(self.index)

    @cached_property
    def _editor(self) -> "Editor":
        from trackside.store.edits import Editor

        return Editor(self.paths, self._latest_stamp, self._edited)

    @cached_property
    def _tails(self) -> "TailCache":
        from trackside.store.tails import TailCache

        return TailCache()

    def texts(self, run_id: str, name: str) -> list[tuple[int, float, str]]:
        """What was logged as text under `name`: step, time, words."""
        from trackside.store import curves

        return curves.texts(self.run_paths(run_id), name, self._tails)

    def console_files(self, run_id: str) -> list[Path]:
        """The streams that a run printed, oldest first."""
        return sorted(self.run_paths(run_id).console.glob("*.log"))

    def patch(self, run_id: str) -> str | None:
        """What the work tree had that the commit did not; None where nothing was kept."""
        patch = self.run_paths(run_id).patch
        return patch.read_text(errors="replace") if patch.is_file() else None


def _identity(file: Path) -> tuple[int, int]:
    """Which file it is: another one has another identity, whatever its name."""
    found = file.stat()
    return found.st_dev, found.st_ino
