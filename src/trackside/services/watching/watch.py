"""One watch: which runs, what of them, and what was told already."""

import time
from collections.abc import Iterable, Sequence
from typing import Protocol

from trackside.config.conditions import Conditions
from trackside.model.run import Run
from trackside.query.parse import parse
from trackside.services.table.selecting import Query, select
from trackside.services.watching.events import Event, events
from trackside.store.any_store import AnyStore
from trackside.store.table import frame_of


class Told(Protocol):
    """Keys of events that were told."""

    def __contains__(self, key: str) -> bool: ...

    def add(self, keys: Iterable[str]) -> None:
        """These were told."""
        ...


class ToldNow:
    """What was told by this process."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, keys: Iterable[str]) -> None:
        """These were told."""
        self._keys.update(keys)


class Watch:
    """The runs that match `filter_`, but for those that ended before `since`. FilterError where it is mistaken.

    Anything may be asked from any thread.
    """

    def __init__(
        self, store: AnyStore, filter_: str, conditions: Conditions, told: Told, *, since: float = 0.0
    ) -> None:
        parse(filter_)
        self._since = since
        self._store = store
        self._filter = filter_
        self._conditions = conditions
        self.told = told

    def all(self) -> list[Event]:
        """What is new of any run."""
        return self.look(self._store.frame(())["id"].to_list())

    def look(self, run_ids: Iterable[str]) -> list[Event]:
        """What is new of these runs, those that began first coming first."""
        found = self._store.runs(sorted(run_ids))
        runs = [run for run in found if not run.trashed and (run.ended is None or run.ended >= self._since)]
        if not runs:
            return []
        watched = self._matching(self._filter, runs)
        holding = {filter_: self._matching(filter_, runs) for filter_ in self._conditions.filters}
        return [
            event
            for run in runs
            if run.id in watched
            for event in events(
                run, self._conditions, frozenset(filter_ for filter_, ids in holding.items() if run.id in ids)
            )
            if event.key not in self.told
        ]

    def _matching(self, filter_: str, runs: Sequence[Run]) -> set[str]:
        """Ids of those that match. A key that none of them has, such as a metric that comes later, matches none."""
        found = select(frame_of(runs), Query(filter_), time.time())
        return set() if found.error is not None else set(found.ids(0, len(found)))
