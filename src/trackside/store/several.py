"""Several stores as one: what is asked of a run is asked of the store that has it, what is asked of all, of each.

A run that stands in two of them is that of the first. Edits of a project go to every store that has runs of it.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trackside.model.errors import StoreError
from trackside.model.run import ProjectSettings, Run
from trackside.store.layout import RunPaths
from trackside.store.store import Store

if TYPE_CHECKING:
    import polars as pl

    from trackside.store.any_store import Editing
    from trackside.store.catch_up import Changes, Progress
    from trackside.store.console import Piece
    from trackside.store.curves import Overview, Series


class SeveralStores:
    """Any number of stores, to which more may come."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self._stores = tuple(stores)
        self.addresses = tuple(address for store in stores for address in store.addresses)
        self.uuid = str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(store.uuid for store in stores)))
        self._stacked: tuple[list[pl.DataFrame], pl.DataFrame] | None = None

    def join(self, stores: Sequence[Store]) -> None:
        """Show these too from now on, before all others."""
        self._stores = (*stores, *self._stores)

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs as the indexes have them."""
        pages = (run for store in self._stores for run in store.first_page(limit))
        unique = {run.id: run for run in reversed(list(pages))}
        return sorted(unique.values(), key=lambda run: run.created, reverse=True)[:limit]

    def count(self) -> int:
        """Runs that are not in the trash, as the indexes have them."""
        return len({run_id for store in self._stores for run_id in store.shown()})

    def refresh(self, on_progress: "Progress | None" = None, *, thorough: bool = False) -> "Changes":
        """Bring the indexes up to what the files say; what changed by that."""
        from trackside.store.catch_up import Changes

        changes = Changes()
        for store in self._stores:
            changes |= store.refresh(on_progress, thorough=thorough)
        return changes

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash."""
        return [run_id for store in self._stores for run_id in store.trashed()]

    def run(self, run_id: str) -> Run:
        """One run. StoreError where there is none of that id."""
        return self._of(run_id).run(run_id)

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for, without those that are not there."""
        wanted = list(run_ids)
        found: dict[str, Run] = {}
        for store in self._stores:
            there = [run_id for run_id in wanted if run_id not in found and store.has(run_id)]
            found.update((run.id, run) for run in (store.runs(there) if there else ()))
        return [found[run_id] for run_id in wanted if run_id in found]

    def ids_matching(self, text: str) -> list[str]:
        """Ids of runs whose id is, begins or ends with `text`, or that are named so; newest first."""
        matching = dict.fromkeys(run_id for store in self._stores for run_id in store.ids_matching(text))
        return [run.id for run in sorted(self.runs(matching), key=lambda run: run.created, reverse=True)]

    def projects(self) -> list[str]:
        """Names of all projects that have runs."""
        return sorted({project for store in self._stores for project in store.projects()})

    def project(self, name: str) -> ProjectSettings:
        """What a project decided: the first store's decision where several have one."""
        decided = [store.project(name) for store in self._stores]
        goals = {metric: goal for settings in reversed(decided) for metric, goal in settings.goals.items()}
        return ProjectSettings(
            baseline=next((one.baseline for one in decided if one.baseline is not None), None),
            goals=goals,
            primary=next((one.primary for one in decided if one.primary is not None), None),
        )

    def frame(self) -> "pl.DataFrame":
        """The table of all runs; its columns are those of `store.table`."""
        from trackside.store.table import stacked

        frames = [store.frame() for store in self._stores]
        known = self._stacked
        if known is None or list(map(id, known[0])) != list(map(id, frames)):
            known = (frames, stacked(frames).unique("id", keep="first", maintain_order=True))
            self._stacked = known
        return known[1]

    def editor(self) -> "Editing":
        """Edits, each in the store that has the run."""
        return _Editors(self._stores, self._of)

    def remark(self) -> str:
        """What is worth telling about the edits so far, each thing once."""
        return "; ".join(remark for store in self._stores if (remark := store.remark()))

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric, by (step, time); `superseded` asks for those too that a resume replaced."""
        return self._of(run_id).series(run_id, metric, superseded=superseded)

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in about `points` buckets, each with its extremes."""
        return self._of(run_id).overview(run_id, metric, points)

    def texts(self, run_id: str, name: str) -> list[tuple[int, float, str]]:
        """What was logged as text under `name`: step, time, words."""
        return self._of(run_id).texts(run_id, name)

    def console(self, run_id: str) -> "list[Piece]":
        """What is kept of what a run printed, in its order."""
        return self._of(run_id).console(run_id)

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file of an artifact of a run. DamagedError where it is missing or is not what it was."""
        return self._of(run_id).content(run_id, digest)

    def patch(self, run_id: str) -> str | None:
        """What the work tree had that the commit did not; None where nothing was kept."""
        return self._of(run_id).patch(run_id)

    def lock(self, run_id: str) -> str | None:
        """The distributions that a run found installed, as requirements; None where nothing was kept."""
        return self._of(run_id).lock(run_id)

    def run_paths(self, run_id: str) -> RunPaths:
        """The folder of a run."""
        return self._of(run_id).run_paths(run_id)

    def close(self) -> None:
        """Give the indexes back."""
        for store in self._stores:
            store.close()

    def _of(self, run_id: str) -> Store:
        found = next((store for store in self._stores if store.has(run_id)), None)
        if found is None:
            raise StoreError(f"no run {run_id} in any of {', '.join(self.addresses)}")
        return found


class _Editors:
    def __init__(self, stores: Sequence[Store], of: Callable[[str], Store]) -> None:
        self._stores = stores
        self._of = of

    def set_fields(self, run_id: str, fields: Mapping[str, Any]) -> None:
        self._of(run_id).editor().set_fields(run_id, fields)

    def tags(self, run_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
        self._of(run_id).editor().tags(run_id, add, remove)

    def mark(self, run_id: str, step: int | None, text: str) -> None:
        self._of(run_id).editor().mark(run_id, step, text)

    def set_project(self, project: str, fields: Mapping[str, Any]) -> None:
        having = [store for store in self._stores if project in store.projects()]
        if not having:
            raise StoreError(f"no run of project {project} is shown any more; refresh and choose another")
        for store in having:
            store.editor().set_project(project, fields)
