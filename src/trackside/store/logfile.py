"""The file under a log: created with its lock held, appended to in whole frames.

It knows what a file is and not what a frame says. Part of every training process: standard library only.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable
from pathlib import Path

_FLOCK = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_FIRST_FREE = 3
"""Below it are the standard streams. What is printed while one of them is closed must not land in a log."""

_NO_LOCKS = frozenset({errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


def create(folder: Path, name: str, mode: int, first: Callable[[int], bytes]) -> int:
    """The descriptor of the new log `<name>.log`, which holds `first(inode)` and is locked before it has that name.

    The lock belongs to the open file, not to the process, and ends with it: a reader that finds it free knows that
    nobody writes any more. The inode, said in the log, tells it from copies, which nobody ever locked. OSError where
    the log cannot be made; nothing is left behind then.
    """
    temporary = folder / f".new-{name}"
    descriptor = _raised(os.open(temporary, _FLAGS, 0o600))
    try:
        os.fchmod(descriptor, mode)
        _lock(descriptor)
        append(descriptor, first(os.fstat(descriptor).st_ino))
        temporary.rename(folder / f"{name}.log")
    except OSError:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)
        raise
    return descriptor


def append(descriptor: int, data: bytes) -> None:
    """Write whole frames, or none of them and raise OSError: what was written in part is cut off again."""
    complete(descriptor, data, os.write(descriptor, data))


def complete(descriptor: int, data: bytes, written: int, behind: bytes = b"") -> None:
    """Write what is left of whole frames; what keeps it from being written is raised, and nothing of them is left.

    `behind` is what has come to lie behind the part that was written. It stays, in any case.
    """
    if behind and written < len(data):
        _cut_off(descriptor, written + len(behind))
        try:
            append(descriptor, data + behind)
        except OSError:
            append(descriptor, behind)
            raise
        return
    while written < len(data):
        try:
            written += os.write(descriptor, data[written:])
        except OSError:
            _cut_off(descriptor, written)
            raise


def _cut_off(descriptor: int, size: int) -> None:
    os.ftruncate(descriptor, os.fstat(descriptor).st_size - size)


def _raised(descriptor: int) -> int:
    """The same file, under a number that is no standard stream's."""
    if descriptor >= _FIRST_FREE:
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock the open file. Where the file system knows no locks, readers go by the heartbeat."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
