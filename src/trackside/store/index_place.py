"""Where the index of a store lies: shared beside the runs where that is sound, else in a folder of one's own.

SQLite's WAL needs shared memory, so never on a network file system.
"""

import os
import stat
from pathlib import Path

from trackside.store.filesystem import on_network
from trackside.store.layout import StorePaths


def index_folder(paths: StorePaths, uuid: str) -> Path | None:
    """The folder for `index.db`; None where nothing can be written and the index has to live in memory."""
    if not on_network(paths.root) and _may_write(paths.index):
        return paths.index
    found = paths.manifest.stat()
    own_name = f"{uuid}-{found.st_dev:x}-{found.st_ino:x}"
    for folder in _private_folders():
        if not on_network(folder) and _may_write(folder / own_name):
            return folder / own_name
    return None


def _private_folders() -> list[Path]:
    asked = os.environ.get("TRACKSIDE_CACHE")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trackside"
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


def _may_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
