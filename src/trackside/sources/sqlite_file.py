"""SQLite files of others, read without leaving a trace: nothing is rolled back in them or made beside them.

A file is opened where it lies and for reading only, as long as that shows what was committed last. What a crash or a
writer has in a journal beside it is shown by a copy of both in a temporary folder.
"""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import quote

from trackside.sources.opening import opened
from trackside.sources.protocol import PassingError, SourceError

MAGIC = b"SQLite format 3\0"
LARGEST_VALUE = 16 << 20
"""Bytes of one text or blob that is read."""

_WAIT_S = 2.0
_TRIES = 5
_TOGETHER = 1_000
_HEADER = 32
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND upper(sql) NOT LIKE 'CREATE VIRTUAL%'"
_BESIDE = ("-journal", "-wal")

State: TypeAlias = tuple[tuple[int, int, int] | None, ...]
"""Size, time and inode of a database and of its journals: other once anything was written."""


def is_sqlite(path: Path, root: Path) -> bool:
    """Whether a file begins as databases of SQLite do."""
    try:
        with opened(path, root) as file:
            return file.read(len(MAGIC)) == MAGIC
    except (SourceError, OSError):
        return False


def state_of(path: Path) -> State:
    """What is other once anything was written to a database."""
    return tuple(_state(Path(f"{path}{end}")) for end in ("", *_BESIDE))


class SqliteFile:
    """A database of the tree `root` that is open for reading. It shows what was committed before `state`.

    A context manager.
    `tables` are those that are stored: asking a view or a virtual table would run what the file says.
    SourceError, here and of its methods, where it is no database, damaged, or locked for longer than two seconds.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self._root = root
        self.state = state_of(path)
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        try:
            self._connection = self._opened()
        except SourceError:
            self._drop_copy()
            raise
        except (sqlite3.Error, OSError, UnicodeError) as error:
            self._drop_copy()
            raise _told(path, error) from error
        self._columns: dict[str, frozenset[str]] = {}
        self.tables = frozenset(name for (name,) in self.rows(_TABLES))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """What a query answers, to be taken without a pause: until the last row nobody else can write.

        Text that is no UTF-8 is read with replacements.
        """
        try:
            with closing(self._connection.execute(sql, values)) as cursor:
                while rows := cursor.fetchmany(_TOGETHER):
                    yield from rows
        except (sqlite3.Error, OverflowError, MemoryError, UnicodeError) as error:
            raise _told(self.path, error) from error

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table; none where there is no such table, or one that is computed (a view)."""
        if table not in self._columns:
            found = frozenset(name for (name,) in self.rows("SELECT name FROM pragma_table_info(?)", table))
            self._columns[table] = found if table in self.tables else frozenset()
        return self._columns[table]

    def close(self) -> None:
        """Close it, and remove the copy where there is one."""
        self._connection.close()
        self._drop_copy()

    def _opened(self) -> sqlite3.Connection:
        if not is_sqlite(self.path, self._root):
            empty = self.state[0] is not None and self.state[0][0] == 0
            why = "is empty: no run in it yet" if empty else "is no SQLite database"
            raise SourceError(f"{self.path}: {why}")
        if self._writes_ahead():
            waiting = _state(Path(f"{self.path}-wal"))
            return self._opened_copy() if waiting and waiting[0] else _connected(self.path, "immutable=1")
        try:
            return _connected(self.path, "mode=ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            return self._opened_copy()

    def _writes_ahead(self) -> bool:
        """What the header says of how the database is written. SourceError where the file ends within a page."""
        with opened(self.path, self._root) as file:
            header = file.read(20)
            page = int.from_bytes(header[16:18]) & ~1 or 1 << 16
            if len(header) < 20 or os.fstat(file.fileno()).st_size % page:
                raise SourceError(f"{self.path}: is cut off, so it cannot be read as an SQLite database")
        return 2 in header[18:20]

    def _opened_copy(self) -> sqlite3.Connection:
        self._copy = tempfile.TemporaryDirectory(prefix="trackside-", ignore_cleanup_errors=True)
        copy = Path(self._copy.name) / "copy.db"
        for _ in range(_TRIES):
            self.state = state_of(self.path)
            before = self._what_stands()
            for end in ("", *_BESIDE):
                _copied(Path(f"{self.path}{end}"), Path(f"{copy}{end}"), self._root)
            if before == self._what_stands():
                return _connected(copy, "mode=rw")
        raise PassingError(f"{self.path}: is written to without a pause; it is tried again later")

    def _what_stands(self) -> tuple[State, bytes]:
        """What must not change for a copy to be of one piece.

        A log of what is written ahead may grow: it is read as far as it is committed. It has another header once it is
        written anew.
        """
        database, journal, ahead = state_of(self.path)
        return (database, journal), _beginning(Path(f"{self.path}-wal"), self._root) if ahead else b""

    def _drop_copy(self) -> None:
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None


def _connected(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path.absolute()))}?{how}", uri=True, timeout=_WAIT_S, isolation_level=None
    )
    try:
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        for pragma in ("query_only=on", "trusted_schema=off", "cell_size_check=on", "mmap_size=0"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns, state.st_ino)


def _beginning(path: Path, root: Path) -> bytes:
    """The header of a log of what is written ahead; empty where it is gone."""
    try:
        with opened(path, root) as file:
            return file.read(_HEADER)
    except SourceError:
        return b""


def _copied(path: Path, to: Path, root: Path) -> None:
    """Copy a file that may be gone; then there is no copy of it either."""
    to.unlink(missing_ok=True)
    try:
        with opened(path, root) as source, to.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except SourceError as error:
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno != errno.ENOENT:
            raise


def _told(path: Path, error: Exception) -> SourceError:
    said = " ".join(str(error).split()) or type(error).__name__
    if "locked" in said:
        return PassingError(f"{path}: another program keeps it locked; it is tried again later")
    return SourceError(f"{path}: cannot be read as an SQLite database: {said}")
