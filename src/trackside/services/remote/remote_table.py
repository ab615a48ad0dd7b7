"""The table of all runs of a store on another machine: what is known of it, and rows of what changed since."""

import threading

import polars as pl

from trackside.model.errors import StoreError
from trackside.services.remote.calls import Table
from trackside.services.remote.connection import Connection
from trackside.services.remote.link import LostError
from trackside.services.remote.table_wire import unpacked
from trackside.store.table import fits_fields, stacked


class RemoteTable:
    """Keeps the frame. Safe to call from several threads: one of them asks, the others wait."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._moment = ("", 0)
        self._frame: pl.DataFrame | None = None
        self._stale = True

    def frame(self) -> pl.DataFrame:
        """The rows as they stand there now; as they stood last, where the connection is broken."""
        with self._lock:
            if self._stale:
                try:
                    self._take_in()
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
        self._stale = False
        try:
            answer: Table = self._connection.call("table", self._moment)
            rows = _checked(answer, self._connection.remote.address)
        except StoreError:
            self._stale = True
            raise
        known = self._frame
        if known is not None and answer.moment[0] == self._moment[0]:
            rows = stacked([known.filter(~pl.col("id").is_in(answer.changed)), rows])
        self._frame, self._moment = rows, answer.moment
        return frozenset(answer.changed)


def _checked(answer: Table, address: str) -> pl.DataFrame:
    try:
        rows = unpacked(answer.rows)
    except (ValueError, IndexError, OverflowError, pl.exceptions.PolarsError) as error:
        raise StoreError(f"the table of {address} makes no sense: {error}") from None
    if not fits_fields(rows):
        raise StoreError(f"the table of {address} has other columns than this trackside's; update the older one")
    return rows
