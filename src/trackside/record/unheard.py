"""Signals that the script is too busy to hear.

Python calls a handler when its main thread comes back to Python; a library that computes for an hour keeps it waiting.
A signal that would have ended the process at once must not be put off by the handler that only writes it down. So a
thread is told of each signal at once, by the descriptor that `signal` keeps for that, and steps in after a while.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from trackside.record.identity import Identity, close_if, identity

PATIENCE = 2.0


class Unheard:
    """Calls `step_in(number)` for a signal that no handler has heard within 2 s.

    It is started, told and stopped in the main thread; in a handler no lock may be taken, so there is none.
    """

    def __init__(self, numbers: Collection[int], step_in: Callable[[int], None]) -> None:
        self._numbers = numbers
        self._step_in = step_in
        self._heard: set[int] = set()
        self._told = -1
        self._pipe: Identity | None = None

    def start(self) -> None:
        """Begin to listen; not twice, nor where somebody else does, such as an event loop."""
        if self._told >= 0:
            return
        try:
            source, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:  # the process has as many files open as it may
            return
        os.set_blocking(source, True)
        before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        if before != -1:
            signal.set_wakeup_fd(before, warn_on_full_buffer=False)
            os.close(source)
            os.close(told)
            return
        self._told = told
        self._pipe = identity(told)
        self._heard = set()
        try:
            threading.Thread(
                target=self._listen, args=(source, self._pipe, self._heard), name="trackside-signals", daemon=True
            ).start()
        except RuntimeError:
            self.stop()
            os.close(source)

    def heard(self, number: int) -> None:
        """A handler was called."""
        self._heard.add(number)

    def stop(self) -> None:
        """Listen no more."""
        if self._told >= 0:
            if (now := signal.set_wakeup_fd(-1)) not in (-1, self._told):
                signal.set_wakeup_fd(now, warn_on_full_buffer=False)
            close_if(self._told, self._pipe)
            self._told = -1
            self._heard = set()

    def _listen(self, source: int, pipe: Identity | None, heard: set[int]) -> None:
        """Wait for each signal to be heard; no longer once that is stopped, whoever has the signals then."""
        with suppress(OSError):
            while said := os.read(source, 1):
                (number,) = said
                if number in self._numbers:
                    time.sleep(PATIENCE)
                    if heard is not self._heard:
                        break
                    if number not in heard:
                        self._step_in(number)
                    heard.discard(number)
        close_if(source, pipe)
