"""Files of a store: found without following a link, opened only if they are plain, and put into place whole."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from trackside.store import manifest

CHUNK = 1 << 20
TEMPORARY = ".new-"
"""What the names of files begin with that are not in their places yet."""

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def folders(folder: Path) -> list[Path]:
    """The folders in a folder, by name. None where there is no such folder."""
    return [Path(entry) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]


def plain(folder: Path) -> list[Path]:
    """The plain files in a folder, by name, without temporary ones."""
    return [Path(entry) for entry in _entries(folder) if entry.is_file(follow_symlinks=False)]


def named(folder: Path, name: object) -> Path | None:
    """The plain file in a folder that has the name which a run said; None where there is none."""
    return next((path for path in plain(folder) if path.name == name), None)


def below(folder: Path) -> Iterator[Path]:
    """The plain files in a folder and all folders below it, without temporary ones."""
    yield from plain(folder)
    for inner in folders(folder):
        yield from below(inner)


def temporary(folder: Path) -> Iterator[Path]:
    """The files in a folder that were never put into their places, or are not yet."""
    hidden = _entries(folder, hidden=True)
    yield from (Path(entry) for entry in hidden if entry.is_file(follow_symlinks=False))


def hidden_folders(folder: Path) -> Iterator[Path]:
    """The folders in a folder that do not have their names yet."""
    yield from (Path(entry) for entry in _entries(folder, hidden=True) if entry.is_dir(follow_symlinks=False))


def odd(folder: Path) -> Iterator[Path]:
    """What lies below a folder and is neither file nor folder: links, sockets, devices."""
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from odd(Path(entry))
        elif not entry.is_file(follow_symlinks=False):
            yield Path(entry)


def open_plain(path: Path) -> BinaryIO:
    """A file of a store to read from. OSError where it is a link or anything else than a file."""
    stream = os.fdopen(os.open(path, _FLAGS), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.ELOOP, "is no plain file", str(path))
    return stream


def read_plain(path: Path) -> bytes:
    """The content of a file of a store."""
    with open_plain(path) as stream:
        return stream.read()


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """What is left in a stream, piece by piece."""
    while chunk := stream.read(CHUNK):
        yield chunk


def place(
    path: Path, content: Iterable[bytes], mode: int, mtime_ns: int | None = None, *, durable: bool = True
) -> None:
    """Make `path` a file of that content, mode and time. Whatever `content` raises leaves no trace."""
    with placing(path, mode, mtime_ns, durable=durable) as stream:
        stream.writelines(content)


@contextmanager
def placing(
    path: Path, mode: int, mtime_ns: int | None = None, *, over: bool = True, durable: bool = True
) -> Iterator[BinaryIO]:
    """A stream whose content becomes `path` at the end: temporary file, fsync, rename, fsync of the folder.

    Readers see the file as it was or as it is to be. Whatever is raised meanwhile leaves no trace. What can be had
    again need not be `durable`: nothing is synced then. FileExistsError where it may not go `over` what is there by
    then.
    """
    temporary = path.with_name(f"{TEMPORARY}{uuid4().hex}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fchmod(descriptor, mode)
            if mtime_ns is not None:
                os.utime(descriptor, ns=(mtime_ns, mtime_ns))
            if durable:
                os.fsync(descriptor)
        if over:
            temporary.rename(path)
        else:
            _rename_to_free(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def make_folder(path: Path, like: Path) -> None:
    """Make a folder as `manifest.make_folder` does, and make its name durable, and those of the ones above it."""
    if not path.is_dir():
        make_folder(path.parent, like)
        manifest.make_folder(path, like)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename_to_free(temporary: Path, path: Path) -> None:
    """Rename a file to a name that nobody has. FileExistsError where somebody has it."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in manifest.NO_LINKS:
            raise
        _rename_over_claim(temporary, path)
    else:
        temporary.unlink()


def _rename_over_claim(temporary: Path, path: Path) -> None:
    """The same where nothing has two names: an empty file has the name for as long as a rename takes."""
    with path.open("xb") as claim:
        try:
            temporary.rename(path)
        except BaseException:
            with suppress(FileNotFoundError):
                if os.path.samestat(path.lstat(), os.fstat(claim.fileno())):
                    path.unlink()
            raise


def _entries(folder: Path, *, hidden: bool = False) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if entry.name.startswith(".") == hidden]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda entry: entry.name)
