"""What one store can be asked, and several that are shown as one."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from trackside.model.lineage import Holder
from trackside.model.progress import OnProgress
from trackside.model.run import Mark, ProjectSettings, Run
from trackside.store.layout import RunPaths

if TYPE_CHECKING:
    import polars as pl

    from trackside.model.imported import Imported
    from trackside.store.changes import Changes
    from trackside.store.console import Piece
    from trackside.store.curves import Overview, Series
    from trackside.store.edited import BaselineChoice


class Editing(Protocol):
    """Edits after the fact. StoreError where a run may not be edited, or is gone."""

    def set_fields(self, run_id: str, fields: Mapping[str, Any]) -> None:
        """Set `name`, `notes`, `group`, `archived` or `trashed`."""
        ...

    def tags(self, run_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
        """Add and remove tags."""
        ...

    def mark(self, run_id: str, step: int | None, text: str) -> Mark:
        """A note at a step of a run."""
        ...

    def unmark(self, run_id: str, note: Mark) -> None:
        """Take a note at a step back."""
        ...

    def set_project(self, project: str, fields: Mapping[str, Any]) -> None:
        """Set fields of `store/decisions.py`; None takes the decision back."""
        ...


class AnyStore(Protocol):
    """One store, or several as one. Everything may be called from any thread."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where a person finds it: paths, and URLs of other systems."""
        ...

    @property
    def uuid(self) -> str:
        """What tells it from other stores, wherever they lie."""
        ...

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs as the index has them; nothing is read for it but the index."""
        ...

    def count(self) -> int:
        """Runs that are not in the trash, as the index has them."""
        ...

    def refresh(self, on_progress: OnProgress | None = None, *, thorough: bool = False) -> "Changes":
        """Bring the index up to what the files say; what changed by that."""
        ...

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash."""
        ...

    def run(self, run_id: str) -> Run:
        """One run. StoreError where there is none of that id."""
        ...

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for, without those that are not there."""
        ...

    def ids_matching(self, text: str) -> list[str]:
        """Ids of runs named `text`, or whose id, or the end of it that is shown, begins or ends so; newest first."""
        ...

    def holders(self, hashes: Iterable[str]) -> list[Holder]:
        """The runs that made the content of each hash as an artifact, or used it as data."""
        ...

    def projects(self) -> list[str]:
        """Names of all projects that have runs."""
        ...

    def project(self, name: str) -> ProjectSettings:
        """What a project decided."""
        ...

    def baseline_choices(self, project: str) -> "list[BaselineChoice]":
        """Every choice of a project's baseline, the first one first."""
        ...

    def frame(self, words: Iterable[str] | None = None, runs: Iterable[str] | None = None) -> "pl.DataFrame":
        """The table of all runs; its columns are those of `store.table`.

        `words` are all in which a metric may be named whose values are looked at: a filter, keys, columns. Where they
        are given, a store that is far away may leave columns of other metrics empty. Where `runs` are, it may know less
        of others than of these.
        """
        ...

    def is_short(self) -> bool:
        """Whether of some runs only what a table needs is known: not what the shapes of their curves say."""
        ...

    def editor(self) -> Editing:
        """Edits of this process. What was edited is in the index when an edit returns."""
        ...

    def remark(self) -> str:
        """What is worth telling about the edits so far, each thing once: that they are kept for this user alone."""
        ...

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric, by (step, time); `superseded` asks for those too that a resume replaced."""
        ...

    def outline(self, run_id: str, metric: str, low: float | None = None, high: float | None = None) -> "Series":
        """The points of a metric that a chart needs: all, or of a store that is far away those of `store.outline`.

        Between the steps `low` and `high`, if any is given, there are as many as elsewhere together.
        """
        ...

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in about `points` buckets, each with its extremes: no spike is lost."""
        ...

    def texts(self, run_id: str, name: str) -> list[tuple[int, float, str]]:
        """What was logged as text under `name`: step, time, words."""
        ...

    def console(self, run_id: str) -> "list[Piece]":
        """What is kept of what a run printed, in its order."""
        ...

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file of an artifact of a run. DamagedError where it is missing or is not what it was."""
        ...

    def patch(self, run_id: str) -> str | None:
        """What the work tree had that the commit did not; None where nothing was kept."""
        ...

    def imported(self, run_id: str) -> "Imported":
        """The files that a run imported; empty where nothing was kept."""
        ...

    def lock(self, run_id: str) -> str | None:
        """The distributions that a run found installed, as requirements; None where nothing was kept."""
        ...

    def run_paths(self, run_id: str) -> RunPaths:
        """The folder of a run."""
        ...

    def close(self) -> None:
        """Give the index back."""
        ...
