"""`python -m trackside.services.places.reader`: the process that keeps one mirror current for another (see `process`).

The place, as a person named it, is the first line of its standard input, where no other user sees a login. It goes on
until that input ends.
"""

import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from trackside.model.errors import TracksideError
from trackside.services import loading
from trackside.services.places.finding import address_of, in_place
from trackside.services.places.listener import Listener
from trackside.services.places.live import keep_current
from trackside.store.mirrored import MirroredStore

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped

_PROGRESS_SECONDS = 0.1
_PIECE = 4_096
_NICE = 5


def main() -> None:
    """Keep the mirror current until nobody listens. Whatever else has to be computed goes first."""
    loading.begin()
    os.nice(_NICE)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    text = json.loads(sys.stdin.buffer.readline())
    stop = threading.Event()
    threading.Thread(target=_set_at_end, args=(stop,), daemon=True).start()
    _make_index(text)
    place = in_place(text)
    from trackside.services.places import mirror  # noqa: F401  loaded, it stays

    loading.end()
    keep_current(place, stop, _Teller(stop).listener())


def _make_index(text: str) -> None:
    """Have the index made before anything else, so that whoever listens finds it and need not load what makes it."""
    store = MirroredStore.at(address_of(text))
    store.moment()
    store.close()


def _set_at_end(stop: threading.Event) -> None:
    # Not the buffer, which nobody may hold when the interpreter ends.
    while os.read(sys.stdin.fileno(), _PIECE):
        pass
    stop.set()


class _Teller:
    """Writes what it hears as lines; where nobody reads them, it is time to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._told = 0.0

    def listener(self) -> Listener:
        """What hears it all."""
        return Listener(
            progress=self._progress, trouble=self._trouble, skipped=self._skipped, caught_up=self._caught_up
        )

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            self._say({"progress": [done, total]})

    def _trouble(self, why: str) -> None:
        self._say({"trouble": why})

    def _skipped(self, skipped: "list[Skipped]") -> None:
        self._say({"skipped": [[one.where, one.why] for one in skipped]})

    def _caught_up(self) -> None:
        self._say({"caught_up": True})

    def _say(self, what: dict[str, Any]) -> None:
        try:
            sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self._stop.set()
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    try:
        main()
    except TracksideError as error:
        sys.exit(str(error))
