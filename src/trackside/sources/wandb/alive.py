"""Whether a run that says nothing of its end still goes on."""

import os
import re
import socket
import time
from contextlib import suppress
from pathlib import Path

from trackside.sources import opening
from trackside.sources.protocol import SourceError
from trackside.sources.recent import heard, is_recent

_BEGINNING = 4096
_PROCESS = re.compile(rb"MainThread:(\d{1,10}) ")


def goes_on(log: Path, root: Path, host: str, started: float | None, stated: float | None) -> bool:
    """Whether the file grew lately, or the process that is named beside it is there on this machine.

    `stated` is the last time that the file itself tells of.
    """
    with suppress(OSError):
        if is_recent(heard(log.stat().st_mtime, stated)):
            return True
    return bool(host) and started is not None and host == socket.gethostname() and _lives(log.parent, root, started)


def _lives(folder: Path, root: Path, started: float) -> bool:
    """Whether the process lives that the client's own log names. It began before its run, else it is another's."""
    try:
        with opening.opened(folder / "logs" / "debug.log", root) as file:
            named = _PROCESS.search(file.read(_BEGINNING))
        if named is None:
            return False
        words = (Path("/proc") / named[1].decode() / "stat").read_text().rpartition(")")[2].split()
        booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    except (SourceError, OSError, AttributeError):
        return False
    return booted + int(words[19]) / os.sysconf("SC_CLK_TCK") <= started + 1 and words[0] != "Z"
