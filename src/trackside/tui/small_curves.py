"""Curves for columns of the runs table, drawn beside the event loop for the rows that were asked for last."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from textual.widget import Widget

from trackside.tui.once import after

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

_Place: TypeAlias = tuple[str, str]
"""A run and a metric."""


class SmallCurves:
    """`text` gives what is drawn already. What is not is drawn soon, and then `drawn` is called."""

    REST = 0.1
    """How long rows must stand before their curves are read."""

    AT_ONCE = 16
    MOST_WANTED = 128
    MOST_KEPT = 5_000

    def __init__(self, owner: Widget, store: "AnyStore", drawn: Callable[[], object], *, ascii_only: bool) -> None:
        self._owner = owner
        self._store = store
        self._drawn = drawn
        self._ascii_only = ascii_only
        self._kept: dict[_Place, tuple[float | None, str]] = {}
        self._wanted: dict[_Place, float | None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False

    def text(self, run_id: str, metric: str, time: float | None) -> str:
        """The curve as far as it is drawn; that of a run whose last point came at another `time` is drawn again."""
        place = (run_id, metric)
        kept = self._kept.get(place)
        if kept is None or kept[0] != time:
            self._wanted.pop(place, None)
            self._wanted[place] = time
            self._soon()
        return "" if kept is None else kept[1]

    def _soon(self) -> None:
        if self._timer is None and not self._busy:
            self._timer = after(self.REST, self._owner, self._start)

    def _start(self) -> None:
        self._timer = None
        self._wanted = dict(list(self._wanted.items())[-self.MOST_WANTED :])
        places = dict(list(self._wanted.items())[-self.AT_ONCE :])
        self._busy = bool(places)
        if places:
            self._owner.run_worker(lambda: self._draw(places), thread=True, group="curves", exit_on_error=False)

    def _draw(self, places: dict[_Place, float | None]) -> None:
        from trackside.services.table.small_curves import small_curves

        found: dict[_Place, str] = {}
        try:
            found.update(small_curves(self._store, list(places), ascii_only=self._ascii_only))
        finally:
            self._owner.call_later(self._arrived, places, found)

    def _arrived(self, places: dict[_Place, float | None], found: dict[_Place, str]) -> None:
        """Show them, and go on; what could not be read stays empty, and its worker's error tells why."""
        for place, time in places.items():
            self._kept[place] = (time, found.get(place, ""))
            if (place, time) in self._wanted.items():
                del self._wanted[place]
        while len(self._kept) > self.MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._drawn()
        self._start()
