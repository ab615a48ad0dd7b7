"""One thing at a time, in the order in which it was asked for: by threads, and by a signal's handler in the middle."""

import threading
from collections import deque
from collections.abc import Callable


class Turns:
    """What does things one after the other. The lock is re-entrant: who holds it is come into by a handler alone."""

    def take_turns(self) -> None:
        """Begin, with nothing to do; in a process that was forked off, anew."""
        self.lock = threading.RLock()
        self._jobs: deque[Callable[[], None]] = deque()
        self._busy = False

    def _do(self, job: Callable[[], None]) -> None:
        """Do something, or have it done next where a signal's handler asks for it in the middle of something else."""
        with self.lock:
            self._jobs.append(job)
            if not self._busy:
                self._work_off()

    def _work_off(self) -> None:
        """Do what was asked for in its order, also where a handler ended what it came into by an exception."""
        self._busy = True
        try:
            while self._jobs:
                self._jobs.popleft()()
        finally:
            self._busy = False
            if self._jobs:
                self._work_off()
