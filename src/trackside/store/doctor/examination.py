"""Everything that a store holds, examined one thing after the other."""

from collections.abc import Iterator
from pathlib import Path

from trackside.model.progress import OnProgress
from trackside.store import blobs, files
from trackside.store.doctor import content, leftovers, logs, run
from trackside.store.doctor.finding import Finding
from trackside.store.doctor.logs import Log
from trackside.store.layout import ASIDE, PROJECT_EDITS, RunPaths, StorePaths


class Examination:
    """One look at a store. Nothing is written before a finding's `repair()` is called."""

    def __init__(self, store: StorePaths, on_progress: OnProgress | None = None) -> None:
        self._store = store
        self._on_progress = on_progress
        self._done = 0
        self.runs = sorted(store.run_ids())
        self.blobs = [*blobs.listed(store.blobs), *blobs.listed(store.trashed_blobs)]

    def findings(self) -> Iterator[Finding]:
        """All that is not as it should be."""
        unplaced = content.unplaced(self._store)
        of_runs: list[Finding] = []
        for run_id in self.runs:
            of_runs += self._run(self._store.run(run_id), unplaced)
            self._step()
        yield from (finding for finding in of_runs if not self._came_meanwhile(finding))
        for blob in self.blobs:
            yield from content.examine(self._store, blob)
            self._step()
        yield from self._projects()
        yield from leftovers.examine(self._store)

    def _run(self, paths: RunPaths, unplaced: dict[str, Path]) -> list[Finding]:
        try:
            return run.examine(paths, self._store, unplaced)
        except OSError as error:
            return [Finding(Path(error.filename or paths.root), f"cannot be read: {error.strerror}", "ask its owner")]

    def _projects(self) -> Iterator[Finding]:
        for project in files.folders(self._store.projects):
            for log in map(Log, files.plain(project / PROJECT_EDITS)):
                yield from logs.examine(log, None, project / ASIDE, self._store.root)

    def _came_meanwhile(self, finding: Finding) -> bool:
        """A run refers to content before that is in its place."""
        return finding.file.is_relative_to(self._store.blobs) and finding.file.exists()

    def _step(self) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, len(self.runs) + len(self.blobs))
