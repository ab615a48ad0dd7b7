"""MLflow's PostgreSQL databases, at addresses such as `postgresql://USER:PASSWORD@HOST/DATABASE`.

The password of an address stays with the source that it was given to; what is found names the place alone, which is
enough where PostgreSQL's own `PGPASSWORD` or `~/.pgpass` has it. Artifacts are not read: a database lies in no folder.
"""

import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit
from zlib import crc32

from trackside.model.foreign import Found, Item
from trackside.model.visible import visible
from trackside.sources.base import SourceOfAddresses
from trackside.sources.mlflow import database
from trackside.sources.mlflow.database import COLUMNS, Row
from trackside.sources.mlflow.facts import NAME
from trackside.sources.mlflow.tables import Tables
from trackside.sources.protocol import PassingError, SourceError
from trackside.sources.shown import ESCAPED, HARMLESS, is_ambiguous, shown

_POSTGRES = {"postgresql", "postgres"}
_OTHERS = {"mysql", "mariadb", "mssql", "oracle", "sqlite", "cockroachdb", "snowflake", "databricks"}
_BATCH = 100_000
_BEHIND = "(timestamp, key, step, value, is_nan) > (?, ?, ?, ?, ?)"
_ORDER = [COLUMNS.index(name) for name in ("timestamp", "key", "step", "value", "is_nan")]
_MOST_AT_ONCE = 10_000
_NEVER = -(1 << 63)
_COLUMNS = """
    SELECT column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_name = ? AND table_schema = ANY (current_schemas(false)) AND table_type = 'BASE TABLE'
"""


class PostgresStores(SourceOfAddresses):
    """MLflow's databases at addresses. As a `Source`, with addresses in place of folders."""

    name = NAME

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self._here = threading.local()
        self._lock = threading.Lock()
        self._marks: dict[str, tuple[float, dict[str, int]]] = {}

    def takes(self, address: str) -> bool:
        """Whether this is an address of a database, of PostgreSQL or of another kind, which is refused with a word."""
        scheme, separator, _ = address.partition("://")
        return bool(separator) and scheme.lower().partition("+")[0] in _POSTGRES | _OTHERS

    def runs_at(self, address: str) -> Iterator[Found]:
        """All runs of a database, deleted ones too. SourceError where there is none, or none of MLflow."""
        place = _place(address)
        self._addresses[place] = address
        opened = self._opened(place)
        for run in database.found(opened.tables, place, (), None):
            run.extra["server"] = place
            yield run

    def stamp(self, run: Found) -> Any:
        """What is other once the run has something new; None where the server does not answer now.

        All runs are looked at once, at most every second, and seldom enough to take a twentieth of the time.
        """
        place = run.extra["server"]
        with self._lock:
            due, marks = self._marks.get(place, (0.0, {}))
            if time.monotonic() >= due:
                began = time.monotonic()
                try:
                    marks = self._opened(place).tables.marks()
                except SourceError:
                    return None
                took = time.monotonic() - began
                self._marks[place] = time.monotonic() + max(1.0, 20 * took), marks
        return marks.get(run.identity)

    def follow(self, run: Found, since: Any) -> Iterator[Item]:
        """What a run has since the state of a cursor."""
        opened = self._opened(run.extra["server"])
        return database.follow(opened.tables, opened, run, since)

    def _opened(self, place: str) -> "Connected":
        opened: dict[str, Connected] = self._here.__dict__.setdefault("opened", {})
        if place not in opened or opened[place].closed:
            opened[place] = Connected(place, self._addresses.get(place, place))
        return opened[place]


class Connected:
    """A connection that only reads, and the tables behind it. SourceError where there is none, or none of MLflow."""

    def __init__(self, place: str, address: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise SourceError(
                f"{place}: PostgreSQL is read through psycopg: `pip install 'trackside[postgresql]'`"
            ) from None
        self.place = place
        self._secrets = sorted(_secrets(address), key=len, reverse=True)
        self._error = psycopg.Error
        self._away = psycopg.OperationalError, psycopg.InterfaceError
        self._columns: dict[str, frozenset[str]] = {}
        options = "-c default_transaction_read_only=on -c statement_timeout=60000"
        where = f"postgresql{address[address.index('://') :]}"
        try:
            self._connection = psycopg.connect(
                where, autocommit=True, connect_timeout=10, options=options, application_name="trackside"
            )
        except psycopg.Error as error:
            raise self._refused(error) from None
        weakref.finalize(self, self._connection.close)
        self.tables = Tables(self)

    @property
    def closed(self) -> bool:
        """Whether the connection is lost."""
        return bool(self._connection.closed)

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table; none where there is no such table."""
        if table not in self._columns:
            self._columns[table] = frozenset(name for (name,) in self.rows(_COLUMNS, table))
        return self._columns[table]

    def rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """What a query answers."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql.replace("?", "%s"), values)
                yield from cursor
        except self._error as error:
            raise self._refused(error) from None

    def continues(self, run: str, position: Any) -> bool:
        """Whether as many points of a run as before are older than the newest that were read, and these still stand."""
        stamp, count, known = position
        if known is None:
            return False
        older = "SELECT count(*) FROM metrics WHERE run_uuid = ? AND timestamp < ?"
        if list(self.rows(older, run, stamp)) != [(count - len(known),)]:
            return False
        there = {_checksum(row) for row in self._points("timestamp = ?", run, stamp)}
        return there.issuperset(known)

    def after(self, run: str, position: Any) -> Iterator[tuple[Sequence[Row], Any]]:
        """Points in the order of their times, those of one time by key and step."""
        stamp, count, known = position or (_NEVER, 0, [])
        seen = frozenset(known or ())
        rows = [row for row in self._points("timestamp >= ?", run, stamp) if _checksum(row) not in seen]
        while rows:
            count += len(rows)
            known = _at(rows[-1][2], rows, known if rows[-1][2] == stamp else [])
            stamp = rows[-1][2]
            yield rows, [stamp, count, known]
            rows = self._points(_BEHIND, run, *(rows[-1][column] for column in _ORDER))
        if position is None and not count:
            yield [], [stamp, count, known]

    def _points(self, where: str, *values: Any) -> list[Row]:
        rest = f"WHERE run_uuid = ? AND {where} ORDER BY timestamp, key, step, value, is_nan LIMIT {_BATCH}"
        return list(self.tables.ask("metrics", COLUMNS, rest, *values))

    def _refused(self, error: Exception) -> SourceError:
        said = " ".join(str(error).split()) or type(error).__name__
        for secret in self._secrets:
            said = said.replace(secret, "…")
        kind = PassingError if isinstance(error, self._away) else SourceError
        return kind(f"{self.place}: {visible(said)[:300]}")


def _place(address: str) -> str:
    """An address as it may be shown: without a login. SourceError where it is of no database that is read."""
    kind = address.partition("://")[0].lower().partition("+")[0]
    if kind == "sqlite":
        raise SourceError("an SQLite database is read by its path: give the path alone, without sqlite://")
    if kind not in _POSTGRES:
        raise SourceError(f"databases of {kind} are not read; those of PostgreSQL and SQLite are")
    place = f"postgresql://{shown(address).partition('://')[2]}"
    try:
        urlsplit(place).port  # noqa: B018  asking for it is what checks it
    except ValueError:
        place = ""
    if not place or is_ambiguous(address):
        raise SourceError(f"this is no address of a database, such as postgresql://USER@HOST/DATABASE; {ESCAPED}")
    return place


def _secrets(address: str) -> set[str]:
    """What an address says that is not to be told on, as it stands there and as it is meant."""
    parts = urlsplit(address)
    options = [option.partition("=") for option in parts.query.split("&")]
    said = [parts.password or "", *(value or key for key, _, value in options if key not in HARMLESS)]
    return {word for secret in said if secret for word in (secret, unquote(secret))}


def _at(stamp: int, rows: list[Row], before: list[int] | None) -> list[int] | None:
    """Checksums of the points of a time, with those that were read before; None where there are too many to keep."""
    if before is None:
        return None
    known = [*before, *(_checksum(row) for row in rows if row[2] == stamp)]
    return known if len(known) <= _MOST_AT_ONCE else None


def _checksum(row: Row) -> int:
    return crc32(repr(tuple(row)).encode(errors="replace"))
