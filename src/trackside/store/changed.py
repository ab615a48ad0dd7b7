"""The lines that tell readers which run has changed. What is lost of them is found by whoever opens the store next.

Part of every training process: standard library and msgspec only.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime

from trackside.store import manifest
from trackside.store.layout import StorePaths

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_PENDING = ".pending-"


def announce(store: StorePaths, writer: str, *names: str) -> None:
    """Append ids of runs, or `@` and the encoded name of a project, to this writer's file of today.

    OSError where that cannot be.
    """
    folder = store.changed / datetime.now(UTC).strftime("%Y-%m-%d")
    manifest.make_folder(folder, store.root)
    _append(store, folder / f"{writer}.log", names)


class Pending:
    """Changes of many runs that are announced at the end, and at the next time if this process is killed before."""

    def __init__(self, store: StorePaths, writer: str) -> None:
        self._store = store
        self._writer = writer
        self._file = store.changed / f"{_PENDING}{writer}"
        self._names: dict[str, None] = {}

    def add(self, name: str) -> None:
        """Something of `name` is about to change."""
        if name not in self._names:
            manifest.make_folder(self._store.changed, self._store.root)
            _append(self._store, self._file, [name])
            self._names[name] = None

    def announce(self) -> None:
        """Tell readers of all that changed."""
        if self._names:
            announce(self._store, self._writer, *self._names)
            self._file.unlink()
            self._names.clear()


def is_left(store: StorePaths) -> bool:
    """Whether there are changes that were not announced: of a process that was killed, or of one at work."""
    return any(store.changed.glob(f"{_PENDING}*"))


def announce_left(store: StorePaths, writer: str) -> None:
    """Announce what processes that were killed could not. Only for whoever is alone in looking after the store."""
    for file in sorted(store.changed.glob(f"{_PENDING}*")):
        if names := file.read_text(errors="replace").split():
            announce(store, writer, *names)
        file.unlink()


def _append(store: StorePaths, file: os.PathLike[str], names: Iterable[str]) -> None:
    descriptor = os.open(file, _FLAGS, 0o600)
    try:
        os.fchmod(descriptor, manifest.file_mode(store.root))
        os.write(descriptor, "".join(f"{name}\n" for name in names).encode())
    finally:
        os.close(descriptor)
