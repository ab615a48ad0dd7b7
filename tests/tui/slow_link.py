"""A program in a pseudo-terminal at the other end of a slow link, as over SSH. It knows no part of trackside."""

import os
import select
import time
from collections import deque
from collections.abc import Mapping, Sequence

from terminal_app import TerminalApp

_PIECE = 1024
_LEAST_WAIT = 0.001


class SlowTerminal(TerminalApp):
    """What the program writes comes late and slowly, and what is typed late.

    `most_on_way` is how many bytes the link takes before it lets the program wait; None takes all that is written at
    once, as sshd does, however long it then needs to be on its way.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        late: float,
        bytes_per_second: float,
        most_on_way: int | None,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._late = late
        self._rate = bytes_per_second
        self._most = most_on_way
        self._coming: deque[tuple[float, bytes]] = deque()
        self._typed: deque[tuple[float, str]] = deque()
        self._free_at = 0.0
        super().__init__(command, columns=columns, rows=rows, environment=environment)

    def _take_in(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            while self._typed and self._typed[0][0] <= now:
                super()._reply(self._typed.popleft()[1])
            if self._coming and self._coming[0][0] <= now:
                self._receive(self._coming.popleft()[1])
                return True
            if now >= deadline:
                return False
            self._carry(min([deadline, *(queue[0][0] for queue in (self._typed, self._coming) if queue)]) - now)

    def _carry(self, seconds: float) -> None:
        """Wait at most so long for something that the program writes, and put it on its way."""
        on_way = sum(len(piece) for _, piece in self._coming)
        room = _PIECE if self._most is None else self._most - on_way
        if room <= 0:
            time.sleep(max(_LEAST_WAIT, seconds))
            return
        ready, _, _ = select.select([self._terminal], [], [], max(_LEAST_WAIT, seconds))
        if ready:
            piece = os.read(self._terminal, min(room, _PIECE))
            sent = max(self._free_at, time.monotonic()) + len(piece) / self._rate
            self._free_at = sent
            self._coming.append((sent + self._late, piece))

    def _reply(self, data: str) -> None:
        self._typed.append((time.monotonic() + self._late, data))
