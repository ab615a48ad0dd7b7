"""When a run was, told by the files that it left, for formats that say nothing of it."""

import time
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

QUIET_SECONDS = 120.0
"""A run of which nothing was heard for so long is over. The slowest client, W&B's, writes every 15 s."""


class Span(msgspec.Struct, frozen=True):
    """From when to when files changed, in seconds since the epoch; `running` while the last change is not long ago."""

    created: float
    newest: float
    running: bool

    @property
    def ended(self) -> float | None:
        """The last change, where that is the end."""
        return None if self.running else self.newest


def span(files: Iterable[Path], beside: Iterable[Path] = (), stated: Collection[float] = ()) -> Span:
    """The span of a run whose newest change one of `files` has. What is `beside` tells only of its beginning.

    A folder changes with the names in it: it, too, is no older than the run that has it for itself. Where the files
    state times themselves, of which `stated` has the first and the last, it is from the one to the other.
    """
    changed = list(_mtimes(files))
    newest = max(changed, default=0.0)
    if stated:
        return Span(min(stated), max(stated), is_recent(heard(newest, max(stated))))
    return Span(min([*changed, *_mtimes(beside)], default=0.0), newest, is_recent(newest))


def is_recent(heard: float, now: float | None = None) -> bool:
    """Whether a run that was heard of last at `heard` may still go on; a clock that goes before ours is allowed for."""
    return abs((time.time() if now is None else now) - heard) < QUIET_SECONDS


def heard(changed: float, stated: float | None) -> float:
    """When a run was heard of last: when its files changed, unless the last time that they state is long before that.

    They are a copy then, which is as new as the copying.
    """
    return changed if stated is None or stated > changed - QUIET_SECONDS else stated


def _mtimes(paths: Iterable[Path]) -> Iterable[float]:
    for path in paths:
        try:
            yield path.stat().st_mtime
        except OSError:
            continue
