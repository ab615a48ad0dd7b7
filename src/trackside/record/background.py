"""Threads of a run: the one that says every 5 s that it is alive, and the one for what takes too long for `init()`."""

import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

Task: TypeAlias = Callable[[threading.Event], None]
"""Captures one thing. It gives up once the event is set."""

BEAT_SECONDS = 5.0
_LATER_SECONDS = 30.0
_BEFORE_STOP = 0.8
_STOPS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


class Heart:
    """Calls `beat` every 5 s."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin. Where the machine has no thread to give, readers go by the log's lock."""
        with suppress(RuntimeError):
            threading.Thread(target=self._go_on, name="trackside-heart", daemon=True).start()

    def stop(self) -> None:
        """Beat no more."""
        self._stop.set()

    def _go_on(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            self._beat()


class Tasks:
    """Runs captures one after the other in a thread that the end of the run waits for, but not for long.

    `later` are run there too, half a minute after those, if the run has not ended by then, and once more at its end;
    `last` by whoever waits, when that is over.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        last: Sequence[Task],
        failed: Callable[[Exception], None],
        later: Sequence[Task] = (),
    ) -> None:
        self._tasks = tasks
        self._later = later
        self._last = last
        self._failed = failed
        self._ending = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="trackside-capture", daemon=True)

    def start(self) -> None:
        """Begin. Where the machine has no thread to give, it is told and nothing is captured."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self._failed(error)

    def wait(self, patience: float) -> bool:
        """Wait for at most `patience` seconds. What still runs after most of them is asked to stop.

        Whether all was done.
        """
        self._ending.set()
        self._join(patience * _BEFORE_STOP)
        self._stop.set()
        self._join(patience * (1 - _BEFORE_STOP))
        self._do_all(self._last)
        return not self._thread.is_alive()

    def _join(self, patience: float) -> None:
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(patience)

    def _work(self) -> None:
        # A child that Ctrl-Z stops before it has become git keeps this process from stopping, and the shell waiting.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        for task in self._tasks:
            if self._stop.is_set():
                break
            self._do(task)
        if self._later and not self._ending.wait(_LATER_SECONDS):
            self._do_all(self._later)
            self._ending.wait()
        self._do_all(self._later)

    def _do_all(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._do(task)

    def _do(self, task: Task) -> None:
        try:
            task(self._stop)
        except Exception as error:  # noqa: BLE001  a capture that fails is told, and training goes on
            self._failed(error)
