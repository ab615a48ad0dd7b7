"""A command as a child of this process: its output comes here, its input and its terminal are those of this process.

A thread waits for signals, all of which are blocked elsewhere. What the terminal sends goes to all of its foreground,
the command too; what others send to this process is passed on to it.
"""

import os
import signal
import termios
import threading
from collections.abc import Callable, Iterable, Mapping

from trackside.record.console.descriptors import open_channels
from trackside.record.console.helper import Stream, copy_size, settings_of
from trackside.record.voice import Voice

_FROM_THE_KERNEL = 0x80
ASKING_TO_STOP = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU})
_PASSED_ON = ASKING_TO_STOP | {signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM}
HEARD = _PASSED_ON | {signal.SIGCHLD, signal.SIGWINCH}
"""To be blocked in every thread before a child is started."""

_OF_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
"""Python ignores them; the command begins as it would without."""


class Child:
    """The command, running. `ended` can be read once it has ended. OSError where it cannot be started.

    Where its output cannot be read it goes where it would without us, and a word says so.
    """

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        blocked: Iterable[int],
        on_signal: Callable[[signal.Signals], object],
        voice: Voice,
    ) -> None:
        self._on_signal = on_signal
        self._status = 0
        sources, sinks = _channels(voice)
        self.streams = [Stream(source, of, settings_of(source)) for of, source in sources.items()]
        try:
            self._process = os.posix_spawnp(
                command[0],
                command,
                environment,
                file_actions=[(os.POSIX_SPAWN_DUP2, sink, of) for of, sink in sinks.items()],
                setsigmask=blocked,
                setsigdef=_OF_PYTHON,
            )
        finally:
            for sink in set(sinks.values()):
                os.close(sink)
        self.ended, self._running = os.pipe()
        self._attendant = threading.Thread(target=self._attend, name="trackside-child", daemon=True)
        self._attendant.start()

    def wait(self) -> int:
        """Wait for the end: the exit status, or the negative number of the signal that ended it."""
        self._attendant.join()
        return self._status

    def _attend(self) -> None:
        while True:
            told = signal.sigwaitinfo(HEARD)
            if told.si_signo == signal.SIGCHLD:
                ended, status = os.waitpid(self._process, os.WNOHANG)
                if ended:
                    self._status = os.waitstatus_to_exitcode(status)
                    os.close(self._running)
                    return
            else:
                self._pass_on(signal.Signals(told.si_signo), by_terminal=told.si_code == _FROM_THE_KERNEL)

    def _pass_on(self, number: signal.Signals, *, by_terminal: bool) -> None:
        if number == signal.SIGWINCH:
            for stream in self.streams:
                copy_size(stream.target, stream.source)
        else:
            self._on_signal(number)
        if number == signal.SIGWINCH or not by_terminal:
            # The terminal told the command of its new size too, but maybe before the pseudo-terminal had it.
            os.kill(self._process, number)


def _channels(voice: Voice) -> tuple[dict[int, int], dict[int, int]]:
    """Where the output is read, and where the command prints to; nothing where that cannot be made."""
    sources: dict[int, int] = {}
    sinks: dict[int, int] = {}
    try:
        open_channels(sources, sinks)
    except (OSError, termios.error) as error:
        voice.once("console", f"what this command prints is not kept: {error}")
        for descriptor in {*sources.values(), *sinks.values()}:
            os.close(descriptor)
        return {}, {}
    return sources, sinks
