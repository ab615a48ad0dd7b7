"""The table of all runs of a store on another machine: what is known of it, and rows of what changed since.

Of the statistics of metrics only those columns are fetched that somebody asks for, and those of primary metrics.
"""

import re
import threading
from collections.abc import Iterable

import polars as pl

from trackside.model.errors import StoreError
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.link import LostError
from trackside.services.remote.protocol.calls import Columns, Rows, Table
from trackside.services.remote.protocol.table_wire import fingerprint, measured, primaries, unpacked
from trackside.store.table import fits_fields, stacked

_ATTEMPTS = 3
_NO_LETTER = re.compile(r"[\W_]+")


class RemoteTable:
    """Keeps the frame, by its ids. Safe to call from several threads: one of them asks, the others wait."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._moment = ("", 0)
        self._frame: pl.DataFrame | None = None
        self._held_back: frozenset[str] = frozenset()
        self._stale = True

    def frame(self, words: Iterable[str] | None) -> pl.DataFrame:
        """The rows as they stand there now; as they stood last, where the connection is broken.

        Columns of metrics that `words` do not name may be empty; without them none is.
        """
        with self._lock:
            try:
                if self._stale:
                    self._take_in()
                self._fetch(words)
            except LostError:
                if self._frame is None:
                    raise
            assert self._frame is not None
            return self._frame

    def grow_stale(self) -> None:
        """Something changed there."""
        self._stale = True

    def news(self) -> frozenset[str]:
        """Ids of the runs that changed there since the table was asked for last; none where it never was."""
        with self._lock:
            return frozenset() if self._frame is None else self._take_in()

    def _take_in(self) -> frozenset[str]:
        """Ask for the rows that changed, and join them to those known."""
        known = self._frame
        loaded = [] if known is None else sorted(measured(known) - self._held_back)
        self._stale = False
        try:
            answer: Table = self._connection.call("table", self._moment, loaded)
            rows = self._unpacked(answer.rows)
        except StoreError:
            self._stale = True
            raise
        if not fits_fields(rows):
            raise StoreError(f"the table of {self._address} has other columns than here; update the older trackside")
        changed = frozenset(answer.gone).union(rows.get_column("id"))
        held_back = frozenset(column.name for column in answer.rows.columns if column.held_back)
        if known is None or answer.moment[0] != self._moment[0]:
            self._frame, self._held_back = rows, held_back
        else:
            self._frame = stacked([known.filter(~pl.col("id").is_in(changed)), rows]).sort("id")
            self._held_back |= held_back - measured(known)
        self._moment = answer.moment
        return changed

    def _fetch(self, words: Iterable[str] | None) -> None:
        """Ask for the columns that are held back and named."""
        for _ in range(_ATTEMPTS):
            assert self._frame is not None
            wanted = self._held_back & primaries(self._frame) | named(self._held_back, words)
            if not wanted:
                return
            answer: Columns = self._connection.call("columns", sorted(wanted))
            if answer.of == fingerprint(self._frame.get_column("id")):
                self._frame = self._frame.with_columns(self._unpacked(answer.rows, self._frame.height))
                self._held_back -= wanted
            else:
                self._take_in()
        raise StoreError(f"the runs of {self._address} change faster than they are read; try again")

    @property
    def _address(self) -> str:
        return self._connection.remote.address

    def _unpacked(self, rows: Rows, count: int | None = None) -> pl.DataFrame:
        try:
            return unpacked(rows, count)
        except (ValueError, LookupError, OverflowError, pl.exceptions.PolarsError) as error:
            raise StoreError(f"the table of {self._address} makes no sense: {error}") from None


def named(columns: Iterable[str], words: Iterable[str] | None) -> frozenset[str]:
    """The columns whose metrics may be meant by a text: rather one too many."""
    if words is None:
        return frozenset(columns)
    text = _letters("\n".join(words))
    found = set()
    for column in columns:
        statistic, _, metric = column.partition(".")
        if _letters(metric) in text and (statistic == "metric" or _letters(statistic) in text):
            found.add(column)
    return frozenset(found)


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text)
