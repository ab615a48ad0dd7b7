"""The process that reads a place of another system into its mirror, as whoever listens to it sees it.

It says what it meets in lines of JSON: `{"progress": [runs read, runs due]}`, `{"skipped": [[where, why]]}`,
`{"trouble": why}`, which is "" once all can be read again, and `{"caught_up": true}`. It ends once nobody listens any
more, for its standard input ends then, and has remembered how far it came; within a very long run it is ended, and
that run read anew the next time.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

_PROGRAM = "trackside.services.places.reader"
_LOOK_SECONDS = 0.1
_END_SECONDS = 2.0
_PIECE = 1 << 16
_ERRORS_KEPT = 4_096


class ReadingProcess:
    """The process that reads the place a person named so. It ends once this is closed."""

    def __init__(self, text: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr
        self._errors = b""
        with contextlib.suppress(BrokenPipeError):  # it has ended; `said` ends too, and `why` tells
            self._stdin.write(json.dumps(text).encode() + b"\n")
            self._stdin.flush()

    def __enter__(self) -> "ReadingProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and wait for that."""
        for pipe in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(BrokenPipeError):  # what was not read of it by now never will be
                pipe.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait()

    def said(self, stop: threading.Event) -> Iterator[Any]:
        """All that it says, until `stop` is set or it ends."""
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            selector.register(self._stderr, selectors.EVENT_READ)
            while selector.get_map() and not stop.is_set():
                for key, _ in selector.select(_LOOK_SECONDS):
                    pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
                    piece = os.read(pipe.fileno(), _PIECE)
                    if not piece:
                        selector.unregister(pipe)
                    elif pipe is self._stderr:
                        self._errors = (self._errors + piece)[-_ERRORS_KEPT:]
                    else:
                        *lines, line = (line + piece).split(b"\n")
                        yield from map(json.loads, lines)

    def why(self) -> str:
        """Why it ended, in a few words."""
        status = self._process.wait()
        if status < 0:
            return f"by {signal.Signals(-status).name}"
        last = self._errors.decode(errors="replace").strip().rpartition("\n")[2]
        return last or f"exit status {status}"
