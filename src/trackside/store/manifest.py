"""A store's own file, `store.json`, and the modes that everything beside it gets.

Part of every training process: standard library and msgspec only. It knows no run and no log.
"""

import errno
import os
import shutil
import stat
import uuid
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import StoreError, UsageError
from trackside.store.layout import StorePaths

FORMAT = 1
_SHARED_MODE = 0o2770
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP})


def create(root: Path, *, shared: str | None = None) -> StorePaths:
    """The store at `root`, made if it is not there yet.

    `shared` names the group that may write too ("" for the user's own). UsageError where that group is unknown,
    StoreError where the folder cannot be made or holds a store that this version does not read.
    """
    paths = StorePaths(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if shared is not None:
            _share(root, shared)
        if not paths.manifest.exists():
            content = msgspec.json.encode({"format": FORMAT, "uuid": str(uuid.uuid4())})
            _write_exclusively(paths.manifest, content, file_mode(root))
    except OSError as error:
        raise StoreError(f"cannot make a store at {root}: {error.strerror}; choose another folder") from error
    return open_paths(root)[0]


def open_paths(root: Path) -> tuple[StorePaths, dict[str, Any]]:
    """The paths of the store at `root` and the content of its `store.json`. StoreError where it is none."""
    paths = StorePaths(root)
    try:
        content = paths.manifest.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise StoreError(f"{root} is not a trackside store; `trackside store init {root}` makes one") from None
    except OSError as error:
        raise StoreError(f"cannot read {paths.manifest}: {error.strerror}; ask its owner") from error
    try:
        said = msgspec.json.decode(content, type=dict[str, Any])
        newer = int(said["format"]) > FORMAT
        str(said["uuid"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        raise StoreError(f"{paths.manifest} is damaged; restore it from a copy of the store") from None
    if newer:
        raise StoreError(f"{root} is a store of format {said['format']}; update trackside, which reads {FORMAT}")
    return paths, said


def file_mode(store: Path) -> int:
    """The mode of files in a store: that of the store's folder, less what only folders need."""
    return store.stat().st_mode & 0o666


def make_folder(path: Path, like: Path) -> None:
    """Make `path` and the folders above it, each with the mode of `like`, whatever the umask."""
    if path.is_dir():
        return
    mode = stat.S_IMODE(like.stat().st_mode)
    missing = [path]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        folder.chmod(mode)


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """A file that readers see whole or not at all."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        _write(temporary, content, mode)
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _share(root: Path, group: str) -> None:
    if group:
        try:
            shutil.chown(root, group=group)
        except LookupError:
            raise UsageError(f"there is no group {group!r} on this machine; `getent group` lists them") from None
    root.chmod(_SHARED_MODE)


def _write_exclusively(path: Path, content: bytes, mode: int) -> None:
    """Whole and only once: of several processes that try at the same time, one wins."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        _write(temporary, content, mode)
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _write(path, content, mode)
    finally:
        temporary.unlink(missing_ok=True)


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
