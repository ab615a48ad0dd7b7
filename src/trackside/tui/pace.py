"""How often something live is read again: once in so many seconds, and never twice at once.

After a quiet time the second reading need not wait for the first one's seconds, but the third for those of both: a
value that is logged right after something else has changed is seen at once, and no more is written in the long run.
What takes long is read for half of the time at most.
"""

import asyncio
import time
from collections.abc import Callable

from textual.dom import DOMNode
from textual.worker import Worker, WorkerState

from trackside.tui.once import after

READING = "reading"
"""The group of the workers that read what is due."""


class Pace:
    """Calls `start` when something is due, and what that gives in a worker thread; only then comes the next.

    `start` gives None where there is nothing to read.
    """

    def __init__(self, owner: DOMNode, start: Callable[[], Callable[[], object] | None], seconds: float) -> None:
        self.seconds = seconds
        self._owner = owner
        self._start = start
        self._timer: asyncio.TimerHandle | None = None
        self._reading: Worker[None] | None = None
        self._is_next = False
        self._stale = False
        self._busy = False
        self._hurries = False
        self._not_before = self._began = 0.0
        self._spent = time.monotonic() + seconds

    def due(self, *, at_once: bool = False, not_before: float = 0.0) -> None:
        """Something changed. `at_once` waits for what is being read, but neither for the seconds nor `not_before`."""
        self._stale = True
        if at_once:
            self._hurries = True
            self._not_before = 0.0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        else:
            self._not_before = max(self._not_before, not_before)
        self._schedule()

    @property
    def has_failed(self) -> bool:
        """Whether what was read last could not be."""
        return has_failed(self._reading)

    def _done(self) -> None:
        """What was read has been, well or not. The next rests as long as that took, unless a person waits."""
        self._busy = False
        if not self._hurries:
            now = time.monotonic()
            self._not_before = max(self._not_before, now + (now - self._began))
        self._schedule()

    def _schedule(self) -> None:
        if not self._stale or self._busy or self._is_next or self._timer is not None:
            return
        wait = self._not_before - time.monotonic()
        if wait > 0:
            self._timer = after(wait, self._owner, self._run)
        else:
            self._is_next = True
            self._owner.call_next(self._run)

    def _run(self) -> None:
        self._timer = None
        self._is_next = False
        self._stale = self._hurries = False
        self._busy = True
        self._began = now = time.monotonic()
        self._spent = min(max(now, self._spent), now + self.seconds) + self.seconds
        self._not_before = self._spent - self.seconds
        read = self._start()
        if read is None:
            self._done()
        else:
            self._reading = self._owner.run_worker(
                lambda: self._read(read), thread=True, group=READING, exit_on_error=False
            )

    def _read(self, read: Callable[[], object]) -> None:
        try:
            read()
        finally:
            self._owner.call_later(self._done)


def has_failed(reading: Worker[None] | None) -> bool:
    """Whether what was read last could not be: then the same is read when it is shown again."""
    return reading is not None and reading.state is WorkerState.ERROR
