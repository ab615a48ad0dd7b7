"""Several stores as one: what is asked of a run is asked of the store that has it, what is asked of all, of each.

Of a run that stands in several of them, the copy is shown whose last point came last; of those alike the one that goes
on or ended last, and of those alike the first. A field that people edited is as the first store has it in which it was
edited. To the trash go all copies, and back. Edits of a project go to every store that has runs of it.
"""

import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from trackside.model.errors import StoreError
from trackside.model.lineage import Holder
from trackside.model.progress import OnProgress
from trackside.model.run import Mark, ProjectSettings, Run
from trackside.model.status import RUNNING
from trackside.store import decisions
from trackside.store.layout import RunPaths
from trackside.store.place_names import place_names
from trackside.store.store import Store

if TYPE_CHECKING:
    import polars as pl

    from trackside.model.imported import Imported
    from trackside.store.any_store import Editing
    from trackside.store.changes import Changes
    from trackside.store.console import Piece
    from trackside.store.curves import Overview, Series
    from trackside.store.edited import BaselineChoice

_TRASHED = "trashed"
_EDITED = ("name", "group", "tags", "notes", "archived", _TRASHED)
_NOTE = "note"


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

    @property
    def stores(self) -> tuple[Store, ...]:
        """Each by itself."""
        return self._stores

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs as the indexes have them."""
        copies = _by_id(run for store in self._stores for run in store.first_page(limit))
        return sorted(map(_as_one, copies.values()), key=lambda run: run.created, reverse=True)[:limit]

    def count(self) -> int:
        """Runs that are not in the trash, as the indexes have them."""
        return len({run_id for store in self._stores for run_id in store.shown()})

    def refresh(self, on_progress: OnProgress | None = None, *, thorough: bool = False) -> "Changes":
        """Bring the indexes up to what the files say; what changed by that."""
        from trackside.store.changes import Changes

        changes = Changes()
        for store in self._stores:
            changes |= store.refresh(on_progress, thorough=thorough)
        return changes

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash."""
        return [run_id for store in self._stores for run_id in store.trashed()]

    def run(self, run_id: str) -> Run:
        """One run. StoreError where there is none of that id."""
        return _as_one([store.run(run_id) for store in self._having(run_id)])

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for, without those that are not there."""
        wanted = list(run_ids)
        there = ((store, list(filter(store.has, wanted))) for store in self._stores)
        copies = _by_id(run for store, run_ids in there if run_ids for run in store.runs(run_ids))
        return [_as_one(copies[run_id]) for run_id in wanted if run_id in copies]

    def ids_matching(self, text: str) -> list[str]:
        """Ids of runs named `text`, or whose id, or the end of it that is shown, begins or ends so; newest first."""
        matching = dict.fromkeys(run_id for store in self._stores for run_id in store.ids_matching(text))
        return [run.id for run in sorted(self.runs(matching), key=lambda run: run.created, reverse=True)]

    def holders(self, hashes: Iterable[str]) -> list[Holder]:
        """The runs that made the content of each hash as an artifact, or used it as data."""
        wanted = list(hashes)
        return list(dict.fromkeys(holder for store in self._stores for holder in store.holders(wanted)))

    def projects(self) -> list[str]:
        """Names of all projects that have runs."""
        return sorted({project for store in self._stores for project in store.projects()})

    def project(self, name: str) -> ProjectSettings:
        """What a project decided: of each thing the first store's word that has one."""
        return decisions.as_one([store.project(name) for store in self._stores])

    def baseline_choices(self, project: str) -> "list[BaselineChoice]":
        """Every choice of a project's baseline in the store whose choice holds, the first one first."""
        choices = [store.baseline_choices(project) for store in self._stores]
        made = list(filter(None, choices))
        return next((one for one in made if one[-1].run is not None), made[0] if made else [])

    def frame(self, words: Iterable[str] | None = None, runs: Iterable[str] | None = None) -> "pl.DataFrame":
        """The table of all runs; its columns are those of `store.table`."""
        of = None if runs is None else list(runs)
        frames = [store.frame(words, of) for store in self._stores]
        known = self._stacked
        if known is None or list(map(id, known[0])) != list(map(id, frames)):
            known = (frames, _each_once(_named(frames, place_names([store.addresses[0] for store in self._stores]))))
            self._stacked = known
        return known[1]

    def is_short(self) -> bool:
        """Whether of some runs only what a table needs is known: not what the shapes of their curves say."""
        return any(store.is_short() for store in self._stores)

    def editor(self) -> "Editing":
        """Edits, each in the store that has the run."""
        return _Editors(self._stores, self._having)

    def remark(self) -> str:
        """What is worth telling about the edits so far, each thing once."""
        return "; ".join(remark for store in self._stores if (remark := store.remark()))

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric, by (step, time); `superseded` asks for those too that a resume replaced."""
        return self._of(run_id).series(run_id, metric, superseded=superseded)

    def outline(self, run_id: str, metric: str, low: float | None = None, high: float | None = None) -> "Series":
        """The points of a metric that a chart needs."""
        return self._of(run_id).outline(run_id, metric, low, high)

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

    def imported(self, run_id: str) -> "Imported":
        """The files that a run imported; empty where nothing was kept."""
        return self._of(run_id).imported(run_id)

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

    def _having(self, run_id: str) -> list[Store]:
        """The stores that have a run, one at least."""
        found = [store for store in self._stores if store.has(run_id)]
        if not found:
            raise StoreError(f"no run {run_id} in any of {', '.join(self.addresses)}")
        return found

    def _of(self, run_id: str) -> Store:
        """The store whose copy of a run is shown."""
        having = self._having(run_id)
        return having[0] if len(having) == 1 else max(having, key=lambda store: _reach(store.run(run_id)))


def _reach(run: Run) -> tuple[float, float]:
    """How far a copy of a run reaches: to its last point, and to its end, which is not there while it goes on."""
    last, ended = run.progress.last_point, math.inf if run.status == RUNNING else run.ended
    return (-math.inf if last is None else last, -math.inf if ended is None else ended)


def _by_id(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The copies of each run, in the order of their stores."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.id, []).append(run)
    return found


def _as_one(copies: Sequence[Run]) -> Run:
    """The copy of a run that reaches furthest, each field that was edited as the first has it that was."""
    first, furthest = copies[0], max(copies, key=_reach)
    if len(copies) == 1:
        return first
    notes = [mark for mark in first.marks if mark.kind == _NOTE and mark not in furthest.marks]
    marks = sorted([*furthest.marks, *notes], key=lambda mark: mark.time)
    edited = {name: getattr(copy, name) for copy in reversed(copies) for name in copy.edited if name in _EDITED}
    return msgspec.structs.replace(furthest, marks=marks, edited=list(edited), **edited)


def _named(frames: "Sequence[pl.DataFrame]", names: Sequence[str]) -> "list[pl.DataFrame]":
    """The tables, whose rows tell in which store they are."""
    import polars as pl

    return [frame.with_columns(pl.lit(name).alias("store")) for frame, name in zip(frames, names, strict=True)]


def _each_once(frames: "Sequence[pl.DataFrame]") -> "pl.DataFrame":
    """The rows of several tables, of each run one: that of `_as_one`."""
    import polars as pl

    from trackside.store.table import stacked

    rows = stacked(list(frames))
    if not rows.get_column("id").is_duplicated().any():
        return rows
    ended = pl.when(pl.col("status") == RUNNING).then(math.inf).otherwise(pl.col("ended"))
    ordered = rows.sort("last_point", ended, descending=True, nulls_last=True, maintain_order=True)
    first = rows.select("id").unique(maintain_order=True)
    shown = first.join(ordered.unique("id", keep="first"), on="id", how="left", maintain_order="left")
    for name in (name for name in _EDITED if name in rows.columns):
        having = rows.filter(pl.col("edited").list.contains(name)).unique("id", keep="first", maintain_order=True)
        edited = having.select("id", pl.col(name).alias("as edited"), pl.lit(True).alias("is edited"))
        shown = shown.join(edited, on="id", how="left", maintain_order="left")
        held = pl.when(pl.col("is edited")).then(pl.col("as edited")).otherwise(pl.col(name)).alias(name)
        shown = shown.with_columns(held).drop("as edited", "is edited")
    return shown.select(rows.columns)


class _Editors:
    def __init__(self, stores: Sequence[Store], having: Callable[[str], list[Store]]) -> None:
        self._stores = stores
        self._having = having

    def set_fields(self, run_id: str, fields: Mapping[str, Any]) -> None:
        first, *others = self._having(run_id)
        first.editor().set_fields(run_id, fields)
        for other in others if _TRASHED in fields else ():
            other.editor().set_fields(run_id, {_TRASHED: fields[_TRASHED]})

    def tags(self, run_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
        self._having(run_id)[0].editor().tags(run_id, add, remove)

    def mark(self, run_id: str, step: int | None, text: str) -> Mark:
        return self._having(run_id)[0].editor().mark(run_id, step, text)

    def unmark(self, run_id: str, note: Mark) -> None:
        self._having(run_id)[0].editor().unmark(run_id, note)

    def set_project(self, project: str, fields: Mapping[str, Any]) -> None:
        having = [store for store in self._stores if project in store.projects()]
        if not having:
            raise StoreError(f"no run of project {project} is shown any more; refresh and choose another")
        for store in having:
            store.editor().set_project(project, fields)
