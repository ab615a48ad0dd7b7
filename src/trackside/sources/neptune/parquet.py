"""Parquet files of strangers: what they hold is asked of a process that reads them (see `apart`)."""

import atexit
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackside.model.visible import visible
from trackside.sources.opening import opened
from trackside.sources.protocol import SourceError

if TYPE_CHECKING:
    import polars as pl

STRETCH = 1 << 16
"""So many rows are read at a time: memory is that of these, whatever the file."""

_PROGRAM = "trackside.sources.neptune.apart"


class Apart:
    """The process. It is started when something is asked, and again when it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def ask(self, path: Path, root: Path, what: str, **more: Any) -> "tuple[dict[str, Any], pl.DataFrame | None]":
        """What `apart` answers on a file of the tree `root`. SourceError where it cannot be read."""
        with opened(path, root):
            request = json.dumps({"ask": what, "path": os.path.realpath(path), **more}).encode() + b"\n"
        with self._lock:
            head, content = self._answer(request) or self._answer(request) or ({"error": "it ends its reader"}, b"")
        if "error" in head:
            raise SourceError(f"{path}: not readable as Parquet ({visible(head['error'])}); export the run again")
        return head, _frame(content) if content else None

    def close(self) -> None:
        """End the process; it starts again when something is asked."""
        with self._lock:
            self._end()

    def _answer(self, request: bytes) -> tuple[dict[str, Any], bytes] | None:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
            line = process.stdout.readline()
            if line:
                head = json.loads(line)
                content = process.stdout.read(head["bytes"])
                if len(content) == head["bytes"]:
                    return head, content
        except OSError:
            """It has ended; why, the second try tells."""
        self._end()
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "POLARS_MAX_THREADS": "4", "RUST_BACKTRACE": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                """What was not sent to it yet is not needed any more."""
        process.wait()


APART = Apart()


def rows(path: Path, root: Path) -> tuple[int, tuple[str, str] | None]:
    """How many rows a file has, and the project and run of the first.

    SourceError where it is no export, or claims more rows than it can hold.
    """
    head, _ = APART.ask(path, root, "rows")
    return int(head["rows"]), tuple(head["first"]) if head["first"] else None


def stretches(path: Path, root: Path, what: str, at: list[list[int]], **more: Any) -> "Iterator[pl.DataFrame]":
    """What there is in rows `[first, after the last]` of a file, part by part."""
    for first, after in at:
        start = first
        while start < after:
            head, frame = APART.ask(path, root, what, start=start, size=min(STRETCH, after - start), **more)
            start += int(head.get("size", STRETCH))
            if frame is not None and frame.height:
                yield frame


def _frame(content: bytes) -> "pl.DataFrame":
    import polars as pl

    return pl.read_ipc_stream(io.BytesIO(content))
