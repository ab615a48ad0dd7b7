"""Curves of a store on another machine: what is known of each, and the points that came since.

Arrays are loaded with the first curve, not with this module: the first paint has none.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from trackside.model.errors import StoreError
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.kept import Kept

if TYPE_CHECKING:
    from trackside.store.curves import Overview, Series

_MOST_POINTS = 8_000_000

T = TypeVar("T")


class RemoteCurves:
    """Keeps curves. Safe to call from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._fresh = Kept["Series"](_MOST_POINTS, len)
        self._before = Kept["Series"](_MOST_POINTS, len)
        self._overviews = Kept["Overview"](_MOST_POINTS, lambda buckets: len(buckets.n))

    def series(self, run_id: str, metric: str, *, superseded: bool) -> "Series":
        """Every point; with `superseded` those too that a resume replaced."""
        if superseded:
            return self._asked("superseded", run_id, metric)
        return self._fresh.get(run_id, ("points", metric), lambda: self._gone_on("points", run_id, metric))

    def outline(self, run_id: str, metric: str) -> "Series":
        """The points of a metric that a chart needs."""
        return self._fresh.get(run_id, ("outline", metric), lambda: self._gone_on("outline", run_id, metric))

    def close_up(self, run_id: str, metric: str, low: float | None, high: float | None) -> "Series":
        """The outline, and between two steps an outline of what is there."""
        from trackside.services.remote.protocol.curve_wire import inside, joined

        around = self.outline(run_id, metric)
        if around.of is None:
            return around

        def ask() -> "Series":
            came = self._connection.call("close_up", run_id, metric, low, high)
            return self._made(metric, lambda: inside(around, joined(None, came)))

        return self._fresh.get(run_id, ("close_up", metric, low, high), ask)

    def overview(self, run_id: str, metric: str, points: int) -> "Overview":
        """A metric in about `points` buckets."""
        from trackside.services.remote.protocol.curve_wire import buckets_of

        def ask() -> "Overview":
            found = self._connection.call("overview", run_id, metric, points)
            return self._made(metric, lambda: buckets_of(found))

        return self._overviews.get(run_id, (metric, points), ask)

    def forget(self, run_ids: Iterable[str]) -> None:
        """These runs have changed."""
        changed = list(run_ids)
        self._fresh.forget(changed)
        self._overviews.forget(changed)

    def forget_all(self) -> None:
        """Any run may have changed."""
        self._fresh.forget_all()
        self._overviews.forget_all()

    def _gone_on(self, call: str, run_id: str, metric: str) -> "Series":
        """What was known of a curve, and what came since."""
        from trackside.services.remote.protocol.curve_wire import joined, known_of
        from trackside.store.outline import MOST_POINTS, outlined

        before = self._before.known(run_id, (call, metric))
        came = self._connection.call(call, run_id, metric, known_of(before))
        series = self._made(metric, lambda: joined(before if came.start else None, came))
        if call == "outline" and len(series) > 2 * MOST_POINTS:
            series = outlined(series)
        self._before.put(run_id, (call, metric), series)
        return series

    def _asked(self, call: str, run_id: str, metric: str) -> "Series":
        from trackside.services.remote.protocol.curve_wire import joined

        came = self._connection.call(call, run_id, metric)
        return self._made(metric, lambda: joined(None, came, superseded=True))

    def _made(self, metric: str, make: Callable[[], T]) -> T:
        try:
            return make()
        except ValueError as error:
            where = self._connection.remote.address
            raise StoreError(f"the curve of {metric} at {where} makes no sense: {error}") from None
