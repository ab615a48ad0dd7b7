"""One connection to an agent: it greets, answers calls of any thread, and tells of what happens there until it breaks.

It knows ssh and messages, and nothing of stores. A link that broke stays so; `connection.py` makes the next one.
"""

import itertools
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, cast

import msgspec

from trackside.model.errors import DamagedError, StoreError, TracksideError, UsageError
from trackside.model.visible import visible
from trackside.services.remote.address import Remote
from trackside.services.remote.near import ssh
from trackside.services.remote.protocol.wire import GREETING, VERSION, Receiver, Sender

_NOISE = 1 << 16
"""What a login shell may print before the greeting, and what is kept of ssh's own words."""

_SAID_SECONDS = 0.5
_END_SECONDS = 2.0
_SILENT_SECONDS = 30.0
"""An agent that owes an answer and says nothing for so long, at most twice that, is given up."""

_LONGEST_LINE = 300
_REFUSALS = ("Permission denied (", "Host key verification failed", "Too many authentication failures")
"""What ssh says where a person, a key or a host is not what it should be, and it may not ask or got no answer."""

_ERRORS: dict[str, type[TracksideError]] = {"usage": UsageError, "damaged": DamagedError}


Told = Callable[[str, bytes], None]


class LostError(StoreError):
    """The connection broke, or could not be made."""


class _Head(msgspec.Struct, frozen=True):
    """The head of a message that an agent sends: an answer to the call of that `id`, or an event."""

    id: int | None = None
    event: str | None = None
    error: str | None = None
    kind: str = "store"


class _Answer(msgspec.Struct):
    """An answer that is waited for."""

    came: threading.Event = msgspec.field(default_factory=threading.Event)
    body: bytes = b""
    error: Exception | None = None


class Link:
    """A connection to `remote`, which `greet` makes.

    With `may_ask` ssh may ask on the terminal, and what it says there is passed on. LostError where there is no ssh.
    """

    def __init__(self, remote: Remote, *, may_ask: bool) -> None:
        self._remote = remote
        self._may_ask = may_ask
        self.kind = ""
        """What kind of agent is there: `store`, `bare` of a Python that is to be sent one, or `none`."""

        self.python = ""
        """The version of that Python, as `3.11`."""

        self.broke_at: float | None = None
        """When it broke, or was heard of last."""

        self._numbers = itertools.count(1)
        self._answers: dict[int, _Answer] = {}
        self._lock = threading.Lock()
        self._told: Told = _nobody
        self._why = ""
        self._words = b""
        self._gave_up = False
        self._greeted, self._ended = threading.Event(), threading.Event()
        try:
            self._process = ssh.start(remote, may_ask=may_ask)
        except OSError as error:
            raise LostError(f"{remote.address}: ssh cannot be started here ({error.strerror})") from None
        self._from = cast("BinaryIO", self._process.stdout)
        self._sender = Sender(cast("BinaryIO", self._process.stdin))
        self._receiver = Receiver(self._from)
        self._reading: threading.Thread | None = None
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def greet(self) -> None:
        """Wait until it is there and says of what kind it is. LostError where the connection does not come about.

        Whatever a login shell prints before it is passed over. A person may take all the time to answer what ssh asks.
        """
        late = threading.Timer(_SILENT_SECONDS, self._give_up)
        if not self._may_ask:
            late.start()
        try:
            self.kind, *more = self._greeting()
            self.python = more[0] if more else ""
        finally:
            late.cancel()
            self._greeted.set()

    def begin(self, told: Told) -> None:
        """Read what comes from now on; `told(event, body)` hears of what happens there, in the thread that reads."""
        self._told = told
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def why(self) -> str:
        """Why it broke; nothing while it stands."""
        return self._why

    @property
    def traffic(self) -> tuple[int, int]:
        """Bytes that were sent and received, as they go over the wire before ssh encrypts them."""
        return self._sender.sent, self._receiver.received

    def hand_over(self, code: bytes) -> None:
        """Give a bare Python the agent that it is to become."""
        stream = cast("BinaryIO", self._process.stdin)
        try:
            stream.write(b"%d\n" % len(code) + code)
            stream.flush()
        except OSError:
            raise self._lost() from None

    def call(self, name: str, body: bytes = b"") -> bytes:
        """The answer to a call. The error that the other side answered with, or LostError."""
        number, answer = next(self._numbers), _Answer()
        with self._lock:
            if self._why:
                raise LostError(self._why)
            self._answers[number] = answer
        try:
            self._sender.send({"id": number, "call": name}, body)
        except (OSError, ValueError):
            self._process.kill()
        self._await(answer)
        if answer.error is not None:
            raise answer.error
        return answer.body

    def abort(self) -> None:
        """Break it off: whoever waits for anything of it is told so."""
        self._process.kill()

    def close(self) -> None:
        """End it; the agent ends with its input."""
        with suppress(OSError):
            cast("BinaryIO", self._process.stdin).close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._reading is None:
            self._from.close()
        else:
            self._reading.join(_END_SECONDS)  # a connection that ssh shares may hold the streams for longer
        self._ended.set()
        self._listening.join()

    def _give_up(self) -> None:
        self._gave_up = True
        self.abort()

    def _await(self, answer: _Answer) -> None:
        """Wait for an answer as long as something comes."""
        heard, began = self._receiver.received, time.time()
        while not answer.came.wait(_SILENT_SECONDS):
            if self._receiver.received == heard:
                self._break(f"{self._remote.address}: the agent there does not answer", began)
                self._process.kill()
            heard, began = self._receiver.received, time.time()

    def _greeting(self) -> list[str]:
        noise = 0
        while noise < _NOISE and (line := self._from.readline(_NOISE)):
            noise += len(line)
            words = line.rpartition(GREETING)[2].split() if GREETING in line else []
            if len(words) > 1 and words[0] == b"%d" % VERSION:
                return [word.decode(errors="replace") for word in words[1:]]
        raise self._lost()

    def _lost(self) -> LostError:
        self._greeted.set()
        self.close()
        return LostError(self._said())

    def _said(self) -> str:
        """Why it broke, as ssh says it last."""
        lines = self._words.decode(errors="replace").split("\n")
        words = next((line.strip() for line in reversed(lines) if line.strip()), "")
        why = visible(words)[:_LONGEST_LINE] or "ssh ended the connection without a word"
        if self._gave_up:
            why = "nothing answers there"
        elif any(refusal in words for refusal in _REFUSALS):
            more = f"`{ssh.typed(self._remote)}` says more" if self._may_ask else "open it again, so that ssh can ask"
            why = f"{why.rstrip('.')}; {more}"
        return f"{self._remote.address}: {why}"

    def _read(self) -> None:
        why = ""
        try:
            while (message := self._receiver.receive()) is not None:
                self._take(*message)
        except Exception as error:  # noqa: BLE001  whatever came: nobody may wait for an answer for ever
            why = f"{self._remote.address}: what its agent says makes no sense ({visible(str(error))[:_LONGEST_LINE]})"
        finally:
            self._from.close()
            self._process.kill()
            self._process.wait()
            self._ended.set()
            self._listening.join()
            self._break(why or self._said(), time.time())

    def _take(self, said: dict[str, Any], body: bytes) -> None:
        head = msgspec.convert(said, _Head)
        if head.event is not None:
            self._told(head.event, body)
            return
        with self._lock:
            answer = None if head.id is None else self._answers.pop(head.id, None)
        if answer is None:
            return
        if head.error is not None:
            answer.error = _ERRORS.get(head.kind, StoreError)(visible(head.error))
        answer.body = body
        answer.came.set()

    def _break(self, why: str, at: float) -> None:
        """It broke: for everybody who waits, and once for whoever hears of what happens."""
        with self._lock:
            if self._why:
                return
            self._why, self.broke_at = why, at
            waiting, self._answers = self._answers, {}
        for answer in waiting.values():
            answer.error = LostError(why)
            answer.came.set()
        self._told("lost", b"")

    def _listen(self) -> None:
        """Keep the last that ssh says; what it says and then waits, while it may ask, a person reads.

        A process that ssh leaves for later connections may hold its stream open for long.
        """
        held = b""
        with cast("BinaryIO", self._process.stderr) as stream:
            while True:
                quiet = not select.select([stream], [], [], _SAID_SECONDS)[0]
                came = b"" if quiet else os.read(stream.fileno(), _NOISE)
                if not came and (not quiet or self._ended.is_set()):
                    return
                held, self._words = held + came, (self._words + came)[-_NOISE:]
                if quiet and self._may_ask and not self._greeted.is_set() and self._process.poll() is None:
                    sys.stderr.write(visible(held.decode(errors="replace").replace("\r\n", "\n"), keep="\n"))
                    sys.stderr.flush()
                    held = b""


def _nobody(_event: str, _body: bytes) -> None:
    pass
