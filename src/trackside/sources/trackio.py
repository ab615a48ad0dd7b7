"""Trackio's databases: one `<project>.db` a project, SQLite that is written ahead, with all runs of the project.

Rows say the time of the batch that they came in. Neither an end nor a status is stated.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.foreign import Content, Cursor, Facts, File, Found, Item, Remark, Restart
from trackside.model.run import Mark
from trackside.model.status import FINISHED
from trackside.model.system import FAMILY
from trackside.sources import numbers
from trackside.sources.base import SourceOfFiles
from trackside.sources.inside import lies_in
from trackside.sources.nested import leaves
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.recent import is_recent
from trackside.sources.rows import Row, items_of
from trackside.sources.sqlite_file import SqliteFile, is_sqlite, state_of

_SUFFIX = ".db"
_TABLES = {"metrics": {"run_name", "step", "timestamp", "metrics"}, "configs": {"run_name", "config"}}
_BESIDE = (".lock", ".db-wal", ".db-shm", ".parquet", "_system.parquet", "_configs.parquet")
_MEDIA = "media"
_OWN_KEYS = ("_Username", "_Created", "_Group")
_BATCH = 4_096


class Trackio(SourceOfFiles):
    """The source of Trackio's databases."""

    name = "trackio"

    def sniff(self, folder: Folder) -> bool:
        """By databases that are at rest, and by the name of one that a lock of the client lies beside."""
        return any(True for _ in _candidates(folder))

    def discover(self, folder: Folder) -> Iterator[Found]:
        """The runs in each database that has the client's tables."""
        for path in list(_candidates(folder)):
            try:
                with SqliteFile(path, folder.tree) as database:
                    if not _is_ours(database, certain=_lock(path) in folder.files):
                        continue
                    runs = sorted(_runs(database, path.stem).items())
            except SourceError as error:
                folder.unread.append(error)
                continue
            folder.deep = True
            folder.files -= {path.name, *(path.stem + end for end in _BESIDE)}
            folder.folders.discard(_MEDIA)
            for identity, (run_id, run_name) in runs:
                extra = {"run": run_id, "name": run_name}
                yield Found(self.name, identity, f"{path}#{run_id or run_name}", (path,), extra, folder.tree)

    def stamp(self, run: Found) -> Any:
        """Size, time and inode of the database and of what was written ahead."""
        return [state and list(state) for state in state_of(run.paths[0])]

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """Rows by the step that they state, those of the machine by their number, and alerts as marks."""
        with SqliteFile(run.paths[0], run.tree) as database:
            reading = _Reading(database, run)
            yield reading.facts()
            place = _Place() if since is None else _Place(**since)
            if reading.is_anew(place):
                yield Restart(None, math.nan)
                place = _Place()
            yield from items_of(reading.rows(place), lambda: msgspec.structs.asdict(place))
            yield from reading.alerts(place)
            if reading.unread:
                yield Remark(f"passed over {counted(reading.unread, 'row')} without a JSON object")
            yield Cursor(msgspec.structs.asdict(place))


class _Place(msgspec.Struct):
    """The last row of each table that was told, and how many there were of the machine."""

    metrics: int = 0
    system: int = 0
    systems: int = 0
    alerts: int = 0


class _Reading:
    """One run in an open database."""

    def __init__(self, database: SqliteFile, run: Found) -> None:
        self._database = database
        self._path = run.paths[0]
        self._root = run.tree
        self._run = run
        self.unread = 0

    def facts(self) -> Facts:
        """What the config says; when the run was, by its first and last row."""
        config = self._config()
        first, last = self._span()
        created = numbers.moment_of(config.get("_Created")) or first or self._path.stat().st_mtime
        last = max(created, last or created)
        running = is_recent(last)
        group, user = config.get("_Group"), config.get("_Username")
        return Facts(
            name=self._run.extra["name"] or self._run.identity,
            project=self._path.stem,
            created=created,
            ended=None if running else last,
            status=FINISHED,
            running=running,
            end_known=False,
            group=group if isinstance(group, str) else None,
            user=user if isinstance(user, str) else None,
            params=dict(leaves({key: value for key, value in config.items() if key not in _OWN_KEYS}, ".")),
        )

    def is_anew(self, place: _Place) -> bool:
        """Whether the table of metrics does not reach as far as it did."""
        return place.metrics > 0 and not list(self._batch("metrics", (), place.metrics - 1, 1))

    def rows(self, place: _Place) -> Iterator[Row | Item]:
        """The rows of training since a place, and those of the machine."""
        for number, stamp, step, said in self._select("metrics", ("timestamp", "step", "metrics"), place.metrics):
            row = self._object(said)
            at = _time(stamp)
            place.metrics = number
            yield from self._media(row, at, numbers.step_of(step))
            values, texts = _told(row)
            yield Row(numbers.step_of(step) or 0, values, at, texts)
        for number, stamp, said in self._select("system_metrics", ("timestamp", "metrics"), place.system):
            values, _ = _told(self._object(said))
            place.system = number
            place.systems += 1
            yield Row(place.systems - 1, {f"{FAMILY}{name}": value for name, value in values.items()}, _time(stamp))

    def alerts(self, place: _Place) -> Iterator[Mark]:
        """What the run was alerted of, since a place."""
        for number, stamp, step, *words in self._select("alerts", ("timestamp", "step", "title", "text"), place.alerts):
            place.alerts = number
            text = ": ".join(str(word) for word in words if word)
            yield Mark(kind="alert", time=numbers.moment_of(stamp) or 0.0, step=numbers.step_of(step), text=text)

    def _config(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _, said in self._select("configs", ("config",)):
            found = self._object(said)
        return found

    def _span(self) -> tuple[float | None, float | None]:
        """The times of the first and the last row."""
        known = []
        for table in ("metrics", "system_metrics"):
            key, wanted = self._key(table)
            if {key, "timestamp"} <= self._database.columns(table):
                sql = f"SELECT min(timestamp), max(timestamp) FROM {table} WHERE {key} = ?"  # noqa: S608  names are ours
                known += [numbers.moment_of(stamp) for row in self._database.rows(sql, wanted) for stamp in row]
        moments = [moment for moment in known if moment is not None]
        return min(moments, default=None), max(moments, default=None)

    def _select(self, table: str, columns: tuple[str, ...], after: int = 0) -> Iterator[tuple[Any, ...]]:
        """The number and some columns of this run's rows, in the order in which they were written."""
        while batch := list(self._batch(table, columns, after, _BATCH)):
            yield from batch
            after = batch[-1][0]

    def _batch(self, table: str, columns: tuple[str, ...], after: int, most: int) -> Iterator[tuple[Any, ...]]:
        """The first rows after one; none where the table is not there. A column that is not there is empty."""
        there = self._database.columns(table)
        key, wanted = self._key(table)
        if {key, "id"} <= there:
            chosen = ", ".join(["id", *(name if name in there else "NULL" for name in columns)])
            sql = f"SELECT {chosen} FROM {table} WHERE {key} = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608  names are ours
            yield from self._database.rows(sql, wanted, after, most)

    def _key(self, table: str) -> tuple[str, str]:
        """The column that tells runs apart, and what this run has in it."""
        by_id = self._run.extra["run"] and "run_id" in self._database.columns(table)
        return ("run_id", self._run.extra["run"]) if by_id else ("run_name", self._run.extra["name"])

    def _object(self, said: Any) -> dict[str, Any]:
        """The object in a cell, which is bytes or text; empty where there is none, which is counted."""
        try:
            read = json.loads(said.decode(errors="replace") if isinstance(said, bytes) else said)
        except (ValueError, TypeError, RecursionError):
            read = None
        if isinstance(read, dict):
            return read
        self.unread += 1
        return {}

    def _media(self, row: Mapping[str, Any], at: float, step: int | None) -> Iterator[File]:
        """The files of a row that are there, and in the tree that was opened."""
        for name, value in row.items():
            kind = _media_kind(value)
            if kind and isinstance(value.get("file_path"), str):
                path = self._path.parent / _MEDIA / value["file_path"]
                try:
                    inside = lies_in(path, self._root) and path.is_file()
                    content = Content(path.resolve(), path.stat().st_size) if inside else None
                except (OSError, ValueError):
                    content = None
                if content is not None:
                    yield File(name if step is None else f"{name}@{step}", kind, {path.name: content}, at, step)


def _runs(database: SqliteFile, project: str) -> dict[str, tuple[str, str]]:
    """The id and name of each run of a database by its identity; the id is empty in files of old clients.

    A run whose rows have several names is called by the last one that its metrics have.
    """
    found: dict[str, tuple[str, str]] = {}
    for table in reversed(_TABLES):
        run_id = "run_id" if "run_id" in database.columns(table) else "''"
        sql = f"SELECT {run_id}, run_name FROM {table} GROUP BY 1, 2 ORDER BY max(rowid)"  # noqa: S608  names are ours
        for each, name in database.rows(sql):
            own, called = str(each or ""), str(name or "")
            if own or called:
                found[own or f"{project}/{called}"] = own, called
    return found


def _told(row: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Numbers and texts of a row, without what stands for a file."""
    plain = {name: value for name, value in row.items() if not _media_kind(value)}
    values, texts = {}, {}
    for name, value in leaves(plain, "/"):
        number = numbers.of_json(value)
        if number is not None:
            values[name] = number
        elif isinstance(value, str):
            texts[name] = value
    return values, texts


def _media_kind(value: Any) -> str:
    """What kind of file a value stands for, such as `image`; empty where it stands for none."""
    said = value.get("_type") if isinstance(value, dict) else None
    return said.partition(".")[2] if isinstance(said, str) and said.startswith("trackio.") else ""


def _time(stamp: Any) -> float:
    at = numbers.moment_of(stamp)
    return math.nan if at is None else at


def _candidates(folder: Folder) -> Iterator[Path]:
    for name in sorted(folder.files):
        path = folder.path / name
        if path.suffix == _SUFFIX:
            at_rest = f"{name}-wal" not in folder.files
            if _lock(path) in folder.files or (at_rest and is_sqlite(path, folder.tree)):
                yield path


def _lock(path: Path) -> str:
    return f"{path.stem}.lock"


def _is_ours(database: SqliteFile, *, certain: bool) -> bool:
    """Whether it has the client's columns. SourceError for one that is `certain` to be the client's and has not."""
    missing = [table for table, columns in _TABLES.items() if not columns <= database.columns(table)]
    if certain and not database.tables:
        raise SourceError(f"{database.path}: no run in it yet")
    if missing and certain and _TABLES.keys() <= database.tables:
        raise SourceError(f"{database.path}: has a schema of Trackio that is not known, in {' and '.join(missing)}")
    return not missing
