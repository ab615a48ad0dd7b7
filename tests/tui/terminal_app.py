"""A program in a real pseudo-terminal, read as a terminal reads it: by pyte.

It knows no part of trackside. Nothing runs beside the test: what the program writes is taken in while one waits.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import pyte

_ASKED_POSITION = b"\x1b[6n"
_ENTER_ALTERNATE, _LEAVE_ALTERNATE = b"\x1b[?1049h", b"\x1b[?1049l"
_AT_ONCE = 65_536
_SHORTLY = 0.02


class TerminalApp:
    """A program that was started in a terminal of its own, and is killed when the `with` block is left.

    `answers=False` makes a terminal that never tells where its cursor is.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
        answers: bool = True,
    ) -> None:
        self.raw = bytearray()
        self.status: int | None = None
        self._screen = pyte.Screen(columns, rows)
        self._screen.write_process_input = self._reply if answers else _say_nothing
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0
        self._text: str | None = None
        self._terminal, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self._size(columns, rows)
        self._slave = slave
        name = os.ttyname(slave)
        self.started = time.monotonic()
        # The leader of a session that opens a terminal has it as its controlling one.
        self.pid = os.posix_spawnp(
            command[0],
            list(command),
            {**_without_size(os.environ), "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})},
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0), *_DUPLICATED],
            setsid=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._slave)
        os.close(self._terminal)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        self._feed()
        if self._text is None:
            self._text = "\n".join("".join(line).rstrip() for line in self._cells())
        return self._text

    def columns_of(self, text: str) -> list[int]:
        """In which columns a text of narrow letters begins on the screen, from the top."""
        self._feed()
        size = len(text)
        return [at for line in self._cells() for at in range(len(line)) if line[at : at + size] == list(text)]

    def _cells(self) -> list[list[str]]:
        """By lines, what stands in each cell: of a wide letter nothing in the second one."""
        lines = map(self._screen.buffer.__getitem__, range(self._screen.lines))
        return [[line[column].data for column in range(self._screen.columns)] for line in lines]

    @property
    def underlined(self) -> str:
        """What of it is underlined."""
        self._feed()
        lines = (self._screen.buffer[row] for row in range(self._screen.lines))
        return "\n".join(
            "".join(line[at].data if line[at].underscore else " " for at in range(self._screen.columns)).rstrip()
            for line in lines
        )

    @property
    def in_alternate_screen(self) -> bool:
        """Whether the program has taken the whole screen and not given it back."""
        return self.raw.rfind(_ENTER_ALTERNATE) > self.raw.rfind(_LEAVE_ALTERNATE)

    @property
    def settings(self) -> list[object]:
        """How the terminal is set now; `before` is how it was."""
        return termios.tcgetattr(self._slave)

    def send(self, keys: str) -> None:
        """Type."""
        self._reply(keys)

    def scribble(self, text: str) -> None:
        """Write over the screen, as another program does that was left running in this terminal."""
        os.write(self._slave, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size; the kernel tells the program."""
        self._feed()
        self._screen.resize(rows, columns)
        self._text = None
        self._size(columns, rows)

    def wait_for(self, text: str, seconds: float = 60.0) -> float:
        """Wait until `text` stands on the screen; the moment at which it arrived."""
        return self.wait_until(lambda: text in self.text, f"{text!r} on the screen", seconds)

    def wait_until(self, true: Callable[[], bool], what: str, seconds: float = 60.0) -> float:
        """Wait until something is so; the `time.monotonic()` at which that arrived which made it so."""
        deadline = time.monotonic() + seconds
        arrived = time.monotonic()
        while not true():
            ended = self._has_ended()
            took = self._take_in(_SHORTLY)
            arrived = time.monotonic()
            if not took and (ended or arrived > deadline):
                said = f"the program ended with {self.status}" if ended else f"{seconds:g} s passed"
                raise AssertionError(f"{said} without {what}; the screen shows\n{self.text}")
        return arrived

    def wait_for_quiet(self, quiet: float, seconds: float = 60.0) -> None:
        """Wait until nothing has been written for `quiet` seconds."""
        deadline = time.monotonic() + seconds
        since = time.monotonic()
        while time.monotonic() - since < quiet:
            if time.monotonic() > deadline:
                raise AssertionError(f"no quiet within {seconds:g} s; last written: {bytes(self.raw[-200:])!r}")
            if self._take_in(_SHORTLY):
                since = time.monotonic()

    def written_in(self, seconds: float) -> bytes:
        """What the program writes in the next so many seconds."""
        before = len(self.raw)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._take_in(left)
        return bytes(self.raw[before:])

    def wait_for_end(self, seconds: float = 60.0) -> int:
        """Wait until the program has ended; its exit status, negative if a signal killed it."""
        deadline = time.monotonic() + seconds
        while not self._has_ended():
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds:g} s; the screen shows\n{self.text}")
            self._take_in(_SHORTLY)
        while self._take_in(0):
            pass
        assert self.status is not None
        return self.status

    def _has_ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def _take_in(self, seconds: float) -> bool:
        """Wait at most so long for something that the program writes; whether it wrote. Questions are answered."""
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready:
            return False
        self._receive(os.read(self._terminal, _AT_ONCE))
        return True

    def _receive(self, chunk: bytes) -> None:
        self.raw += chunk
        if self.raw.find(_ASKED_POSITION, max(0, len(self.raw) - len(chunk) - len(_ASKED_POSITION))) >= 0:
            self._feed()

    def _feed(self) -> None:
        if self._fed < len(self.raw):
            fresh = bytes(self.raw[self._fed :])
            self._fed = len(self.raw)
            self._stream.feed(fresh)
            self._text = None

    def _reply(self, data: str) -> None:
        os.write(self._terminal, data.encode())

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _say_nothing(_: str) -> None:
    pass


def _without_size(environment: Mapping[str, str]) -> dict[str, str]:
    """A terminal's size is what it says; readline leaves another one in the variables of whoever imports it."""
    return {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}


_DUPLICATED = [(os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
"""Output and errors go where input comes from."""
