"""Whether the process that writes a log is still there. Nothing is taken and nothing is written by asking.

A writer holds an OFD lock on its log from before the log appears until it ends. On the machine where it was opened the
kernel answers; of another machine, and of a copy of a log, which nobody ever locked, only the growth can be seen, by
this reader's own clock. A name is not a machine: several share a store under one, `localhost` or an image's.
"""

import errno
import fcntl
import os
import struct
import time
from functools import cache
from pathlib import Path
from typing import Any

SILENCE_SECONDS = 120.0
"""A log on another machine that did not grow for so long is that of a run that crashed: heartbeats come every 5 s."""

_FLOCK = "hhqqi4x"
_HELD = frozenset({errno.EAGAIN, errno.EACCES})
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """The identity of this machine since it was started; empty where the system does not tell."""
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _started() -> float:
    """When this machine was started, in seconds since the epoch, by the clock that it has now."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def locked(log: Path) -> bool:
    """Whether any process holds the lock of `log`. OSError where the log cannot be opened.

    Where the file system knows no locks, the time of the last heartbeat tells.
    """
    descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        asked = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked)
    except OSError:
        return time.time() - os.fstat(descriptor).st_mtime < SILENCE_SECONDS
    finally:
        os.close(descriptor)
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)


def lock(descriptor: int, *, without_locks: bool = False) -> bool:
    """Take the lock of an open file, which is given back with the descriptor. False while anybody else holds it.

    `without_locks` is the answer of a file system that knows none.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    except OSError as error:
        return without_locks and error.errno not in _HELD
    return True


def is_copy(opened: dict[str, Any], inode: int) -> bool:
    """Whether a log that begins with the frame `opened` is not the file that its writer created."""
    return bool(opened.get("inode", inode) != inode)


class Growth:
    """When each log was last seen to grow, by this process's own clock."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}

    def silent(self, log: Path) -> bool:
        """Neither growth nor a new mtime for two minutes, or an mtime older than that at first sight."""
        found = log.stat()
        now = time.monotonic()
        state = (found.st_size, found.st_mtime_ns)
        before, since = self._seen.get(log, (None, 0.0))
        if before != state:
            since = now - max(0.0, time.time() - found.st_mtime) if before is None else now
            self._seen[log] = (state, since)
        return now - since > SILENCE_SECONDS


def alive(log: Path, opened: dict[str, Any], growth: Growth) -> bool:
    """Whether the writer that began `log` with the frame `opened` still runs."""
    try:
        if opened.get("boot") and opened.get("boot") == boot_id():
            return not growth.silent(log) if is_copy(opened, log.stat().st_ino) else locked(log)
        if opened.get("host") == os.uname().nodename and boot_id():
            return log.stat().st_mtime > _started() and not growth.silent(log)
        return not growth.silent(log)
    except FileNotFoundError:
        return False
