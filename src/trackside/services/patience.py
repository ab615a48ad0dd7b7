"""How long is waited before what failed is tried again: longer after each try."""

import threading

_FIRST_SECONDS, _MOST_SECONDS = 0.5, 30.0


class Patience:
    """The waits of one who tries again and again."""

    def __init__(self) -> None:
        self._seconds = _FIRST_SECONDS

    def wait(self, stop: threading.Event) -> None:
        """Wait, unless `stop` is set meanwhile; the next time twice as long, and half a minute at most."""
        stop.wait(self._seconds)
        self._seconds = min(2 * self._seconds, _MOST_SECONDS)

    def renew(self) -> None:
        """It came about: begin with a short wait the next time."""
        self._seconds = _FIRST_SECONDS
