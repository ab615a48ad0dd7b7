"""Runs in one file: a ZIP archive of a store's layout, with a list of what is in it and the hash of everything.

    runs/<day>/<id>/…    the files of the runs, logs up to their last whole frame
    blobs/<aa>/<hash>    the content that they refer to
    trackside.json       the list: format, runs, and of every file its size, time and hash; it is written last

A bundle may come from anybody. Only what the list names is unpacked, only to places where such a file may lie, only as
many bytes as the list says and the disk has room for, and all of it beside the store before any of it is in the store.
"""

import errno
import os
import re
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import msgspec
from blake3 import blake3

from trackside.model import ids
from trackside.model.errors import DamagedError, StoreError, UsageError
from trackside.model.progress import OnProgress
from trackside.store import files, manifest, run_files
from trackside.store.alone import alone
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.merge import Merged, Merging
from trackside.store.references import references_of

FORMAT = 1
LIST = "trackside.json"
_LARGEST_LIST = 256 << 20
_LONGEST_NAME = 255
_DEEPEST = 6
_LEVEL = 1
_COLUMNS = ".parquet"
_ATTEMPTS = 5
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/\1[0-9a-f]{62}")
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, LookupError, ValueError, OverflowError),
)
"""What the standard library raises on archives that are not whole or want what it cannot do."""


class Member(msgspec.Struct, frozen=True):
    """A file in a bundle: its size, its time and the blake3 of its content."""

    bytes: int
    mtime_ns: int
    hash: str


class Contents(msgspec.Struct, frozen=True):
    """The list of a bundle: ids of its runs, and its files by their names."""

    format: int
    created: float
    runs: list[str]
    members: dict[str, Member]


def write(store: StorePaths, run_ids: Iterable[str], out: Path, mode: int, on_progress: OnProgress | None) -> Contents:
    """Write runs into the bundle `out`, which appears whole or not at all."""
    wanted = list(run_ids)
    members: dict[str, Member] = {}
    with (
        files.placing(out, mode) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
    ):
        for done, run_id in enumerate(wanted, start=1):
            _add_run(store, store.run(run_id), archive, members)
            if on_progress is not None:
                on_progress(done, len(wanted))
        contents = Contents(FORMAT, time.time(), wanted, members)
        archive.writestr(LIST, msgspec.json.encode(contents))
    return contents


def read(store: StorePaths, file: Path, on_progress: OnProgress | None) -> Merged:
    """Take the runs of a bundle into the store; again, only what is new. One emptied from the trash comes back by this.

    UsageError where `file` is no bundle, StoreError where it is damaged, not to be trusted, or too large for the disk.
    """
    with alone(store):
        for left in store.staging():
            shutil.rmtree(left, ignore_errors=True)
        staged = StorePaths(store.new_staging())
        staged.root.mkdir(mode=0o700)
        try:
            contents = _unpack(file, staged, store.root)
            merging = Merging(store, staged, on_progress)
            merging.content()
            for run_id in contents.runs:
                store.gone_mark(run_id).unlink(missing_ok=True)
            merging.runs()
            return merging.done()
        finally:
            shutil.rmtree(staged.root, ignore_errors=True)


def is_bundle(file: Path) -> bool:
    """Whether a file is a bundle, by its own word."""
    try:
        with zipfile.ZipFile(file) as archive:
            return LIST in archive.namelist()
    except (OSError, *_UNREADABLE):
        return False


def _add_run(store: StorePaths, run: RunPaths, archive: zipfile.ZipFile, members: dict[str, Member]) -> None:
    with ExitStack() as opened:
        for name, stream in _opened(store, run, opened):
            if name not in members and _may_be(name, frozenset((run.id,))):
                members[name] = _add(archive, name, stream)


def _opened(store: StorePaths, run: RunPaths, opened: ExitStack) -> Iterator[tuple[str, BinaryIO]]:
    """All files of a run as they stand at one moment: what is open can be read though its log is sealed meanwhile."""
    for _ in range(_ATTEMPTS):
        try:
            streams = [(path, opened.enter_context(files.open_plain(path))) for path in run_files.every(run)]
        except FileNotFoundError:
            continue
        break
    else:
        raise DamagedError(f"the files of {run.root} vanish while they are read; try again when they rest")
    for digest in sorted(references_of(run)):
        blob = next((path for path in (store.blob(digest), store.trashed_blob(digest)) if path.exists()), None)
        if blob is not None:
            with files.open_plain(blob) as stream:
                yield f"blobs/{digest[:2]}/{digest}", stream
    for path, stream in streams:
        yield path.relative_to(store.root).as_posix(), stream


def _add(archive: zipfile.ZipFile, name: str, stream: BinaryIO) -> Member:
    status = os.fstat(stream.fileno())
    entry: zipfile.ZipInfo | str = name
    if name.endswith(_COLUMNS):
        entry = zipfile.ZipInfo(name)  # which is not compressed, for columns are already
    hasher, size = blake3(), 0
    with archive.open(entry, "w", force_zip64=True) as target:
        for chunk in _whole(name, stream, status.st_size):
            hasher.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Member(size, status.st_mtime_ns, hasher.hexdigest())


def _whole(name: str, stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The content of a file of a run as long as it was when it was opened, of a log up to its last whole frame."""
    if name.split("/")[-2] in ("w", "edits"):
        log = stream.read(size)
        yield log[: run_files.whole_end(log)]
        return
    while size > 0 and (chunk := stream.read(min(files.CHUNK, size))):
        size -= len(chunk)
        yield chunk


def _unpack(file: Path, staged: StorePaths, root: Path) -> Contents:
    """Unpack a bundle into the folder `staged`, every file compared with its hash."""
    try:
        with zipfile.ZipFile(file) as archive:
            contents = _listed(archive, file)
            needed = 2 * sum(member.bytes for member in contents.members.values())
            free = shutil.disk_usage(root).free
            if needed > free:
                raise StoreError(f"{file} needs {needed:,} bytes and the disk of {root} has {free:,} left; make room")
            for name, member in contents.members.items():
                path = staged.root / name
                manifest.make_folder(path.parent, root)
                _extract(archive, name, member, path)
    except (*_UNREADABLE, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # which comes of a place outside the file
            raise
        raise StoreError(f"{file} is damaged ({error}); copy it again from where it was made") from None
    return contents


def _listed(archive: zipfile.ZipFile, file: Path) -> Contents:
    """What is in a bundle, if all of it may be."""
    entries = {entry.filename: entry for entry in archive.infolist()}
    said = entries.pop(LIST, None)
    if said is None:
        raise UsageError(f"{file} is no bundle of runs; `trackside export RUN --out FILE` makes one")
    if said.file_size > _LARGEST_LIST:
        raise StoreError(f"{file} has a list of {said.file_size:,} bytes, which is more than any bundle needs")
    try:
        contents = msgspec.json.decode(archive.read(said), type=Contents)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"{file} has a list that cannot be read ({error}); update trackside, or copy it again"
        ) from None
    if contents.format > FORMAT:
        raise StoreError(f"{file} is a bundle of format {contents.format}; update trackside, which reads {FORMAT}")
    run_ids = frozenset(run_id for run_id in contents.runs if ids.is_id(run_id))
    wrong = [run_id for run_id in contents.runs if run_id not in run_ids]
    wrong += [name for name in entries if name not in contents.members or not _may_be(name, run_ids)]
    wrong += [name for name, entry in entries.items() if not _is_plain(entry)]
    wrong += [name for name, member in contents.members.items() if entries[name].file_size != member.bytes]
    if wrong:
        raise StoreError(f"{file} holds {wrong[0]!r}, which no bundle may hold so; it was not made by trackside")
    return contents


def _extract(archive: zipfile.ZipFile, name: str, member: Member, path: Path) -> None:
    hasher = blake3()
    with archive.open(name) as source, path.open("xb") as target:
        while chunk := source.read(files.CHUNK):
            hasher.update(chunk)
            target.write(chunk)
    if hasher.hexdigest() != member.hash:
        raise zipfile.BadZipFile(f"{name} is not what it was")
    os.utime(path, ns=(member.mtime_ns, member.mtime_ns))


def _may_be(name: str, run_ids: frozenset[str]) -> bool:
    """Whether a file of a bundle may lie there: in the folder of one of its runs, or with the blobs."""
    if _BLOB.fullmatch(name):
        return True
    top, *parts = name.split("/")
    if top != "runs" or not 3 <= len(parts) <= _DEEPEST:
        return False
    day, run_id, *inner = parts
    return run_id in run_ids and day == ids.day(run_id) and all(_is_name(part) for part in inner)


def _is_name(part: str) -> bool:
    """Whether a part of a path names a file that is not hidden; `..` is hidden too."""
    return part.isprintable() and 0 < len(part.encode()) <= _LONGEST_NAME and part[0] != "." and "\\" not in part


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a file and no link or folder, as far as it says what it is."""
    mode = entry.external_attr >> 16
    return not entry.is_dir() and (stat.S_IFMT(mode) == 0 or stat.S_ISREG(mode))
