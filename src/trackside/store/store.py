"""One store: what the app and the command line read runs from, and edit them through.

Opening one is cheap: neither polars nor numpy nor sqlite-utils is loaded before something needs them. Everything may
be called from any thread.
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from trackside.model import ids
from trackside.model.errors import StoreError
from trackside.model.lineage import Holder
from trackside.model.progress import OnProgress
from trackside.model.run import LOGGED, ProjectSettings, Run
from trackside.model.status import RUNNING
from trackside.store import files, manifest
from trackside.store.index import Index
from trackside.store.kept_index import KeptIndex
from trackside.store.layout import RunPaths, StorePaths

if TYPE_CHECKING:
    import polars as pl

    from trackside.model.imported import Imported
    from trackside.store.changes import Changes
    from trackside.store.console import Piece
    from trackside.store.copied import Standing
    from trackside.store.curves import Overview, Series
    from trackside.store.edited import BaselineChoice
    from trackside.store.edits import Editor
    from trackside.store.tails import TailCache


class StoreInfo(msgspec.Struct, frozen=True):
    """A store in a few numbers; `index` is None where the index lives in memory.

    `own_edits` is the folder of edits that this user alone sees, None where there are none.
    """

    root: Path
    uuid: str
    format: int
    index: Path | None
    runs: int
    projects: list[str]
    statuses: dict[str, int]
    own_edits: Path | None = None
    damaged: dict[str, str] = msgspec.field(default_factory=dict)


class Store:
    """The runs below one folder."""

    def __init__(self, paths: StorePaths, uuid: str, store_format: int, own: Path | None = None) -> None:
        self.root = paths.root
        self.uuid = uuid
        self.format = store_format
        self._kept = KeptIndex(paths, uuid, own)
        self._only_aside = own is not None
        self._remark = ""

    @classmethod
    def open(cls, root: Path) -> "Store":
        """The store in `root`. StoreError, in one line, where there is none or it cannot be read."""
        paths, said = manifest.open_paths(root)
        return cls(paths, str(said["uuid"]), int(said["format"]))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where a person finds it."""
        return (str(self.root),)

    @property
    def paths(self) -> StorePaths:
        """Where everything of the store lies."""
        return self._kept.paths

    @property
    def index(self) -> Index:
        """The index, wherever it is kept."""
        return self._kept.index

    def check(self) -> None:
        """StoreError, in one line, where the folder is not the store any more that was opened."""
        self._kept.check()

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs as the index has them; nothing is read for it but the index."""
        return self._kept.read(lambda index: index.first_page(limit)) if self.index.exists() else []

    def count(self) -> int:
        """Runs that are not in the trash, as the index has them."""
        return self._kept.read(Index.count) if self.index.exists() else 0

    def shown(self) -> list[str]:
        """Ids of the runs that are not in the trash, as the index has them."""
        return self._kept.read(Index.shown) if self.index.exists() else []

    def refresh(self, on_progress: OnProgress | None = None, *, thorough: bool = False) -> "Changes":
        """Bring the index up to what the files say; what changed by that."""
        return self._kept.refresh(on_progress, thorough=thorough)

    def refresh_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Look at these runs alone; ids of those that changed."""
        return self._kept.refresh_runs(run_ids)

    def running(self) -> list[str]:
        """Ids of the runs that were running when they were last looked at."""
        return self._kept.read(lambda index: index.ids(status=RUNNING))

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash."""
        return self._kept.read(Index.trashed)

    def refresh_running(self) -> "Changes":
        """Look at the runs that were running; at all, if the index was removed meanwhile."""
        return self._kept.refresh_running()

    def moment(self) -> tuple[str, int]:
        """Which index this is, and the number of its latest change."""
        return self._kept.read(lambda index: (index.generation(), index.revision()))

    def changed_since(self, moment: tuple[str, int]) -> frozenset[str]:
        """Runs that changed in the index since, whichever process put them there; all, if it was made again."""
        generation, revision = moment
        return self._kept.read(
            lambda index: frozenset(index.ids_since(revision if index.generation() == generation else 0))
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
        found = self._kept.read(lambda index: index.runs(wanted))
        if len(found) < len(wanted):
            self.refresh_runs(set(wanted) - {run.id for run in found})
            found = self._kept.read(lambda index: index.runs(wanted))
        return found

    def has(self, run_id: str) -> bool:
        """Whether there is a run of that id."""
        return ids.is_id(run_id) and self.run_paths(run_id).manifest.exists()

    def standing(self, run_id: str) -> "Standing | None":
        """How far a run of another system has been copied here; None where there is no such run."""
        from trackside.store.copied import standing

        if not self.has(run_id):
            return None
        return standing(self._kept.fold(run_id))

    def ids_matching(self, text: str) -> list[str]:
        """Ids of runs named `text`, or whose id, or the end of it that is shown, begins or ends so; newest first."""
        return self._kept.read(lambda index: index.matching(text))

    def holders(self, hashes: Iterable[str]) -> list[Holder]:
        """The runs that made the content of each hash as an artifact, or used it as data."""
        wanted = list(hashes)
        return self._kept.read(lambda index: index.holders(wanted))

    def projects(self) -> list[str]:
        """Names of all projects that have runs."""
        return self._kept.read(Index.projects)

    def project(self, name: str) -> ProjectSettings:
        """What a project decided."""
        return self._kept.read(lambda index: index.project(name))

    def baseline_choices(self, project: str) -> "list[BaselineChoice]":
        """Every choice of a project's baseline, the first one first."""
        from trackside.store.edited import baseline_choices

        return baseline_choices(self.paths, project)

    def frame(
        self,
        words: Iterable[str] | None = None,  # noqa: ARG002  nothing is far away
        runs: Iterable[str] | None = None,  # noqa: ARG002
    ) -> "pl.DataFrame":
        """The table of all runs; its columns are those of `store.table`. StoreError where another store lies there."""
        frame = self._kept.read(lambda _: self._kept.table.frame())
        self.check()
        return frame

    def is_short(self) -> bool:
        """Whether of some runs only what a table needs is known: of none."""
        return False

    def editor(self) -> "Editor":
        """Edits of this process. What was edited is in the index when an edit returns."""
        return self._editor

    def remark(self) -> str:
        """What is worth telling about the edits so far, each thing once: that they are kept for this user alone."""
        remark, self._remark = self._remark, ""
        return remark

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric, by (step, time); `superseded` asks for those too that a resume replaced."""
        from trackside.store import curves

        return curves.series(self.run_paths(run_id), metric, self._tails, superseded=superseded)

    def outline(self, run_id: str, metric: str, low: float | None = None, high: float | None = None) -> "Series":  # noqa: ARG002
        """The points of a metric that a chart needs: all, for nothing is far away."""
        return self.series(run_id, metric)

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in about `points` buckets, each with its extremes: no spike is lost."""
        from trackside.store import curves

        return curves.overview(self.run_paths(run_id), metric, points, self._tails)

    def run_paths(self, run_id: str) -> RunPaths:
        """The folder of a run."""
        return self.paths.run(run_id)

    def reindex(self, on_progress: OnProgress | None = None) -> int:
        """Throw the index away and make it again from the files; how many runs it has."""
        self.index.discard()
        self.refresh(on_progress)
        return self.count()

    def seal(self, on_progress: OnProgress | None = None) -> int:
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
        statuses = self._kept.read(Index.statuses)
        return StoreInfo(
            root=self.root,
            uuid=self.uuid,
            format=self.format,
            index=self.index.path,
            runs=sum(statuses.values()),
            projects=self.projects(),
            statuses=statuses,
            own_edits=self._kept.own if self._kept.own.exists() else None,
            damaged=self._kept.damaged(),
        )

    def close(self) -> None:
        """Give the index back."""
        self.index.close()

    def _edited(self, run_id: str | None) -> None:
        if run_id is None:
            self.refresh()
        else:
            self.refresh_runs([run_id])

    def _edits_aside(self) -> None:
        self._kept.refresh()
        if not self._only_aside:
            self._remark = f"{self.root} may only be read by you; what you edit is kept for you alone"

    @cached_property
    def _editor(self) -> "Editor":
        from trackside.store.edits import Editor

        return Editor(
            StorePaths(self.root),
            self._kept.own,
            seen=self._kept.latest_stamp,
            edited=self._edited,
            aside=self._edits_aside,
            only_aside=self._only_aside,
        )

    @cached_property
    def _tails(self) -> "TailCache":
        from trackside.store.tails import TailCache

        return TailCache()

    def texts(self, run_id: str, name: str) -> list[tuple[int, float, str]]:
        """What was logged as text under `name`: step, time, words."""
        from trackside.store import curves

        return curves.texts(self.run_paths(run_id), name, self._tails)

    def console(self, run_id: str) -> "list[Piece]":
        """What is kept of what a run printed, in its order."""
        from trackside.store.console import pieces

        return [*pieces(self.run_paths(run_id).console)]

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file of an artifact of a run. DamagedError where it is missing or is not what it was."""
        if digest.startswith(LOGGED):
            return self._histograms(run_id, digest.removeprefix(LOGGED).partition(":")[2].partition(":")[2])
        from trackside.store.artifacts import open_verified

        return open_verified(self.paths, digest)

    def _histograms(self, run_id: str, name: str) -> bytes:
        """What was logged under a name as histograms, a line each."""
        from trackside.model.histogram import line
        from trackside.store import curves

        return b"".join(map(line, curves.histograms(self.run_paths(run_id), name, self._tails)))

    def patch(self, run_id: str) -> str | None:
        """What the work tree had that the commit did not; None where nothing was kept."""
        return self._captured(run_id, self.run(run_id).code.patch_file)

    def imported(self, run_id: str) -> "Imported":
        """The files that a run imported; empty where nothing was kept."""
        from trackside.model import imported

        return imported.read(self._captured(run_id, self.run(run_id).code.imported_file) or "")

    def lock(self, run_id: str) -> str | None:
        """The distributions that a run found installed, as requirements; None where nothing was kept."""
        return self._captured(run_id, self.run(run_id).environment.lock_file)

    def _captured(self, run_id: str, name: str | None) -> str | None:
        """What a run says is kept under `name`; None where nothing in its folder has that name."""
        try:
            found = [file for file in self.run_paths(run_id).root.iterdir() if file.name == name]
        except FileNotFoundError:  # it was emptied from the trash
            return None
        return _text(found[0]) if found else None


def _text(file: Path) -> str | None:
    """What was kept beside a run. StoreError where it cannot be read, or is a link that somebody put there."""
    try:
        return files.read_plain(file).decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from error
