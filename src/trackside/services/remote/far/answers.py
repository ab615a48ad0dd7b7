"""What the agent answers that a store does not answer in words that can be sent: tables, curves, consoles.

Arrays and frames are loaded with the first question about them: the first rows need none.
"""

from collections.abc import Callable, Mapping
from typing import Any

from trackside.services.remote.protocol.calls import MOST_PRINTED, Columns, Known, Moment, Numbers, Points, Table
from trackside.store.console import Piece, packed
from trackside.store.store import Store


def _table(store: Store, since: Moment, wanted: list[str]) -> Table:
    """Rows of what changed; of statistics of metrics those wanted, and in a whole table those that it shows unasked."""
    import polars as pl

    from trackside.services.remote.protocol import table_wire

    moment = store.moment()
    changed = store.changed_since(since)
    frame = store.frame()
    shown = {*wanted, *(table_wire.unasked(frame) if since[0] != moment[0] else ())}
    rows = frame.filter(pl.col("id").is_in(changed)).sort("id")
    gone = sorted(changed.difference(rows.get_column("id")))
    return Table(moment=moment, gone=gone, rows=table_wire.packed(rows, table_wire.measured(rows) - shown))


def _columns(store: Store, wanted: list[str]) -> Columns:
    from trackside.services.remote.protocol import table_wire

    frame = store.frame().sort("id")
    found = frame.select(name for name in wanted if name in frame.columns)
    return Columns(of=table_wire.fingerprint(frame.get_column("id")), rows=table_wire.packed(found))


def _points(store: Store, run_id: str, metric: str, known: Known) -> Points:
    from trackside.services.remote.protocol.curve_wire import packed_points

    return packed_points(store.series(run_id, metric), known)


def _outline(store: Store, run_id: str, metric: str, known: Known) -> Points:
    """What came since, where that is little; else the outline of all."""
    from trackside.services.remote.protocol.curve_wire import packed_points
    from trackside.store.outline import MOST_POINTS, outlined

    series = store.series(run_id, metric)
    news = packed_points(series, known)
    return news if news.count <= MOST_POINTS else packed_points(outlined(series))


def _close_up(store: Store, run_id: str, metric: str, low: float | None, high: float | None) -> Points:
    from trackside.services.remote.protocol.curve_wire import between, packed_points
    from trackside.store.outline import outlined

    return packed_points(outlined(between(store.series(run_id, metric), low, high)))


def _superseded(store: Store, run_id: str, metric: str) -> Points:
    from trackside.services.remote.protocol.curve_wire import packed_points

    return packed_points(store.series(run_id, metric, superseded=True))


def _overview(store: Store, run_id: str, metric: str, points: int) -> list[Numbers]:
    from trackside.services.remote.protocol.curve_wire import packed_buckets

    return packed_buckets(store.overview(run_id, metric, points))


def _console(store: Store, run_id: str) -> list[tuple[str, int, int]]:
    return [(piece.stem, piece.start, piece.size) for piece in store.console(run_id)]


def _printed(store: Store, run_id: str, stem: str, start: int, begin: int, end: int) -> bytes:
    found = _piece(store, run_id, stem, start)
    return b"" if found is None else found.read(begin, min(end, begin + MOST_PRINTED))


def _stamps(store: Store, run_id: str, stem: str, start: int) -> bytes:
    found = _piece(store, run_id, stem, start)
    return b"" if found is None else packed(found.stamps())


def _piece(store: Store, run_id: str, stem: str, start: int) -> Piece | None:
    return next((piece for piece in store.console(run_id) if (piece.stem, piece.start) == (stem, start)), None)


MADE: Mapping[str, Callable[..., Any]] = {
    "table": _table,
    "columns": _columns,
    "points": _points,
    "outline": _outline,
    "close_up": _close_up,
    "superseded": _superseded,
    "overview": _overview,
    "console": _console,
    "printed": _printed,
    "stamps": _stamps,
}
"""By their calls; each is given the store first."""
