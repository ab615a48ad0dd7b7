"""Places that are no files: servers and databases, by their addresses."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from trackside.model.foreign import Found
from trackside.model.progress import OnProgress
from trackside.sources.protocol import Source, SourceError
from trackside.sources.shown import shown
from trackside.sources.walk import FIRST, OnFirst, Remembered, Skipped

_PAGE = 100


class Addressed(Source, Protocol):
    """A source of runs at addresses. It keeps what an address says of a login to itself."""

    def takes(self, address: str) -> bool:
        """Whether it reads what is there, by the look of the address."""
        ...

    def runs_at(self, address: str) -> Iterator[Found]:
        """All runs that are there. SourceError where nothing answers as it should."""
        ...


class AtAddress:
    """The runs at one address; what was found last, `memory` of an earlier time too, where it does not answer now."""

    def __init__(self, source: Addressed, address: str) -> None:
        self._source = source
        self._address = address
        self._shown = shown(address)
        self.memory: dict[str, Remembered] = {}
        self.skipped: list[Skipped] = []
        self.stores: list[Path] = []

    def find(
        self,
        on_progress: OnProgress | None = None,
        on_first: OnFirst | None = None,
        stop: threading.Event | None = None,
    ) -> list[Found]:
        """All runs that are there now; those met by then where `stop` is set. SourceError without any answer ever."""
        self.skipped.clear()
        found: list[Found] = []
        try:
            for run in self._source.runs_at(self._address):
                if stop is not None and stop.is_set():
                    return found
                found.append(run)
                if on_progress is not None and len(found) % _PAGE == 0:
                    on_progress(len(found), len(found))
                if on_first is not None and len(found) == FIRST:
                    on_first(list(found))
        except SourceError as error:
            if self._shown not in self.memory:
                raise
            self.skipped.append(Skipped(self._shown, str(error).removeprefix(self._shown).strip()))
            return self.memory[self._shown].found
        self.memory = {self._shown: Remembered(0, [], found)}
        return found


def source_of(address: str) -> Addressed | None:
    """A source that reads what is at an address; None where it is a path, or nobody does."""
    from trackside.sources.mlflow.postgres import PostgresStores
    from trackside.sources.mlflow.rest import TrackingServer

    addressed: tuple[Addressed, ...] = (TrackingServer(), PostgresStores())
    return next((source for source in addressed if source.takes(address)), None)
