"""Places that are no files: servers and databases, by their addresses."""

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from trackside.model.foreign import Found
from trackside.sources.mlflow.rest import TrackingServer
from trackside.sources.protocol import Source, SourceError
from trackside.sources.walk import Progress, Remembered, Skipped


class Addressed(Source, Protocol):
    """A source of runs at addresses. It keeps what an address says of a login to itself."""

    def takes(self, address: str) -> bool:
        """Whether it reads what is there, by the look of the address."""
        ...

    def runs_at(self, address: str) -> Iterator[Found]:
        """All runs that are there. SourceError where nothing answers as it should."""
        ...


class AtAddress:
    """The runs at one address; what was found last where it does not answer now."""

    def __init__(self, source: Addressed, address: str) -> None:
        self._source = source
        self._address = address
        self._found: list[Found] = []
        self.memory: dict[str, Remembered] = {}
        self.skipped: list[Skipped] = []

    def find(self, on_progress: Progress | None = None) -> list[Found]:  # noqa: ARG002  how many there are is not known
        """All runs that are there now. SourceError where there never was an answer."""
        self.skipped.clear()
        try:
            self._found = list(self._source.runs_at(self._address))
        except SourceError as error:
            if not self._found:
                raise
            self.skipped.append(Skipped(shown(self._address), str(error)))
        return self._found


def source_of(address: str) -> Addressed | None:
    """A source that reads what is at an address; None where it is a path, or nobody does."""
    addressed: tuple[Addressed, ...] = (TrackingServer(),)
    return next((source for source in addressed if source.takes(address)), None)


def shown(address: str) -> str:
    """An address without a login in it."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
