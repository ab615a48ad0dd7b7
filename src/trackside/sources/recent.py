"""When a run was, told by the files that it left, for formats that say nothing of it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_QUIET_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when files changed, in seconds since the epoch; `running` while the last change is not long ago."""

    created: float
    newest: float
    running: bool

    @property
    def ended(self) -> float | None:
        """The last change, where that is the end."""
        return None if self.running else self.newest


def span(files: Iterable[Path], beside: Iterable[Path] = ()) -> Span:
    """The span of a run whose newest change one of `files` has. What is `beside` tells only of its beginning.

    A folder changes with the names in it: it, too, is no older than the run that has it for itself.
    """
    changed = list(_mtimes(files))
    newest = max(changed, default=0.0)
    running = abs(time.time() - newest) < _QUIET_SECONDS
    return Span(min([*changed, *_mtimes(beside)], default=0.0), newest, running)


def _mtimes(paths: Iterable[Path]) -> Iterable[float]:
    for path in paths:
        try:
            yield path.stat().st_mtime
        except OSError:
            continue
