"""Where the index of a store may lie: shared beside the runs where that is sound, else in a folder of one's own.

SQLite's WAL needs shared memory, so never on a network file system.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from trackside.store import locate, manifest
from trackside.store.filesystem import on_network
from trackside.store.layout import StorePaths

_GROUP_WRITES = 0o020
_OTHERS_WRITE = 0o022


class Place(msgspec.Struct, frozen=True):
    """A folder for `index.db`: of all who write to the store that it is `beside`, or of one person alone."""

    folder: Path
    beside: Path | None = None

    def make(self) -> None:
        """Make the folder. OSError where that cannot be, so where the store is gone that it belongs to."""
        if self.beside is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            StorePaths(self.beside).manifest.stat()
            manifest.make_folder(self.folder, self.beside)

    def is_usable(self) -> bool:
        """Whether it can be written to, is no link, and is nobody's who has no business there."""
        try:
            self.make()
            found = self.folder.lstat()
        except OSError:
            return False
        own = self.beside is not None or (found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE)
        return stat.S_ISDIR(found.st_mode) and own and os.access(self.folder, os.W_OK | os.X_OK)


def places(paths: StorePaths, uuid: str, *, shared: bool) -> Iterator[Place]:
    """Places that can be used, the best first, that beside the runs only if it may be `shared`.

    After the last the index has to live in memory.
    """
    beside = Place(paths.index, paths.root)
    if shared and not on_network(paths.root) and _is_for_all_who_write(paths.root) and beside.is_usable():
        yield beside
    found = paths.manifest.stat()
    own_name = f"{uuid}-{found.st_dev:x}-{found.st_ino:x}"
    for folder in private_folders():
        place = Place(folder / own_name)
        if not on_network(folder) and place.is_usable():
            yield place


def _is_for_all_who_write(store: Path) -> bool:
    """Not as root in somebody's own store, whose owner could not write to what root makes there."""
    found = store.stat()
    return found.st_uid == os.geteuid() or bool(found.st_mode & _GROUP_WRITES)


def private_folders() -> list[Path]:
    """Folders of this user's alone, the one that was asked for first."""
    asked = os.environ.get("TRACKSIDE_CACHE")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or locate.home() / ".cache") / "trackside"
    own = _own_temporary()
    return [*([Path(asked)] if asked else []), cache, *([own] if own else [])]


def _own_temporary() -> Path | None:
    """A folder of this user's alone in `/var/tmp`, where another user could have put one of that name before."""
    folder = Path("/var/tmp") / f"trackside-{os.getuid()}"  # noqa: S108
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if private else None
