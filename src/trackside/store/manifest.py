"""A store's own file, `store.json`, and the modes that everything beside it gets.

Part of every training process: standard library and msgspec only. It knows no run and no log.
"""

import errno
import os
import stat
import uuid
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import DamagedError, StoreError, UsageError
from trackside.store.layout import StorePaths

FORMAT = 1
_SHARED_MODE = 0o2770
_FILE_BITS = 0o666
_ROOT_USER = 0
_THERE_ALREADY = frozenset({errno.EEXIST, errno.ENOTEMPTY})
_TO_GIVE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_NOT_TO_GIVE = frozenset({errno.ENOENT, errno.ELOOP, errno.EACCES, errno.ENXIO})
"""Why a file cannot be opened: it vanished, is a link, is another user's, is a socket."""
NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""Why a file cannot have a second name: the file system knows no hard links."""


def create(root: Path, *, shared: str | None = None, known_as: str | None = None) -> StorePaths:
    """The store at `root`, made if it is not there yet, with the uuid `known_as` where one is given.

    `shared` is the name or number of the group that may write too, "" for the user's own; a store that is there
    already is opened to it. UsageError where there is no such group or the user is not in it, StoreError where the
    folder cannot be made or holds a store that this version does not read.
    """
    paths = StorePaths(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if shared is not None:
            _share(root, shared)
        if not paths.manifest.exists():
            content = msgspec.json.encode({"format": FORMAT, "uuid": known_as or str(uuid.uuid4())})
            _write_exclusively(paths.manifest, content, file_mode(root))
    except OSError as error:
        raise StoreError(f"cannot make a store at {root}: {error.strerror}; choose another folder") from error
    return open_paths(root)[0]


def open_paths(root: Path) -> tuple[StorePaths, dict[str, Any]]:
    """The paths of the store at `root` and the content of its `store.json`. StoreError where it is none."""
    paths = StorePaths(root)
    try:
        content = paths.manifest.read_bytes()
    except NotADirectoryError:
        raise StoreError(f"{root} is a file; a store is a folder, which `trackside store init FOLDER` makes") from None
    except FileNotFoundError:
        raise StoreError(f"{root} is not a trackside store; `trackside store init {root}` makes one") from None
    except OSError as error:
        raise StoreError(f"cannot read {paths.manifest}: {error.strerror}; ask its owner") from error
    try:
        said = msgspec.json.decode(content, type=dict[str, Any])
        newer = int(said["format"]) > FORMAT
        str(said["uuid"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        raise DamagedError(
            f"{paths.manifest} is damaged; restore it from a copy, or move it away and `trackside store init {root}`"
        ) from None
    if newer:
        raise StoreError(f"{root} is a store of format {said['format']}; update trackside, which reads {FORMAT}")
    return paths, said


def file_mode(store: Path) -> int:
    """The mode of files in a store: that of the store's folder, less what only folders need."""
    return store.stat().st_mode & _FILE_BITS


def make_folder(path: Path, like: Path) -> None:
    """Make `path` and the folders above it, each with the mode of `like`, whatever the umask."""
    if path.is_dir():
        return
    mode = stat.S_IMODE(like.stat().st_mode)
    missing = [path]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        _make_one(folder, mode)


def _make_one(folder: Path, mode: int) -> None:
    """A folder appears with its mode: at no moment is another user kept out of it.

    Of several processes that make it at the same moment the last wins, as long as it is empty; each is as good as
    another.
    """
    temporary = folder.with_name(f".new-{uuid.uuid4().hex[:8]}")
    temporary.mkdir(0o700)
    try:
        temporary.chmod(mode)
        if folder.is_dir():
            temporary.rmdir()
        else:
            temporary.rename(folder)
    except OSError as error:
        temporary.rmdir()
        if error.errno not in _THERE_ALREADY:
            raise


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
    """Let a group write to the store, and to all in it that is this user's to give."""
    if not _is_own(root.stat()):
        raise StoreError(f"{root} belongs to another user; ask its owner to share it")
    number = _group_number(group) if group else -1
    for _, _, names, folder in os.fwalk(root.resolve()):
        _give(folder, number, _SHARED_MODE)
        for name in names:
            _give_file(name, folder, number, _SHARED_MODE & _FILE_BITS)


def _give_file(name: str, folder: int, group: int, mode: int) -> None:
    """Give away a plain file of an open folder; the user who may write there may replace it at any moment."""
    try:
        descriptor = os.open(name, _TO_GIVE, dir_fd=folder)
    except OSError as error:
        if error.errno in _NOT_TO_GIVE:
            return
        raise
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            _give(descriptor, group, mode)
    finally:
        os.close(descriptor)


def _give(descriptor: int, group: int, mode: int) -> None:
    if not _is_own(os.fstat(descriptor)):
        return
    try:
        os.fchown(descriptor, -1, group)
    except PermissionError:
        raise UsageError(f"only who is in group {group} can share with it; `id` lists your groups") from None
    os.fchmod(descriptor, mode)


def _is_own(status: os.stat_result) -> bool:
    return os.geteuid() in (status.st_uid, _ROOT_USER)


def _group_number(group: str) -> int:
    """The number of a group that is given by its name or number. UsageError where no group has that name."""
    if group.isdecimal():
        return int(group)
    import grp

    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise UsageError(f"there is no group {group!r} on this machine; `getent group` lists them") from None


def _write_exclusively(path: Path, content: bytes, mode: int) -> None:
    """Whole and only once: of several processes that try at the same time, one wins."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        _write(temporary, content, mode)
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in NO_LINKS:
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
