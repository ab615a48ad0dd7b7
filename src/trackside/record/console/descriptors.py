"""Captures descriptors 1 and 2 of a process, with the helper at their other end.

Where anything about it fails, the descriptors are given back; should the helper die, a thread of this process passes on
in its place. Training goes on in every case. Input is never touched.
"""

import fcntl
import os
import signal
import sys
import termios
import threading
from contextlib import suppress
from itertools import chain
from pathlib import Path

from trackside.record import host
from trackside.record.console import helper
from trackside.record.console.helper import settings_of
from trackside.record.identity import Identity, close_if, identity
from trackside.record.voice import Voice

STDOUT, STDERR = 1, 2
_PATIENCE = 1.0
_FIRST_FREE = 10
"""Descriptors below it are the helper's, as it starts."""

_HELPER_NEEDS = ("LD_LIBRARY_PATH",)


class Descriptors:
    """What this process prints, on its way through the helper. OSError, and nothing has changed, where that fails."""

    def __init__(self, stem: Path, mode: int, voice: Voice) -> None:
        self._voice = voice
        self._changing = threading.Lock()
        self._closed = False
        self._drained = threading.Event()
        self._saved: dict[int, int] = {}
        self._sources: dict[int, int] = {}
        self._sinks: dict[int, Identity | None] = {}
        self._ours: dict[int, Identity | None] = {}
        self._commands = self._answers = -1
        sinks: dict[int, int] = {}
        try:
            for descriptor in (STDOUT, STDERR):
                if identity(descriptor) is not None:
                    self._saved[descriptor] = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
            open_channels(self._sources, sinks)
            self._helper = self._spawn(stem, mode)
            self._remember_ours()
            for descriptor, sink in sinks.items():
                self._sinks[descriptor] = identity(sink)
                os.dup2(sink, descriptor)
            threading.Thread(target=self._listen, name="trackside-console", daemon=True).start()
        except (OSError, RuntimeError, termios.error) as error:
            self._remember_ours()
            self._give_back()
            self.forget()
            raise OSError(str(error)) from error
        finally:
            for sink in set(sinks.values()):
                os.close(sink)

    def end(self, *, failed: bool) -> None:
        """The run has ended. After a failure the console is kept to the end of the script: its traceback follows."""
        if not failed:
            self.close()

    def close(self) -> None:
        """Give the descriptors back. What was printed until now is passed on and kept, if that takes less than 1 s."""
        _flush()
        with self._changing:
            if self._closed:
                return
            self._closed = True
            self._give_back()
        if self._is_ours(self._commands):
            with suppress(OSError):  # the helper has ended
                os.write(self._commands, helper.DRAIN)
                self._drained.wait(_PATIENCE)
        self._let_go()

    def forget(self) -> None:
        """In a forked process, which prints on where it did: close what is the other process's."""
        self._changing = threading.Lock()  # whoever held it is not in this process
        self._let_go()
        self._close(self._answers)

    def _spawn(self, stem: Path, mode: int) -> int:
        """Start the helper. It is not waited for: what is printed meanwhile waits in pipe or pseudo-terminal."""
        interpreter = host.interpreter()
        commands, self._commands = map(_raised, os.pipe())
        self._answers, answers = map(_raised, os.pipe())
        numbers = dict(zip(self._sources, (3, 4), strict=False))
        streams = [(str(numbers[of]), str(of), settings_of(source)) for of, source in self._sources.items()]
        try:
            return os.posix_spawn(
                interpreter,
                [interpreter, "-I", "-S", "-E", helper.__file__, str(stem), oct(mode), *chain(*streams)],
                {name: os.environ[name] for name in _HELPER_NEEDS if name in os.environ},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    *((os.POSIX_SPAWN_DUP2, source, numbers[of]) for of, source in self._sources.items()),
                    (os.POSIX_SPAWN_DUP2, commands, helper.COMMANDS),
                    (os.POSIX_SPAWN_DUP2, answers, helper.ANSWERS),
                ],
                setsigmask=signal.valid_signals(),
            )
        finally:
            os.close(commands)
            os.close(answers)

    def _listen(self) -> None:
        """Hear what the helper says until it ends. Its first process ends at once, leaving the one that works."""
        with suppress(ChildProcessError):
            os.waitpid(self._helper, 0)
        done = False
        while not done:
            if not self._is_ours(self._answers):
                self._drained.set()
                return  # the script took it, and the helper goes on without us
            if not (said := os.read(self._answers, _FIRST_FREE)):
                break
            if helper.DRAIN in said:
                self._drained.set()
            if helper.LOST in said:
                self._voice.once("console lost", "not all of the console can be kept; it is passed on as before")
            for descriptor, letter in helper.GONE.items():
                if letter in said:
                    self._drop_source(descriptor)
            done = helper.ENDED in said
        self._drained.set()
        if not done:
            self._stand_in()
        self._close(self._answers)

    def _drop_source(self, descriptor: int) -> None:
        """Its reader has gone, and whoever prints is to be told so: with this end open the kernel would not."""
        with self._changing:
            self._close(self._sources.pop(descriptor, -1))

    def _stand_in(self) -> None:
        """Pass on in the helper's place what was printed already, and what other processes print."""
        with self._changing:
            if self._closed:
                return
            self._closed = True
            streams = [
                helper.Stream(source, self._saved[of], settings_of(source))
                for of, source in self._sources.items()
                if self._is_ours(source) and self._is_ours(self._saved[of])
            ]
            self._sources = {}
        self._voice.once("console", "the process that kept the console has died; what is printed is no longer kept")
        relay = helper.Relay(streams, _nothing, _nothing)
        # The end of the answers can be read by now. What is on its way comes before what is printed next.
        relay.run(stop=self._answers)
        self._give_back()
        relay.run()

    def _give_back(self) -> None:
        """Put back what the script has not replaced itself."""
        for descriptor, saved in self._saved.items():
            if self._is_ours(saved) and identity(descriptor) == self._sinks.get(descriptor, ()):
                os.dup2(saved, descriptor)

    def _let_go(self) -> None:
        with self._changing:
            for descriptor in (*self._saved.values(), *self._sources.values(), self._commands):
                self._close(descriptor)
            self._saved, self._sources, self._commands = {}, {}, -1

    def _remember_ours(self) -> None:
        held = (*self._saved.values(), *self._sources.values(), self._commands, self._answers)
        self._ours = {descriptor: identity(descriptor) for descriptor in held}

    def _close(self, descriptor: int) -> None:
        close_if(descriptor, self._ours.get(descriptor))

    def _is_ours(self, descriptor: int) -> bool:
        """Whether a descriptor still leads where it did."""
        return descriptor >= 0 and identity(descriptor) == self._ours.get(descriptor, ())


def open_channels(sources: dict[int, int], sinks: dict[int, int]) -> None:
    """Make what takes the place of descriptors 1 and 2: `sinks` to print to and `sources` to read that from.

    A pseudo-terminal where the descriptor is a terminal, else a pipe; one for both where they are one. What is made
    before an OSError is in the two as well, for the caller to close.
    """
    for descriptor in (STDOUT, STDERR):
        leads_to = identity(descriptor)
        if leads_to is None:
            continue
        if STDOUT in sinks and leads_to == identity(STDOUT):
            sinks[descriptor] = sinks[STDOUT]
        else:
            sources[descriptor], sinks[descriptor] = _channel(descriptor)


def _channel(descriptor: int) -> tuple[int, int]:
    """The two ends of what takes the place of a descriptor: where the helper reads, where is printed to."""
    if not os.isatty(descriptor):
        source, sink = os.pipe()
        return _raised(source), _raised(sink)
    settings = termios.tcgetattr(descriptor)
    settings[1] &= ~termios.OPOST  # the terminal behind it does what is to be done to output
    source, sink = map(_raised, os.openpty())
    termios.tcsetattr(sink, termios.TCSANOW, settings)
    helper.copy_size(descriptor, sink)
    return source, sink


def _raised(descriptor: int) -> int:
    """The same, under a number that the helper does not need."""
    if descriptor >= _FIRST_FREE:
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    finally:
        os.close(descriptor)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _nothing(*_: object) -> None:
    pass
