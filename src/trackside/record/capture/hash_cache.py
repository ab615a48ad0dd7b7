"""Hashes of files that were read before, in the user's cache folder: the same data is not read for each run again.

A hash counts as long as path, size, time of change and inode are the same. There is one file for each place that data
is taken from; losing one costs reading that data again.
"""

import os
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec

from trackside.record import hashes
from trackside.store import locate

_FOLDER = "fingerprints"
_MOST = 50_000
_SMALLEST = 4096
_SETTLED_NS = 2_000_000_000
"""A file that changed a moment ago may change again without its time telling so."""


class Identity(NamedTuple):
    """What tells that a file is as it was, without reading it."""

    size: int
    mtime_ns: int
    inode: int


class HashCache:
    """The hashes that are known of the files at one place."""

    def __init__(self, place: str) -> None:
        self._file = _folder() / f"{hashes.of_bytes(place.encode()).partition(':')[2][:32]}.msgpack"
        self._known = self._read()
        self._grown = False

    def get(self, path: Path, now: Identity) -> str | None:
        """The hash of a file that is as it was when it was read."""
        known, digest = self._known.get(str(path), (None, None))
        return digest if known == now else None

    def keep(self, path: Path, before: Identity, began_ns: int, digest: str) -> None:
        """Keep the hash of a file that was read from `began_ns` on, if it is still as it was before."""
        settled = began_ns - before.mtime_ns > _SETTLED_NS and identity(path) == before
        if settled and before.size >= _SMALLEST and len(self._known) < _MOST:
            self._known[str(path)] = before, digest
            self._grown = True

    def save(self) -> None:
        """Keep what was learned, whole or not at all. OSError where the cache cannot be written."""
        if not self._grown:
            return
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._file.with_name(f".{self._file.name}.{uuid4().hex[:8]}")
        temporary.write_bytes(msgspec.msgpack.encode(self._known))
        temporary.replace(self._file)
        self._grown = False

    def _read(self) -> dict[str, tuple[Identity, str]]:
        try:
            return msgspec.msgpack.decode(self._file.read_bytes(), type=dict[str, tuple[Identity, str]])
        except (OSError, msgspec.MsgspecError):
            return {}


def identity(path: Path) -> Identity:
    """The identity of a file now. OSError where there is none."""
    found = path.stat()
    return Identity(found.st_size, found.st_mtime_ns, found.st_ino)


def _folder() -> Path:
    asked = os.environ.get("TRACKSIDE_CACHE")
    if asked:
        return Path(asked) / _FOLDER
    return Path(os.environ.get("XDG_CACHE_HOME") or locate.home() / ".cache") / "trackside" / _FOLDER
