"""What a log cannot say where it lies, said where its user keeps what could not be written in the store.

A disk that lets nothing be written any more takes no count of what was lost there, nor how the run ended: readers of
this user find both in a log of the same name among their own. It is written by a thread of its own, for that folder may
lie on a file system that does not answer either; where it cannot be written, standard error has the only word.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from trackside.record.buffer import Buffer
from trackside.store import logfile, manifest
from trackside.store.layout import LOG, RunPaths

_PRIVATE = 0o700
_PATIENCE = 1.0


class Aside:
    """The words of one log that are kept in `run`, the user's own folder of it; without one they are kept nowhere."""

    def __init__(self, run: RunPaths | None) -> None:
        self._run = run
        self._files = Buffer(lambda _: None)  # the log's own trouble has been told
        self._log: int | None = None
        self._name = ""
        self._answers = True

    def say(self, name: str, opening: Callable[[int], bytes], *frames: bytes) -> None:
        """Write frames into the log `name`, which begins with `opening`."""
        if self._run is None:
            return
        if self._log is None:
            self._name = name
            self._log = self._files.open(partial(_create, self._run, name, opening))
        for frame in frames:
            self._files.put(self._log, frame)

    def take_back(self) -> None:
        """Remove what was said: it could be said where it belongs."""
        if self._run is not None and self._log is not None:
            self._files.close(self._log)
            self._files.later(partial(_remove, self._run, self._name))
            self._log = None

    def wait(self) -> None:
        """Wait for what was said to be written, but not for long."""
        self._answers = self._files.drain(_PATIENCE)

    def end(self) -> None:
        """Say no more."""
        if self._log is not None:
            self._files.close(self._log)
        self._files.end(_PATIENCE if self._answers else 0)

    def forget(self) -> None:
        """In a forked process: these are the other process's words."""
        self._files.forget()


def _create(run: RunPaths, name: str, opening: Callable[[int], bytes]) -> int:
    run.store.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    manifest.make_folder(run.logs, run.store)
    return logfile.create(run.logs, name, manifest.file_mode(run.store), opening)


def _remove(run: RunPaths, name: str) -> None:
    """Remove a log, and the folders that are empty without it."""
    (run.logs / f"{name}{LOG}").unlink(missing_ok=True)
    with suppress(OSError):
        for folder in (run.logs, run.root, *run.root.parents[:3]):
            folder.rmdir()
