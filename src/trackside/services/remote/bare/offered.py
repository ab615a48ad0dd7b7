"""The files of a run as they are offered to whoever copies it, all of them or those that a table needs.

The standard library of Python 3.8 alone.
"""

from __future__ import annotations

import functools
import json
import os
import re
import stat
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MOST_BYTES = 8 << 20
"""What is sent of files in one answer."""

SAFE = re.compile(r"[A-Za-z0-9_%@.+-]+")
_LENGTH = struct.Struct("<I")
_ASIDE = frozenset({"console", "aside"})
"""Folders of a run that are not copied with it: what it printed is read when somebody looks at it."""

LONG = 4 << 20
"""Bytes from which on a log is long."""

REST, PYRAMID = ".rest", ".pyr.parquet"
"""What the files of a sealed log end in: what a table needs of it, and what says that it is sealed."""


class File:
    """A file as it is sent: `size` bytes that `read(start, most)` gives."""

    def __init__(self, path: str, found: os.stat_result, size: int, read: Callable[[int, int], bytes]) -> None:
        self.path = path
        self.found = found
        self.size = size
        self.read = read

    def instead(self, path: str, size: int) -> File:
        """What stands for it where it is known, or is sent without its content."""
        return File(path, self.found, size, lambda _start, _most: b"")

    def whole(self) -> bytes:
        """All of it."""
        return self.read(0, self.size)


def files_of(folder: Path) -> Iterator[File]:
    """All files of a run, or of the projects."""
    for path, found in ordered(folder):
        yield File(path, found, found.st_size, functools.partial(read, folder / path))


def needed(files: list[File], known: dict[str, list[int]]) -> Iterator[File]:
    """Of the files of a run those that a table needs: all where there are several writers.

    One may have replaced points of another, and what still counts then stands in rows alone.
    """
    if is_of_several(files):
        yield from files
        return
    for file in files:
        if file.path.startswith("w/"):
            yield from _log_needed(file, known)
        elif file.path.endswith(PYRAMID):
            yield file.instead(file.path, 0)
        elif file.path.endswith(REST):
            yield _as_known(file, file.path, known) or file
        elif is_said(file):
            yield file


def looked_at(files: list[File], known: dict[str, list[int]]) -> Iterator[File]:
    """All files, but for long logs that are known in short: of their curves the points are asked for that are shown."""
    several = is_of_several(files)
    for file in files:
        if file.path.startswith("w/") and file.size > LONG and not several:
            yield from _log_needed(file, known)
        else:
            yield file


def is_of_several(files: list[File]) -> bool:
    """Whether more than one has written the logs of a run."""
    return len({_writer(file) for file in files if file.path.startswith("w/") or file.path.endswith(REST)}) > 1


def is_said(file: File) -> bool:
    """Whether it is what was said of a run aside from its logs."""
    return file.path == "run.json" or file.path.startswith("edits/")


def as_sealed(path: str) -> tuple[str, str]:
    """Where a log lies once it is sealed, as it may be: the paths of what is no row, and of what says that it is."""
    stem = path.rpartition(".")[0]
    if stem.startswith("w/"):
        stem = f"seg/{stem[len('w/') :]}"
    return f"{stem}{REST}", f"{stem}{PYRAMID}"


def _writer(file: File) -> str:
    """Who wrote a log, sealed or not."""
    return file.path.rpartition("/")[2].rsplit(".", 2)[0]


def _log_needed(file: File, known: dict[str, list[int]]) -> Iterator[File]:
    """A log as it is, or as it is known in short: nothing is added to one that has ended."""
    rest, pyramid = as_sealed(file.path)
    short = _as_known(file, rest, known)
    yield from [file] if short is None else [short, file.instead(pyramid, 0)]


def _as_known(file: File, path: str, known: dict[str, list[int]]) -> File | None:
    size, inode = known.get(path, (0, None))
    return file.instead(path, size) if size and inode == file.found.st_ino else None


def send_news(answer: bytearray, run_id: str, file: File, known: list[int] | None) -> bool:
    """What is new in one file, as far as there is room; whether all of it was sent."""
    start = 0
    if known is not None and known[1] == file.found.st_ino and known[0] <= file.size:
        start = known[0]
    room = max(0, MOST_BYTES - len(answer))
    if known is not None and start == file.size:
        return True
    if file.size and not room:
        return False
    data = file.read(start, min(room, file.size - start))
    age = time.time() - file.found.st_mtime
    said = {"run": run_id, "path": file.path, "start": start, "inode": file.found.st_ino, "age": age, "size": len(data)}
    append(answer, said, data)
    return start + len(data) >= file.size


def ordered(folder: Path) -> list[tuple[str, os.stat_result]]:
    """The files of a run in the order in which they may appear elsewhere: what makes others count comes last."""
    return sorted(_below(folder, ""), key=lambda file: (_rank(file[0]), file[0]))


def _rank(path: str) -> int:
    if path == "run.json":
        return 3
    return 1 if path.endswith(PYRAMID) else 2 if path.startswith("w/") else 0


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    for name, found in plain_files(folder):
        yield prefix + name, found
    for name in folders(folder):
        if name not in _ASIDE and SAFE.fullmatch(name):
            yield from _below(folder / name, f"{prefix}{name}/")


def plain_files(folder: Path) -> list[tuple[str, os.stat_result]]:
    """Plain files; no link is followed, and nothing that is being written is one."""
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if SAFE.fullmatch(entry.name) and not entry.name.startswith(".")]
            found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in named]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [(name, status) for name, status in found if stat.S_ISREG(status.st_mode)]


def folders(folder: Path) -> list[str]:
    """The names of the folders in one; no link is followed."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def read(path: Path, start: int, most: int) -> bytes:
    """Bytes of a file from `start` on. OSError where it is a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(start)
        return file.read(most)


def append(answer: bytearray, said: dict[str, Any], data: bytes) -> None:
    """Add to an answer what is said of a file or of a run, and the bytes that go with it."""
    head = json.dumps(said).encode()
    answer += _LENGTH.pack(len(head)) + head + data
