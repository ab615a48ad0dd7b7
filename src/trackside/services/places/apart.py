"""A place of another system that a process of its own reads into its mirror, for whoever must not be held up by it."""

import threading
from typing import TYPE_CHECKING, Any

from trackside.model.errors import StoreError
from trackside.model.progress import OnProgress
from trackside.services.places.finding import address_of, in_place
from trackside.services.places.listener import Listener
from trackside.services.places.process import ReadingProcess
from trackside.store.mirrored import MirroredStore

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped


class Apart:
    """The place that a person named so; `process` reads it already. StoreError or UsageError where it is none."""

    is_far = False

    def __init__(self, text: str, process: ReadingProcess | None = None) -> None:
        self.address = address_of(text)
        self.store = MirroredStore.at(self.address)
        self._text = text
        self._process = process

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Read what is new in this process, in place of the one that does already; what could not be read."""
        process, self._process = self._process, None
        if process is not None:
            process.close()
        return in_place(self._text).catch_up(on_progress)

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Have the mirror kept current until `stop` is set. Blocks. StoreError where the process ended by itself."""
        process, self._process = self._process or ReadingProcess(self._text), None
        with process:
            for said in process.said(stop):
                _tell(listener, said)
            if not stop.is_set():
                raise StoreError(f"what reads {self.address} has ended ({process.why()})")


def _tell(listener: Listener, said: Any) -> None:
    from trackside.sources.walk import Skipped

    match said:
        case {"progress": [done, total]} if listener.progress is not None:
            listener.progress(done, total)
        case {"skipped": list(skipped)}:
            listener.skipped([Skipped(*one) for one in skipped])
        case {"trouble": str(why)}:
            listener.trouble(why)
        case {"caught_up": True}:
            listener.caught_up()
