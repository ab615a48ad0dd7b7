"""The index: one SQLite file that can be deleted at any moment, by anybody, while others use it.

Reads are plain `sqlite3`, so that a first page costs no import. Any process may write: what was folded of a run is
stored only if nobody stored a newer fold meanwhile. Everything here may be called from any thread.
"""

import ctypes
import fcntl
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from trackside.model import ids
from trackside.model.errors import StoreError
from trackside.model.lineage import Holder
from trackside.model.run import ProjectSettings, Run
from trackside.store import index_queries, lineage, manifest
from trackside.store.index_place import Place

VERSION = 6
"""`PRAGMA user_version` of an index to which every migration of `index_schema` was applied."""
_BUSY_SECONDS = 5.0
_MANY = 500
_PRIMARY_CODE = 0xFF
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)

T = TypeVar("T")


class IndexUnusableError(StoreError):
    """The index cannot be used where it lies: its disk is full or read-only, or another process blocks it for long."""


class IndexTornError(StoreError):
    """The index was no database, or one that does not hold what it should. It has been thrown away; ask again."""


class Folded(NamedTuple):
    """A run as newly read, its packed fold, and the revision on top of which it was read: 0 for a run that is new."""

    run: Run
    fold: bytes
    before: int


class Index:
    """The index in the folder of `place`, or in memory where `place` is None."""

    def __init__(self, place: Place | None) -> None:
        self.path = None if place is None else place.folder / "index.db"
        self._place = place
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode_run = msgspec.msgpack.Decoder(Run).decode
        self._decode_settings = msgspec.msgpack.Decoder(ProjectSettings).decode

    def exists(self) -> bool:
        """Whether there is an index to read yet."""
        return self._connection is not None if self.path is None else self.path.exists()

    def generation(self) -> str:
        """Another one whenever the index was removed and made again: all has to be read anew."""
        return self._value("generation")

    def revision(self) -> int:
        """The number of the latest change."""
        return int(self._value("revision"))

    def count(self) -> int:
        """Runs that are not in the trash."""
        return int(self._rows("SELECT count(*) FROM runs WHERE trashed = 0")[0][0])

    def first_page(self, limit: int) -> list[Run]:
        """The newest runs that are not in the trash."""
        rows = self._rows("SELECT doc FROM runs WHERE trashed = 0 ORDER BY created DESC, id DESC LIMIT ?", limit)
        return [self._decode(doc) for (doc,) in rows]

    def run(self, run_id: str) -> Run | None:
        """One run, in the trash or not."""
        rows = self._rows("SELECT doc FROM runs WHERE id = ?", run_id)
        return self._decode(rows[0][0]) if rows else None

    def runs(self, run_ids: Iterable[str]) -> list[Run]:
        """Runs in the order in which they are asked for; those that are not known are left out."""
        wanted = list(run_ids)
        found: dict[str, Run] = {}
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            marks = ",".join("?" * len(part))
            for run_id, doc in self._rows(f"SELECT id, doc FROM runs WHERE id IN ({marks})", *part):  # noqa: S608
                found[run_id] = self._decode(doc)
        return [found[run_id] for run_id in wanted if run_id in found]

    def changed_since(self, revision: int) -> Iterator[tuple[int, Run]]:
        """Every run that changed after `revision`, with its own revision, oldest change first."""
        while rows := self._rows(
            "SELECT revision, doc FROM runs WHERE revision > ? ORDER BY revision LIMIT ?", revision, _MANY
        ):
            for revision, doc in rows:
                yield revision, self._decode(doc)

    def ids_since(self, revision: int) -> list[str]:
        """Ids of the runs that changed after `revision`, whoever put them here."""
        return [run_id for (run_id,) in self._rows("SELECT id FROM runs WHERE revision > ?", revision)]

    def matching(self, text: str) -> list[str]:
        """Ids of runs named `text`, or whose id, or the end of it that is shown, begins or ends so; newest first."""
        # More letters than an id has match none: SQLite takes no pattern of any length.
        like = text[: ids.LENGTH + 1].upper().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._rows(
            "SELECT id FROM runs WHERE id LIKE ? ESCAPE '\\' OR substr(id, ?) LIKE ? ESCAPE '\\' "
            "OR id LIKE ? ESCAPE '\\' OR name = ? "
            "ORDER BY created DESC, id DESC",
            f"{like}%",
            -ids.SHOWN,
            f"{like}%",
            f"%{like}",
            text,
        )
        return [run_id for (run_id,) in rows]

    def ids(self, *, status: str | None = None, project: str | None = None) -> list[str]:
        """Ids of all runs, of those with a status, or of those of a project."""
        asked = {"status": status, "project": project}
        held = {column: value for column, value in asked.items() if value is not None}
        where = " AND ".join(["TRUE", *(f"{column} = ?" for column in held)])
        return [run_id for (run_id,) in self._rows(f"SELECT id FROM runs WHERE {where}", *held.values())]  # noqa: S608

    def shown(self) -> list[str]:
        """Ids of the runs that are not in the trash."""
        return [run_id for (run_id,) in self._rows("SELECT id FROM runs WHERE trashed = 0")]

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash."""
        return [run_id for (run_id,) in self._rows("SELECT id FROM runs WHERE trashed = 1 ORDER BY id")]

    def statuses(self) -> dict[str, int]:
        """How many runs, trash left out, stand how."""
        return dict(self._rows(index_queries.STATUSES))

    def folds(self, run_ids: Iterable[str]) -> dict[str, tuple[int, bytes]]:
        """What was read of these runs so far: their revision and the packed fold."""
        wanted = list(run_ids)
        found: dict[str, tuple[int, bytes]] = {}
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            marks = ",".join("?" * len(part))
            for run_id, revision, fold in self._rows(
                f"SELECT id, revision, fold FROM folds WHERE id IN ({marks})",  # noqa: S608
                *part,
            ):
                found[run_id] = (revision, fold)
        return found

    def put(self, folded: Iterable[Folded]) -> list[str]:
        """Store what was read; ids of those that were not stored because somebody else read further meanwhile.

        A run that is as it was, though more was read of it, has not changed: a heartbeat repaints nothing.
        """
        refused = []
        with self._writing() as connection:
            revision = int(_one(connection, "SELECT value FROM meta WHERE key = 'revision'"))
            for run, fold, before in folded:
                known = _one(connection, "SELECT revision FROM folds WHERE id = ?", run.id) or 0
                if known != before:
                    refused.append(run.id)
                    continue
                revision += 1
                doc = self._encode(run)
                if doc != _one(connection, "SELECT doc FROM runs WHERE id = ?", run.id):
                    connection.execute(
                        "INSERT OR REPLACE INTO runs (id, project, name, status, created, trashed, revision, doc) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (run.id, run.project, run.name, run.status, run.created, run.trashed, revision, doc),
                    )
                    lineage.put(connection, run)
                connection.execute("INSERT OR REPLACE INTO folds VALUES (?, ?, ?)", (run.id, revision, fold))
            connection.execute("UPDATE meta SET value = ? WHERE key = 'revision'", (str(revision),))
        return refused

    def forget(self, run_ids: Iterable[str]) -> None:
        """Runs whose folders are gone. Readers that keep a table begin it anew: the index has another generation."""
        gone = [(run_id,) for run_id in run_ids]
        with self._writing() as connection:
            connection.executemany("DELETE FROM content WHERE run = ?", gone)
            connection.executemany("DELETE FROM runs WHERE id = ?", gone)
            connection.executemany("DELETE FROM folds WHERE id = ?", gone)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'generation'", (uuid.uuid4().hex,))

    def holders(self, hashes: Iterable[str]) -> list[Holder]:
        """The runs that made the content of each hash as an artifact, or used it as data."""
        return lineage.holders(self._rows, hashes)

    def projects(self) -> list[str]:
        """Names of the projects that have runs."""
        return [name for (name,) in self._rows(index_queries.PROJECTS)]

    def project(self, name: str) -> ProjectSettings:
        """What a project decided, as far as it was read."""
        rows = self._rows("SELECT settings FROM projects WHERE name = ?", name)
        return self._whole(self._decode_settings, rows[0][0]) if rows else ProjectSettings()

    def put_project(self, name: str, settings: ProjectSettings) -> None:
        """Store what was read of a project's edits."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO projects (name, settings) VALUES (?, ?)", (name, self._encode(settings))
            )

    def offsets(self) -> dict[str, int]:
        """How far each file below `changed/` was read."""
        return dict(self._rows("SELECT file, offset FROM changed"))

    def put_offsets(self, offsets: dict[str, int]) -> None:
        """Remember how far the files below `changed/` were read; never less than somebody else did."""
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO changed (file, offset) VALUES (?, ?) "
                "ON CONFLICT (file) DO UPDATE SET offset = max(offset, excluded.offset)",
                offsets.items(),
            )

    def close(self) -> None:
        """Give the database back. A later call opens it again."""
        with self._lock:
            self._let_go()

    def discard(self) -> None:
        """Remove the index, whatever it is: the next use makes a new one."""
        with self._lock:
            self._let_go()
            if self.path is None or not self.path.parent.exists():
                return
            with _folder_locked(self.path.parent):
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def scanned(self) -> bool:
        """Whether every run of the store was looked at once since the index was made."""
        return bool(self._value("scanned"))

    def put_scanned(self) -> None:
        """Every run of the store has been looked at."""
        with self._writing() as connection:
            connection.execute("UPDATE meta SET value = 'yes' WHERE key = 'scanned'")

    def _value(self, key: str) -> str:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(self._whole(lambda found: found[0][0], rows))

    def _decode(self, doc: bytes) -> Run:
        return self._whole(self._decode_run, doc)

    def _whole(self, decode: Callable[[Any], T], stored: Any) -> T:
        try:
            return decode(stored)
        except (msgspec.MsgspecError, IndexError, TypeError) as error:
            self.discard()
            raise IndexTornError(str(error)) from error

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        with self._mending() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._mending() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _mending(self) -> Iterator[sqlite3.Connection]:
        """The open database.

        One that turns out to be torn or garbage is thrown away, and IndexTornError tells so; IndexUnusableError
        tells of one that is whole and cannot be used.
        """
        with self._lock:
            try:
                yield self._open()
            except sqlite3.DatabaseError as error:
                if self._connection is not None and not self._is_own():
                    self._let_go()
                elif getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _UNUSABLE:
                    raise IndexUnusableError(f"the index {self.path} cannot be used: {error}") from error
                else:
                    self.discard()
                raise IndexTornError(str(error)) from error
            except FileNotFoundError as error:
                raise IndexTornError(str(error)) from error
            except OSError as error:
                raise IndexUnusableError(f"the index {self.path} cannot be used: {error.strerror}") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._is_own():
            return self._connection
        self._let_go()
        if self._place is not None and self.path is not None and not self.path.exists():
            self._make(self._place, self.path)
        connection = _connect(":memory:" if self.path is None else str(self.path))
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            _migrate(connection)
        # Were it ever deallocated after the file was removed, SQLite would delete the log of the database that took
        # its place, by its name: so it is closed by `_let_go` or not at all.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        self._connection = connection
        self._inode = self.path.stat().st_ino if self.path is not None else 0
        return connection

    def _is_own(self) -> bool:
        if self.path is None:
            return True
        try:
            return self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._is_own():
            connection.close()
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(connection))

    @staticmethod
    def _make(place: Place, path: Path) -> None:
        """A whole, empty database appears under its name at once; of several processes that make one, one wins."""
        place.make()
        with _folder_locked(place.folder):
            if path.exists():
                return
            for suffix in ("-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            temporary = path.with_name(f".new-{os.getpid()}-{uuid.uuid4().hex}")
            try:
                with closing(_connect(str(temporary))) as connection:
                    connection.execute("PRAGMA synchronous = OFF")  # one that is torn is made again
                    _migrate(connection)
                temporary.chmod(manifest.file_mode(place.folder))
                temporary.rename(path)
            except (OSError, sqlite3.Error):
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{temporary}{suffix}").unlink(missing_ok=True)
                raise


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    from trackside.store.index_schema import bring_up_to_date

    bring_up_to_date(connection, VERSION, uuid.uuid4().hex)


def _one(connection: sqlite3.Connection, sql: str, *values: Any) -> Any:
    row = connection.execute(sql, values).fetchone()
    return None if row is None else row[0]


@contextmanager
def _folder_locked(folder: Path) -> Iterator[None]:
    """Alone among the processes that make or remove the index in `folder`; released when this process dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)
