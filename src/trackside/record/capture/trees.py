"""Files as a tree of hashes: of their content, and where reading that takes too long, of their sizes and times."""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from trackside.model.errors import TracksideError
from trackside.model.hashes import of_folder
from trackside.record import hashes
from trackside.record.capture import pointers
from trackside.record.capture.hash_cache import HashCache, Identity, identity
from trackside.record.capture.pointers import Fingerprint
from trackside.record.values import encodable

_NOT_HERE = Identity(0, 0, 0)


class OverError(TracksideError):
    """No more time, or no more bytes, may be spent on some data."""


class Budget:
    """How long, and how many bytes, may be read of some data, unless the run ends before."""

    def __init__(self, seconds: float, size: int, stop: threading.Event) -> None:
        self._until = time.monotonic() + seconds
        self._size = size
        self._stop = stop

    def spend(self, size: int) -> None:
        """Note that so many bytes are read. OverError where that is too much, or it is too late."""
        self._size -= size
        if self._size < 0 or time.monotonic() > self._until or self._stop.is_set():
            raise OverError("not all of the data can be read")


class Entry(NamedTuple):
    """A file by its name in the tree; one that stands for another has no identity, but what is stated of that one."""

    name: str
    path: Path
    now: Identity
    stated: Fingerprint | None = None

    @property
    def size(self) -> int:
        """Bytes of the content, be it here or not."""
        return self.now.size if self.stated is None else self.stated.bytes or 0


def below(folder: Path, budget: Budget) -> list[Entry]:
    """All files below a folder, each folder once where links lead to it. OSError where something cannot be read."""
    return sorted(entries(((str(path.relative_to(folder)), path) for path in _below(folder, budget)), budget))


def entries(named: Iterable[tuple[str, Path]], budget: Budget) -> Iterator[Entry]:
    """Files by name. A link of git-annex states what it stands for; other links to nothing are left out."""
    for name, path in named:
        budget.spend(0)
        stated = pointers.of_link(str(path.readlink())) if path.is_symlink() else None
        if stated is not None:
            yield Entry(name, path, _NOT_HERE, stated)
        elif path.is_file():
            yield Entry(name, path, identity(path))


def by_content(tree: list[Entry], cache: HashCache, budget: Budget) -> Fingerprint:
    """The fingerprint of what the files hold. OverError where `budget` does not suffice, OSError as for reading."""
    read = [(entry.name, *_digest(entry, cache, budget)) for entry in tree]
    size = sum(size for *_, size in read)
    if len(read) == 1:
        return Fingerprint(read[0][1], 1, size)
    return Fingerprint(_hash(of_folder((name, digest) for name, digest, _ in read)), len(read), size)


def by_times(tree: list[Entry]) -> Fingerprint:
    """The fingerprint of names, sizes and times. It begins with `stat:`, and equals no fingerprint of content."""
    lines = (f"{encodable(entry.name)}\0{entry.size}\0{entry.now.mtime_ns}\n".encode() for entry in tree)
    digest = _hash(lines).partition(":")[2]
    return Fingerprint(f"stat:{digest}", len(tree), sum(entry.size for entry in tree))


def _below(folder: Path, budget: Budget) -> Iterator[Path]:
    """All that is no folder, one at a time: a folder may have more entries than can be listed."""
    seen: set[tuple[int, int]] = set()
    folders = [folder]
    while folders:
        where = folders.pop()
        here = where.stat()
        if (here.st_dev, here.st_ino) in seen:
            continue
        seen.add((here.st_dev, here.st_ino))
        with os.scandir(where) as listed:
            for entry in listed:
                budget.spend(0)
                if entry.is_dir():
                    folders.append(Path(entry.path))
                else:
                    yield Path(entry.path)


def _digest(entry: Entry, cache: HashCache, budget: Budget) -> tuple[str, int]:
    """The hash of a file's content, or what it states where it stands for another one, and the bytes of it."""
    if entry.stated is not None:
        return entry.stated.fingerprint or "", entry.size
    if known := cache.get(entry.path, entry.now):
        return known, entry.size
    began_ns = time.time_ns()
    hasher = hashes.Hasher()
    size = 0
    with entry.path.open("rb") as stream:
        while chunk := stream.read(hashes.CHUNK):
            budget.spend(len(chunk))
            if size == 0 and len(chunk) <= pointers.LONGEST and (stated := pointers.of_content(chunk)):
                return stated.fingerprint or "", stated.bytes or 0
            hasher.update(chunk)
            size += len(chunk)
    digest = hasher.digest()
    cache.keep(entry.path, entry.now, began_ns, digest)
    return digest, size


def _hash(lines: Iterable[bytes]) -> str:
    hasher = hashes.Hasher()
    for line in lines:
        hasher.update(line)
    return hasher.digest()
