"""Whether somebody still writes what is to be gone on with.

Of a log of this machine the kernel knows it. One of another machine, or a copy, is watched for a while: of a job that
was killed there and is to go on here, it has just grown and grows no more.
"""

import os
import time as clock

from trackside.record.earlier import Log, ends_closed
from trackside.record.voice import Voice
from trackside.store import resumes
from trackside.store.liveness import Growth, alive, boot_id, is_copy

WATCH_SECONDS = 15.0
"""Three heartbeats."""

_LOOK_SECONDS = 0.5


def still_written(written: list[Log], whose: str, voice: Voice) -> Log | None:
    """The newest log of `whose` series that a process still writes to."""
    growth = Growth()
    of_run = [log for log in written if resumes.whose(log.opened) == whose and log.opened.get("role") != "child"]
    newest_first = sorted(of_run, key=lambda log: log.place, reverse=True)
    open_still = [log for log in newest_first if not log.sealed and not ends_closed(log.path)]
    maybe = [log for log in open_still if alive(log.path, log.opened, growth)]
    for log in maybe:
        if _is_of_this_machine(log):
            return log
    if not maybe:
        return None
    host = maybe[0].opened.get("host")
    voice.once("watch", f"looking for up to {WATCH_SECONDS:.0f} s whether a process on {host} still writes this run")
    return _that_grows(maybe)


def _that_grows(logs: list[Log]) -> Log | None:
    before = [_size(log) for log in logs]
    until = clock.monotonic() + WATCH_SECONDS
    while clock.monotonic() < until:
        clock.sleep(_LOOK_SECONDS)
        for log, size in zip(logs, before, strict=True):
            if _size(log) > size:
                return log
    return None


def _is_of_this_machine(log: Log) -> bool:
    try:
        return log.opened.get("boot") == boot_id() != "" and not is_copy(log.opened, log.path.stat().st_ino)
    except FileNotFoundError:
        return False


def _size(log: Log) -> int:
    """How long it is now. It is opened for that: network file systems ask their server then, and not always else."""
    try:
        with log.path.open("rb") as stream:
            return os.fstat(stream.fileno()).st_size
    except FileNotFoundError:
        return 0
