"""A store on another machine as everything that reads stores knows one: what was read is kept until it changes there.

While the connection is broken, what is kept still answers; anything else says so.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trackside.model.errors import StoreError
from trackside.model.imported import Imported
from trackside.model.lineage import Holder
from trackside.model.progress import OnProgress
from trackside.model.run import IN_PLACE, UNHASHED, Mark, ProjectSettings, Run
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.kept import Kept
from trackside.services.remote.protocol.calls import Happened
from trackside.store.layout import RunPaths

if TYPE_CHECKING:
    import polars as pl

    from trackside.store.any_store import Editing
    from trackside.store.changes import Changes
    from trackside.store.console import Piece
    from trackside.store.curves import Overview, Series
    from trackside.store.edited import BaselineChoice

_AT_ONCE = 500
_MOST_RUNS = 20_000
_MOST_BYTES = 64 << 20
_ALL = "*"
"""What answers are about that tell of the whole store."""


class RemoteStore:
    """The store behind a connection."""

    def __init__(self, connection: Connection) -> None:
        from trackside.services.remote.near.console import RemoteConsoles
        from trackside.services.remote.near.curves import RemoteCurves
        from trackside.services.remote.near.table import RemoteTable

        self._connection = connection
        self._consoles = RemoteConsoles(connection)
        self._curves = RemoteCurves(connection)
        self._table = RemoteTable(connection)
        self._runs = Kept[Run](_MOST_RUNS)
        self._contents = Kept[bytes](_MOST_BYTES, len)
        self._settings = Kept[ProjectSettings](_MOST_RUNS)
        self._lists = Kept[Any](_MOST_RUNS)
        self._lists.get(_ALL, "first_page", lambda: connection.opened.first)
        connection.on_change = self._forget

    @property
    def addresses(self) -> tuple[str, ...]:
        """The address that a person gave."""
        return (self._connection.remote.address,)

    @property
    def uuid(self) -> str:
        """The store's own: it is the same store wherever it is read from."""
        return self._connection.opened.uuid

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs as the index there has them; in short until it was caught up once, for the first paint."""
        known = self._lists.known(_ALL, "first_page")
        if known and len(known) >= limit:
            return list(known[:limit])
        found: list[Run] = self._connection.call("first_page", limit)
        return found

    def count(self) -> int:
        """Runs that are not in the trash, as the index there has them."""
        return int(self._lists.get(_ALL, "count", lambda: self._connection.call("count")))

    def refresh(self, on_progress: OnProgress | None = None, *, thorough: bool = False) -> "Changes":  # noqa: ARG002
        """Have the index there brought up to what the files say."""
        from trackside.store.changes import Changes

        self.catch_up()
        return Changes()

    def catch_up(self) -> list[tuple[str, str]]:
        """The same; what could not be read there, and why."""
        found: list[tuple[str, str]] = self._connection.call("catch_up")
        self._forget_all()
        return found

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash."""
        return list(self._lists.get(_ALL, "trashed", lambda: self._connection.call("trashed")))

    def run(self, run_id: str) -> Run:
        """One run. StoreError where there is none of that id."""
        return self._runs.get(run_id, run_id, lambda: self._connection.call("run", run_id))

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for, without those that are not there."""
        wanted = list(run_ids)
        found = {run_id: run for run_id in wanted if (run := self._runs.known(run_id, run_id)) is not None}
        missing = [run_id for run_id in wanted if run_id not in found]
        for start in range(0, len(missing), _AT_ONCE):
            found.update(self._asked_runs(missing[start : start + _AT_ONCE]))
        return [found[run_id] for run_id in wanted if run_id in found]

    def ids_matching(self, text: str) -> list[str]:
        """Ids of runs named `text`, or whose id, or the end of it that is shown, begins or ends so; newest first."""
        found: list[str] = self._connection.call("ids_matching", text)
        return found

    def holders(self, hashes: Iterable[str]) -> list[Holder]:
        """The runs that made the content of each hash as an artifact, or used it as data."""
        found: list[Holder] = self._connection.call("holders", list(hashes))
        return found

    def projects(self) -> list[str]:
        """Names of all projects that have runs."""
        return list(self._lists.get(_ALL, "projects", lambda: self._connection.call("projects")))

    def project(self, name: str) -> ProjectSettings:
        """What a project decided."""
        return self._settings.get(name, name, lambda: self._connection.call("project", name))

    def baseline_choices(self, project: str) -> "list[BaselineChoice]":
        """Every choice of a project's baseline, the first one first."""
        from trackside.store.edited import BaselineChoice

        found = self._connection.call("baseline_choices", project)
        return [BaselineChoice(choice.time, choice.run, choice.user, choice.host) for choice in found]

    def frame(
        self,
        words: Iterable[str] | None = None,
        runs: Iterable[str] | None = None,  # noqa: ARG002  all is known there of every run
    ) -> "pl.DataFrame":
        """The table of all runs; columns of metrics that `words` do not name may be empty."""
        return self._table.frame(words)

    def is_short(self) -> bool:
        """Whether of some runs only what a table needs is known: there, of none."""
        return False

    def editor(self) -> "Editing":
        """Edits, which the agent makes there, as the user that ssh logs in."""
        return _Editor(self._connection, self._forget)

    def remark(self) -> str:
        """What is worth telling about the edits so far, each thing once."""
        return str(self._connection.call("remark"))

    def series(self, run_id: str, metric: str, *, superseded: bool = False) -> "Series":
        """Every point of a metric, by (step, time); `superseded` asks for those too that a resume replaced."""
        return self._curves.series(run_id, metric, superseded=superseded)

    def outline(self, run_id: str, metric: str, low: float | None = None, high: float | None = None) -> "Series":
        """The points of a metric that a chart needs: of many, those of `store.outline`."""
        if low is None and high is None:
            return self._curves.outline(run_id, metric)
        return self._curves.close_up(run_id, metric, low, high)

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in about `points` buckets, each with its extremes: no spike is lost."""
        return self._curves.overview(run_id, metric, points)

    def texts(self, run_id: str, name: str) -> list[tuple[int, float, str]]:
        """What was logged as text under `name`: step, time, words."""
        found: list[tuple[int, float, str]] = self._connection.call("texts", run_id, name)
        return found

    def console(self, run_id: str) -> "list[Piece]":
        """What is kept of what a run printed, in its order; its bytes are fetched when they are read."""
        return self._consoles.pieces(run_id)

    def content(self, run_id: str, digest: str) -> bytes:
        """The content of a file of an artifact of a run. DamagedError where it is missing or is not what it was."""
        if digest.startswith(IN_PLACE):
            return self._content(run_id, digest)
        return self._contents.get(_ALL, digest, lambda: self._content(run_id, digest))

    def _content(self, run_id: str, digest: str) -> bytes:
        from trackside.store.artifacts import verified

        content: bytes = self._connection.call("content", run_id, digest)
        return content if digest.startswith(UNHASHED) else verified(content, digest)

    def patch(self, run_id: str) -> str | None:
        """What the work tree had that the commit did not; None where nothing was kept."""
        found: str | None = self._connection.call("patch", run_id)
        return found

    def imported(self, run_id: str) -> Imported:
        """The files that a run imported; empty where nothing was kept."""
        found: Imported = self._connection.call("imported", run_id)
        return found

    def lock(self, run_id: str) -> str | None:
        """The distributions that a run found installed, as requirements; None where nothing was kept."""
        found: str | None = self._connection.call("lock", run_id)
        return found

    def run_paths(self, run_id: str) -> RunPaths:
        """StoreError: the folder of a run is on another machine."""
        raise StoreError(f"the folder of run {run_id} is on another machine; copy it here with `trackside export`")

    def news(self) -> "Changes":
        """What changed while there was no connection; everything is asked for again."""
        from trackside.store.changes import Changes

        projects = frozenset(self._lists.known(_ALL, "projects") or ())
        self._forget_all()
        return Changes(self._table.news(), projects)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _forget_all(self) -> None:
        for kept in (self._runs, self._curves, self._settings, self._lists):
            kept.forget_all()
        self._table.grow_stale()

    def _forget(self, happened: Happened) -> None:
        self._runs.forget(happened.runs)
        self._curves.forget(happened.runs)
        self._settings.forget(happened.projects)
        self._lists.forget([_ALL])
        self._table.grow_stale()

    def _asked_runs(self, run_ids: list[str]) -> dict[str, Run]:
        before = self._runs.moments(run_ids)
        found: dict[str, Run] = {run.id: run for run in self._connection.call("runs", run_ids)}
        self._runs.keep_unchanged(found, before)
        return found


class _Editor:
    def __init__(self, connection: Connection, forget: Any) -> None:
        self._connection = connection
        self._forget = forget

    def set_fields(self, run_id: str, fields: Mapping[str, Any]) -> None:
        self._edit(run_id, "set_fields", run_id, dict(fields))

    def tags(self, run_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
        self._edit(run_id, "tags", run_id, list(add), list(remove))

    def mark(self, run_id: str, step: int | None, text: str) -> Mark:
        note: Mark = self._edit(run_id, "mark", run_id, step, text)
        return note

    def unmark(self, run_id: str, note: Mark) -> None:
        self._edit(run_id, "unmark", run_id, note)

    def set_project(self, project: str, fields: Mapping[str, Any]) -> None:
        self._connection.call("set_project", project, dict(fields))
        self._forget(Happened(runs=[], projects=[project]))

    def _edit(self, run_id: str, name: str, *given: Any) -> Any:
        answer = self._connection.call(name, *given)
        self._forget(Happened(runs=[run_id], projects=[]))
        return answer
