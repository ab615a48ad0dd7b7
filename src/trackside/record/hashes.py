"""Hashes of content, as texts that name their algorithm: `blake3:…`, or `sha256:…` where blake3 is not installed."""

import threading
from pathlib import Path
from typing import Any, BinaryIO

from trackside.model.errors import TracksideError

CHUNK = 1 << 20


class StoppedError(TracksideError):
    """Whoever waited for a hash waits no more."""


class Hasher:
    """Takes bytes and gives their hash."""

    def __init__(self) -> None:
        self._algorithm, self._state = _new()

    def update(self, data: bytes) -> None:
        """Take in more bytes."""
        self._state.update(data)

    def digest(self) -> str:
        """The hash of all that was taken in."""
        return f"{self._algorithm}:{self._state.hexdigest()}"


def of_bytes(data: bytes) -> str:
    """The hash of `data`."""
    hasher = Hasher()
    hasher.update(data)
    return hasher.digest()


def of_file(path: Path, stop: threading.Event) -> tuple[str, int]:
    """The hash of a file and its length. Stopped as soon as `stop` is set."""
    with path.open("rb") as stream:
        return of_stream(stream, stop)


def of_stream(stream: BinaryIO, stop: threading.Event) -> tuple[str, int]:
    """The hash of what is left in a stream, and its length."""
    hasher = Hasher()
    size = 0
    while chunk := stream.read(CHUNK):
        if stop.is_set():
            raise StoppedError("stopped before the end of the file")
        hasher.update(chunk)
        size += len(chunk)
    return hasher.digest(), size


def _new() -> tuple[str, Any]:
    try:
        from blake3 import blake3
    except ImportError:
        import hashlib

        return "sha256", hashlib.sha256()
    return "blake3", blake3()
