"""MLflow's SQLite files: which runs a folder's files hold, and what one of them has since it was last read."""

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from trackside.model.foreign import Found, Item
from trackside.sources.mlflow import database
from trackside.sources.mlflow.database import COLUMNS, Row
from trackside.sources.mlflow.tables import Tables, is_ours
from trackside.sources.protocol import Folder, SourceError
from trackside.sources.sqlite_file import SqliteFile, State, is_sqlite, state_of

_NAMED = re.compile(r".*\.(db|db3|sqlite|sqlite3)|mlflow.*", re.IGNORECASE)
_CERTAIN = re.compile(r"mlflow.*\.(db|db3|sqlite|sqlite3)", re.IGNORECASE)
_BESIDE = ("-journal", "-wal", "-shm")
_BATCH = 50_000


def sniff(folder: Folder) -> bool:
    """Whether a folder has a file that is named as a database and begins as one, or is named as MLflow's."""
    return any(True for _ in _candidates(folder))


def discover(folder: Folder) -> Iterator[Found]:
    """The runs of all databases of MLflow in a folder. What cannot be read may be another's: it stays in the folder."""
    for path in list(_candidates(folder)):
        try:
            with Opened(path, folder.tree) as opened:
                yield from database.found(opened.tables, str(path), (path,), folder.tree)
        except NotOursError:
            continue
        except SourceError as error:
            folder.unread.append(error)
            continue
        folder.files.difference_update({path.name, *(path.name + end for end in _BESIDE)})


class NotOursError(SourceError):
    """A database is none of MLflow."""


class Opened:
    """One database while it is open; a context manager. NotOursError where it is none of MLflow.

    SourceError where it cannot be read, or has a schema that is not known.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self._file = SqliteFile(path, root)
        self.place = str(path)
        self.state = self._file.state
        try:
            if not _CERTAIN.fullmatch(path.name) and not is_ours(self._file.tables):
                raise NotOursError(f"{path}: is no database of MLflow")
            self.tables = Tables(self)
        except SourceError:
            self._file.close()
            raise

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table, and the number of its rows; none where there is no such table."""
        columns = self._file.columns(table)
        return columns | {"rowid"} if columns else columns

    def rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """What a query answers."""
        return self._file.rows(sql, *values)

    def continues(self, run: str, position: Any) -> bool:
        """Whether as many points of a run as before stand up to the last one that was read, and that is the same."""
        last, count, seen = position
        ask = "SELECT count(*) FROM metrics WHERE run_uuid = ? AND rowid <= ?"
        if next(self.rows(ask, run, last)) != (count,):
            return False
        row = next(self.tables.ask("metrics", COLUMNS, "WHERE rowid = ? AND run_uuid = ?", last, run), None)
        return bool(_checksum(row) == seen)

    def after(self, run: str, position: Any) -> Iterator[tuple[Sequence[Row], Any]]:
        """Points in the order in which they were written, which is that of their rows."""
        last, count, seen = position or (-1, 0, _checksum(None))
        where = f"WHERE run_uuid = ? AND rowid > ? ORDER BY rowid LIMIT {_BATCH}"
        while rows := list(self.tables.ask("metrics", (*COLUMNS, "rowid"), where, run, last)):
            last, count, seen = rows[-1][-1], count + len(rows), _checksum(rows[-1][:-1])
            yield rows, [last, count, seen]
        if position is None and not count:
            yield [], [last, count, seen]

    def lately(self, after: int) -> tuple[set[str], int]:
        """The runs whose points stand behind a row, and the last row."""
        runs = {run for (run,) in self.rows("SELECT DISTINCT run_uuid FROM metrics WHERE rowid > ?", after)}
        return runs, next(self.rows("SELECT max(rowid) FROM metrics"))[0] or 0


class _Watched(msgspec.Struct):
    """What was seen of a database when it was in a state: marks of its runs, and how often new points came since."""

    state: State
    marks: dict[str, int]
    row: int
    times: dict[str, int] = msgspec.field(default_factory=dict)


class SqliteStores:
    """Databases that stay open between readings, in each thread its own."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._lock = threading.Lock()
        self._watched: dict[Path, _Watched] = {}

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What a run has since the state of a cursor."""
        opened = self._opened(run)
        return database.follow(opened.tables, opened, run, since)

    def stamp(self, run: Found) -> Any:
        """What is other once the run has something new; None where its database cannot be read now.

        All runs of a database are looked at once each time that it was written to.
        """
        try:
            with self._lock:
                watched = self._watch(run)
        except SourceError:
            return None
        places = database.places(run)
        own = places.checksum(run.identity) if places else 0
        return [watched.marks.get(run.identity), watched.times.get(run.identity, 0), own]

    def _watch(self, run: Found) -> _Watched:
        path = run.paths[0]
        watched = self._watched.get(path)
        if watched is None or watched.state != state_of(path):
            opened = self._opened(run)
            lately, row = opened.lately(watched.row if watched else 1 << 62)
            times = watched.times if watched else {}
            for written in lately:
                times[written] = times.get(written, 0) + 1
            watched = self._watched[path] = _Watched(opened.state, opened.tables.marks(), row, times)
        return watched

    def _opened(self, run: Found) -> Opened:
        path = run.paths[0]
        files: dict[Path, Opened] = self._here.__dict__.setdefault("files", {})
        opened = files.get(path)
        if opened is None or opened.state != state_of(path):
            if opened is not None:
                files.pop(path).close()
            opened = files[path] = Opened(path, run.tree)
        return opened


def _candidates(folder: Folder) -> Iterator[Path]:
    for name in sorted(folder.files):
        path = folder.path / name
        named = _NAMED.fullmatch(name) and not name.endswith(_BESIDE)
        if named and (_CERTAIN.fullmatch(name) or is_sqlite(path, folder.tree)):
            yield path


def _checksum(row: Row | None) -> int:
    return crc32(repr(row).encode(errors="replace"))
