"""A store on a host without trackside, copied into a mirror: the newest runs first, and then what is new in each.

The mirror is a store as any other. Of a run that nobody looked at yet it has what a table needs: a log that has ended
is told in short, and lies here as one that was sealed, without its columns. All files of a run come as they are once
somebody looks at it. Each process has a mirror of its own. What comes is held for a claim: names, lengths and places
are checked.
"""

import os
import re
import shutil
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from trackside.model import ids
from trackside.model.errors import StoreError
from trackside.model.progress import OnProgress
from trackside.services.remote.copies.copied_store import CopiedStore
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.link import LostError
from trackside.services.remote.near.patience import Patience
from trackside.store import changed, files, identity, manifest
from trackside.store.layout import PYRAMID, REST

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped

_TICK_SECONDS = 0.2
_AT_ONCE = 32
_MOST_HEAD = 1 << 20
_MOST_ROUNDS, _MOST_BROUGHT = 4_096, 32 << 30
"""Answers, and bytes in them, within which runs that are asked for at once have to be whole."""

_NO_INODE, _MOST_INODE = 0, 1 << 64
_LENGTH = struct.Struct("<I")
_PART = re.compile(r"[A-Za-z0-9_%@+-][A-Za-z0-9_%@.+-]*")
_MOST_PARTS = 4
_TABLE = ".parquet"
_STATE = "copied.msgpack"
PROJECTS = ""
"""What is asked for in place of a run's id to have the decisions of projects."""


class FileNews(msgspec.Struct, frozen=True):
    """Bytes of a file from `start` on; its last write was `age` seconds ago."""

    run: str
    path: str
    start: int
    inode: int
    age: float
    size: int


class AllFiles(msgspec.Struct, frozen=True):
    """The names of all files of a run; `whole` where nothing of them is missing here now."""

    run: str
    all: list[str]
    whole: bool


class Copy(msgspec.Struct):
    """A run as it was copied: what told its files from other states, and which files they were by their inodes.

    `whole` where it was looked at: then all of its files are copied, and all that is new in them.
    """

    stamp: str = ""
    inodes: dict[str, int] = {}
    whole: bool = False

    def lacks_rows(self) -> bool:
        """Whether it has a log that is sealed, and no column."""
        tables = [path for path in tuple(self.inodes) if path.endswith(_TABLE)]
        return not self.whole and bool(tables) and all(path.endswith(PYRAMID) for path in tables)

    def have_again(self, suffix: str) -> None:
        """Take the files of this suffix for others than those there, so that they come anew."""
        self.inodes.update((path, _NO_INODE) for path in self.inodes if path.endswith(suffix))


class Copying:
    """The store behind a connection and its mirror."""

    is_far = True

    def __init__(self, connection: Connection) -> None:
        self.address = connection.remote.address
        self.store = CopiedStore.own_at(self.address)
        self.store.connection = connection
        self.store.bring = self.bring
        self.store.lacks_rows = self._lacks_rows
        self._connection = connection
        self._writer = identity.new_writer()
        self._copying = threading.Lock()
        self._copies = self._kept()
        self._patience = Patience()

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Copy what is new."""
        self._copy_all(on_progress)
        return []

    def follow(
        self,
        stop: threading.Event,
        on_progress: OnProgress | None,
        on_skipped: "Callable[[list[Skipped]], None]",  # noqa: ARG002  nothing is skipped
        on_caught_up: Callable[[], None],
    ) -> None:
        """Go on copying until `stop` is set. Blocks."""
        try:
            self._keep_copying(stop, on_progress, on_caught_up)
        except LostError as error:
            raise StoreError(self._connection.stale(error)) from None

    def bring(self, run_ids: Iterable[str]) -> None:
        """Have all files of these runs here, and in the index what they say. StoreError where they cannot be had.

        A sealed log that was read without its columns is read again with them, as another file in its place is.
        """
        missing = [run_id for run_id in run_ids if ids.is_id(run_id) and not self._copy_of(run_id).whole]
        for start in range(0, len(missing), _AT_ONCE):
            with self._copying:
                batch = [run_id for run_id in missing[start : start + _AT_ONCE] if not self._copy_of(run_id).whole]
                for run_id in batch:
                    self._copy_of(run_id).have_again(REST)
                self._copy_now(batch, whole=True)
                self.store.refresh_runs(batch)
                for run_id in batch:
                    self._copy_of(run_id).whole = True

    def _keep_copying(
        self, stop: threading.Event, on_progress: OnProgress | None, on_caught_up: Callable[[], None]
    ) -> None:
        if self._connection.lost_at is not None:
            self._patience.wait(stop)
            self._connection.again()
        self._connection.call("follow_files")
        self._copy_all(on_progress, stop)
        on_caught_up()
        self._patience.renew()
        while not stop.is_set():
            news = self._connection.news(_TICK_SECONDS)
            if "lost" in news.said:
                raise LostError(self._connection.why_lost)
            if news.said.get("trouble"):
                raise StoreError(f"{self.address}: {news.said['trouble']}")
            if news.runs or news.projects:
                self._copy([*news.runs, *([PROJECTS] if news.projects else [])])
                self._keep()

    def _copy_all(self, on_progress: OnProgress | None, stop: threading.Event | None = None) -> None:
        """Copy what is new in all runs; the newest few first, before it is known which others there are."""
        self._copy([PROJECTS])
        self._copy_due(self._connection.call("run_stamps", _AT_ONCE), None, stop)
        stamps: dict[str, str] = self._connection.call("run_stamps", None)
        for run_id in set(self.store.paths.run_ids()) - stamps.keys():
            shutil.rmtree(self.store.paths.run(run_id).root, ignore_errors=True)
            self._copies.pop(run_id, None)
            changed.announce(self.store.paths, self._writer, run_id)
        self._copy_due(stamps, on_progress, stop)
        self._keep()

    def _copy_due(self, stamps: dict[str, str], on_progress: OnProgress | None, stop: threading.Event | None) -> None:
        due = [run_id for run_id, stamp in stamps.items() if self._copy_of(run_id).stamp != stamp]
        for start in range(0, len(due), _AT_ONCE):
            if stop is not None and stop.is_set():
                return
            batch = due[start : start + _AT_ONCE]
            self._copy(batch)
            for run_id in batch:
                self._copies[run_id].stamp = stamps[run_id]
            if on_progress is not None:
                on_progress(start + len(batch), len(due))

    def _copy(self, wanted: Sequence[str]) -> None:
        """Bring these runs up to what they are there."""
        with self._copying:
            self._copy_now(wanted)

    def _copy_now(self, wanted: Sequence[str], *, whole: bool = False) -> None:
        left = [run_id for run_id in wanted if run_id == PROJECTS or ids.is_id(run_id)]
        rounds = brought = 0
        while left:
            answer = self._connection.raw("fetch", [self._asked(run_id, whole=whole) for run_id in left])
            done, came = set(), 0
            for news, data in _records(answer):
                if news.run not in left:
                    raise StoreError(f"{self.address} answers with files of a run that nobody asked for")
                if isinstance(news, FileNews):
                    self._take(news, data)
                    came += len(data)
                elif news.whole:
                    done.add(news.run)
                    self._forget_others(news)
            names = [run_id for run_id in left if run_id] + self._project_names() * (PROJECTS in left)
            if names:
                changed.announce(self.store.paths, self._writer, *names)
            rounds, brought = rounds + 1, brought + came
            if not done and (not came or rounds > _MOST_ROUNDS or brought > _MOST_BROUGHT):
                raise StoreError(f"{self.address} comes to no end with the files of {len(left)} runs")
            left = [run_id for run_id in left if run_id not in done]

    def _take(self, news: FileNews, data: bytes) -> None:
        """Write what came of a file. What is appended to is no other file than that which was copied."""
        path = self._folder(news.run).joinpath(*_parts(news.path))
        try:
            self._write(path, news, data)
        except OSError as error:
            raise StoreError(f"{path} cannot be written ({error.strerror or error})") from None
        self._copy_of(news.run).inodes[news.path] = news.inode

    def _write(self, path: Path, news: FileNews, data: bytes) -> None:
        manifest.make_folder(path.parent, self.store.root)
        now = time.time()
        moment = int((now - min(max(0.0, news.age), now)) * 1e9)
        if news.start:
            if not path.exists() or path.stat().st_size != news.start:
                raise StoreError(f"{self.address} goes on with {news.path} after what is not known of it")
            with path.open("r+b") as file:
                file.seek(news.start)
                file.write(data)
                file.truncate()
            os.utime(path, ns=(moment, moment))
        else:
            files.place(path, [data], manifest.file_mode(self.store.root), moment, durable=False)

    def _forget_others(self, news: AllFiles) -> None:
        copy = self._copy_of(news.run)
        for path in copy.inodes.keys() - set(news.all):
            self._folder(news.run).joinpath(*_parts(path)).unlink(missing_ok=True)
            del copy.inodes[path]

    def _asked(self, run_id: str, *, whole: bool) -> tuple[str, dict[str, tuple[int, int]], bool]:
        """What is asked for of a run: all but the files that are here, of these sizes, and were these inodes."""
        folder, copy = self._folder(run_id), self._copy_of(run_id)
        known = {}
        for path, inode in copy.inodes.items():
            with suppress(FileNotFoundError):
                known[path] = (folder.joinpath(*_parts(path)).stat().st_size, inode)
        return run_id, known, whole or copy.whole

    def _lacks_rows(self) -> bool:
        return any(copy.lacks_rows() for copy in tuple(self._copies.values()))

    def _copy_of(self, run_id: str) -> Copy:
        return self._copies.setdefault(run_id, Copy(inodes={}))

    def _folder(self, run_id: str) -> Path:
        return self.store.paths.projects if run_id == PROJECTS else self.store.paths.run(run_id).root

    def _project_names(self) -> list[str]:
        return [f"@{folder.name}" for folder in files.folders(self.store.paths.projects)]

    def _kept(self) -> dict[str, Copy]:
        with suppress(FileNotFoundError, msgspec.MsgspecError):
            return msgspec.msgpack.decode((self.store.root / _STATE).read_bytes(), type=dict[str, Copy])
        return {}

    def _keep(self) -> None:
        manifest.write_whole(self.store.root / _STATE, msgspec.msgpack.encode(self._copies), 0o600)


def _records(answer: bytes) -> Iterator[tuple[FileNews | AllFiles, bytes]]:
    """What an answer holds. StoreError where that makes no sense."""
    at = 0
    while at < len(answer):
        try:
            (length,) = _LENGTH.unpack_from(answer, at)
            head = answer[at + _LENGTH.size : at + _LENGTH.size + length]
            news = _head(head)
        except (struct.error, msgspec.MsgspecError) as error:
            raise StoreError(f"files that came make no sense: {error}") from None
        at += _LENGTH.size + length
        size = news.size if isinstance(news, FileNews) else 0
        if isinstance(news, FileNews) and not 0 <= news.inode < _MOST_INODE:
            raise StoreError("files that came make no sense: no file has such a number")
        if length > _MOST_HEAD or not 0 <= size <= len(answer) - at:
            raise StoreError("files that came make no sense: they are longer than what came")
        yield news, answer[at : at + size]
        at += size


def _head(head: bytes) -> FileNews | AllFiles:
    if b'"path":' in head:
        return msgspec.json.decode(head, type=FileNews)
    return msgspec.json.decode(head, type=AllFiles)


def _parts(path: str) -> list[str]:
    """The parts of a path within a run. StoreError where it could lead elsewhere."""
    parts = path.split("/")
    if len(parts) > _MOST_PARTS or not all(map(_PART.fullmatch, parts)):
        raise StoreError(f"a run has a file of a name that can be none: {path!r}")
    return parts
