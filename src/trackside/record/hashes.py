"""Hashes of content, as texts that name their algorithm: `blake3:…`, or `sha256:…` where blake3 is not installed."""

from typing import Any

CHUNK = 1 << 20


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


def _new() -> tuple[str, Any]:
    try:
        from blake3 import blake3
    except ImportError:
        import hashlib

        return "sha256", hashlib.sha256()
    return "blake3", blake3()
