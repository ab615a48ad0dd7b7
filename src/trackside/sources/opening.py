"""Foreign files opened: only regular ones, only for reading, never waiting."""

import os
import stat
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from trackside.sources.inside import place_in
from trackside.sources.protocol import SourceError


class GoneError(SourceError):
    """There is no such file."""


def opened(path: Path, root: Path) -> BinaryIO:
    """A file of the tree `root`, unbuffered. GoneError where there is none, SourceError where it is not to be read.

    Such are a pipe, and what lies outside of the tree, links followed.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            state = os.fstat(descriptor)
            inside = _lies_in(path, root, state)
            if inside and stat.S_ISREG(state.st_mode):
                return os.fdopen(descriptor, "rb", buffering=0)
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)
    except FileNotFoundError as error:
        raise GoneError(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
    if not inside:
        raise SourceError(f"{path}: lies outside of {root}, links followed; it is not read")
    raise SourceError(f"{path}: not a file with content, such as a pipe or a device; it is not read")


def _lies_in(path: Path, root: Path, state: os.stat_result) -> bool:
    """Whether an open file lies below `root`: asked once it is open, so that no link can be put in between."""
    place = place_in(path, root)
    return place is not None and os.path.samestat(os.lstat(place), state)


def whole(path: Path, most: int, root: Path) -> bytes:
    """All of a file that is at most `most` bytes long; SourceError where it is longer, or not below `root`."""
    with opened(path, root) as file:
        content = bytearray()
        while piece := file.read(min(most + 1 - len(content), 1 << 20)):
            content += piece
        if len(content) > most:
            raise SourceError(f"{path}: longer than {most >> 20} MiB, which is no file of this kind; it is not read")
        return bytes(content)


_SEEN = 4 << 10


def seen(file: BinaryIO, offset: int) -> int:
    """A checksum of a file's beginning and of what is just before `offset`: other once the file is another."""
    checksum = 0
    for start, end in ((0, min(offset, _SEEN)), (max(0, offset - _SEEN), offset)):
        checksum = zlib.crc32(os.pread(file.fileno(), end - start, start), checksum)
    return checksum


def stamp_of(paths: Iterable[Path], root: Path) -> list[list[object]]:
    """`[path under root, size, mtime in ns, inode]` of each file that is there."""
    found: list[list[object]] = []
    below = f"{root}{os.sep}"
    for path in map(str, paths):
        try:
            state = os.stat(path)  # noqa: PTH116  asked again and again of every run
        except OSError:
            continue
        found.append([path.removeprefix(below), state.st_size, state.st_mtime_ns, state.st_ino])
    return found
