"""Which run of a process has the console: the one that was opened last."""

import atexit
import os
from typing import Protocol

from trackside.record import host
from trackside.record.console.descriptors import Descriptors
from trackside.record.console.streams import Streams
from trackside.record.voice import Voice
from trackside.store import manifest
from trackside.store.layout import RunPaths, StorePaths


class Capture(Protocol):
    """The console of this process, being kept."""

    def end(self, *, failed: bool) -> None:
        """The run that has it has ended."""

    def close(self) -> None:
        """Keep no more; a second call does nothing."""

    def forget(self) -> None:
        """In a forked process: let go of it."""


_current: Capture | None = None


def begin(store: StorePaths, run: RunPaths, writer: str, voice: Voice) -> Capture | None:
    """Keep what this process prints from now on with `run`; None, and a word, where that cannot be."""
    global _current
    if _current is not None:
        _current.close()
    shared = host.is_kernel() or host.is_pytest()
    try:
        manifest.make_folder(run.console, store.root)
        _current = (Streams if shared else Descriptors)(run.console / writer, manifest.file_mode(store.root), voice)
    except OSError as error:
        voice.once("console", f"what this run prints is not kept: {error.strerror or error}")
        _current = None
    return _current


def _close() -> None:
    if _current is not None:
        _current.close()


def _forget() -> None:
    global _current
    if _current is not None:
        _current.forget()
    _current = None


atexit.register(_close)
os.register_at_fork(after_in_child=_forget)
