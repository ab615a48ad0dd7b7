"""Bringing the index up to what the files say. Any number of processes may do so at once.

Candidates are the runs that `changed/` names since it was last read, those that were running, and those whose folder
the index does not know; a thorough look takes every run. Of each only the bytes are read that were not read before.
"""

from collections.abc import Iterable, Iterator

import msgspec

from trackside.model import ids
from trackside.model.errors import DamagedError
from trackside.model.progress import OnProgress
from trackside.model.run import ProjectSettings, Run
from trackside.model.status import RUNNING
from trackside.store import concerns, said, scan
from trackside.store.changes import Changes
from trackside.store.compose import compose
from trackside.store.edited import read_project
from trackside.store.fold import RunFold
from trackside.store.index import Folded, Index
from trackside.store.layout import StorePaths
from trackside.store.liveness import Growth

_BATCH = 256
_ATTEMPTS = 4


class CatchUp:
    """Reads what is new in one store into one index. Damaged runs are left out and told of in `damaged`."""

    def __init__(self, paths: StorePaths, index: Index) -> None:
        self._paths = paths
        self._index = index
        self._growth = Growth()
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(RunFold)
        self._settings: dict[str, ProjectSettings] = {}
        self.damaged: dict[str, str] = {}

    def all(self, on_progress: OnProgress | None = None) -> Changes:
        """Look at every run of the store, and forget those that are gone."""
        offsets, _ = self._announced({})
        on_disk = set(self._paths.run_ids())
        gone = set(self._index.ids()) - on_disk
        if gone:
            self._index.forget(gone)
        projects = self._reread_projects()
        changed = self.runs(sorted(on_disk, reverse=True), on_progress)
        self._index.put_offsets(offsets)
        self._index.put_scanned()
        return Changes(frozenset(changed) | gone, projects)

    def recent(self, on_progress: OnProgress | None = None) -> Changes:
        """Look at what was announced, at what runs, and at what is not known yet."""
        offsets, named = self._announced(self._index.offsets())
        projects = self._reread_projects() if any(name.startswith("@") for name in named) else frozenset()
        known = set(self._index.ids())
        unknown = [run_id for run_id in self._paths.run_ids() if run_id not in known]
        running = self._index.ids(status=RUNNING)
        candidates = {name for name in named if ids.is_id(name)} | set(unknown) | set(running)
        for project in projects:
            candidates.update(self._index.ids(project=project))
        changed = self.runs(sorted(candidates, reverse=True), on_progress)
        if offsets:
            self._index.put_offsets(offsets)
        return Changes(frozenset(changed), projects)

    def runs(self, run_ids: Iterable[str], on_progress: OnProgress | None = None) -> set[str]:
        """Look at these runs; ids of those that are not as they were."""
        wanted = list(run_ids)
        changed: set[str] = set()
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            changed |= self._batch(batch)
            if on_progress is not None:
                on_progress(start + len(batch), len(wanted))
        return changed

    def fold(self, run_id: str) -> RunFold:
        """What was read of a run so far, all that is there now; nothing of one that is not there."""
        self.runs([run_id])
        _, packed = self._index.folds([run_id]).get(run_id, (0, b""))
        return self._unpacked(packed) or RunFold({})

    def latest_stamp(self, run_id: str) -> int:
        """The greatest stamp among the edits of a run, 0 without any."""
        return self.fold(run_id).latest_stamp()

    def _batch(self, batch: list[str]) -> set[str]:
        changed: set[str] = set()
        for _ in range(_ATTEMPTS):
            known = {run.id: run for run in self._index.runs(batch)}
            if gone := {run_id for run_id in known if not self._paths.run(run_id).manifest.exists()}:
                self._index.forget(gone)
                changed |= gone
                batch = [run_id for run_id in batch if run_id not in gone]
            folded = list(self._folded(batch, known))
            if not folded:
                break
            batch = self._index.put(folded)
            changed.update(folding.run.id for folding in folded if folding.run != known.get(folding.run.id))
            if not batch:
                break
        return changed

    def _folded(self, batch: list[str], known: dict[str, Run]) -> Iterator[Folded]:
        folds = self._index.folds(batch)
        for run_id in batch:
            before, packed = folds.get(run_id, (0, b""))
            try:
                folded = self._fold(run_id, before, packed, known.get(run_id))
            except DamagedError as error:
                self.damaged[run_id] = str(error)
                continue
            except said.NONSENSE as error:
                self.damaged[run_id] = f"{run_id} cannot be read ({type(error).__name__}: {error})"
                continue
            except OSError as error:
                self.damaged[run_id] = f"{error.filename or run_id} cannot be read: {error.strerror}"
                continue
            self.damaged.pop(run_id, None)
            if folded is not None:
                yield folded

    def _fold(self, run_id: str, before: int, packed: bytes, known: Run | None) -> Folded | None:
        paths = self._paths.run(run_id)
        fold = self._unpacked(packed) or scan.new_fold(paths)
        if fold is None:
            return None
        settings = self._project(fold.project)
        fold, grown = scan.read_new(paths, fold, settings)
        settings = self._project(fold.project)  # a script that joins the run may say another one
        if known is not None and not grown and _judged_alike(known, fold, settings):
            run = known if known.status != RUNNING else compose(paths, fold, settings, self._growth)
            same = (run.status, run.health) == (known.status, known.health)
            return None if same else Folded(run, self._encoder.encode(fold), before)
        fold.judge(settings)
        scan.settle(paths, fold)
        run = compose(paths, fold, settings, self._growth)
        concerns.keep(fold, run.status, run.findings, end_known=run.end_known)
        return Folded(run, self._encoder.encode(fold), before)

    def _unpacked(self, packed: bytes) -> RunFold | None:
        """What was read of a run before; None where that is nothing, or of a shape that this version does not keep."""
        try:
            return self._decoder.decode(packed) if packed else None
        except msgspec.MsgspecError:
            return None

    def _project(self, name: str) -> ProjectSettings:
        known = self._settings.get(name)
        if known is None:
            known, _ = read_project(self._paths, name)
            self._settings[name] = known
            self._index.put_project(name, known)
        return known

    def _reread_projects(self) -> frozenset[str]:
        """Names of the projects that decided something else since."""
        changed = set()
        for name in {*self._settings, *self._index.projects()}:
            before = self._settings.get(name, self._index.project(name))
            now, _ = read_project(self._paths, name)
            self._settings[name] = now
            if now != before:
                self._index.put_project(name, now)
                changed.add(name)
        return frozenset(changed)

    def _announced(self, offsets: dict[str, int]) -> tuple[dict[str, int], set[str]]:
        """How far the files below `changed/` reach, and what is named in them after `offsets`."""
        reached: dict[str, int] = {}
        named: set[str] = set()
        for file in sorted(file for layer in self._paths.layers() for file in layer.changed.glob("*/*.log")):
            name = f"{file.parent.name}/{file.name}"
            start = offsets.get(name, 0)
            if file.is_symlink() or file.stat().st_size <= start:
                continue
            with file.open("rb") as stream:
                stream.seek(start)
                whole, newline, _ = stream.read().rpartition(b"\n")
            reached[name] = start + len(whole) + len(newline)
            named.update(whole.decode(errors="replace").split("\n"))
        return reached, named


def _judged_alike(known: Run, fold: RunFold, settings: ProjectSettings) -> bool:
    """Whether primary metric and goals are those that `known` was composed by."""
    goals = all(metric.goal == fold.goal(name, settings) for name, metric in known.metrics.items())
    return goals and known.primary == fold.primary(settings)
