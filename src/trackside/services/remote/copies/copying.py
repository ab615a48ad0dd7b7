"""A store on a host without trackside, copied into a mirror: the newest runs first, and then what is new in each.

The mirror is a store as any other. Of a run that nobody looked at yet it has what a table needs: a log that has ended
is told in short, and lies here as one that was sealed, without its columns. All files of a run come as they are once
somebody looks at it. Each process has a mirror of its own. What comes is held for a claim: names, lengths and places
are checked.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from trackside.model import ids
from trackside.model.errors import StoreError
from trackside.model.progress import OnProgress
from trackside.services.patience import Patience
from trackside.services.places.listener import Listener
from trackside.services.remote.copies.copied_store import CopiedStore
from trackside.services.remote.copies.copy_of_run import WANTED, Copy
from trackside.services.remote.copies.news import AllFiles, Brief, FileNews, briefs, pieces
from trackside.services.remote.near.connection import Connection
from trackside.services.remote.near.link import LostError
from trackside.store import changed, files, identity, manifest
from trackside.store.layout import REST

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped

_TICK_SECONDS = 0.2
_AT_ONCE = 32
_MANY = 4_096
_MOST_ROUNDS, _MOST_BROUGHT = 4_096, 32 << 30
"""Answers, and bytes in them, within which runs that are asked for at once have to be whole."""

_PART = re.compile(r"[A-Za-z0-9_%@+-][A-Za-z0-9_%@.+-]*")
_MOST_PARTS = 4
_STATE = "copied.msgpack"
PROJECTS = ""
"""What is asked for in place of a run's id to have the decisions of projects."""


class Copying:
    """The store behind a connection and its mirror."""

    is_far = True

    def __init__(self, connection: Connection) -> None:
        self.address = connection.remote.address
        self.store = CopiedStore.own_at(self.address)
        self.store.connection = connection
        self.store.bring = self.bring
        self.store.bring_rows = self.bring_rows
        self.store.bring_values = self.bring_values
        self.store.lacks_rows = self._lacks_rows
        self.store.lacks_rows_of = lambda run_id: self._copy_of(run_id).lacks_rows()
        self.store.held_back = self._held_back
        self._connection = connection
        self._writer = identity.new_writer()
        self._copying = threading.Lock()
        self._copies = self._kept()
        self._metrics: set[str] | None = None
        self._brought: set[str] = set()
        self._bringing = threading.Lock()
        self._patience = Patience()

    def catch_up(self, on_progress: OnProgress | None = None) -> "list[Skipped]":
        """Copy what is new."""
        self._copy_all(on_progress)
        return []

    def follow(self, stop: threading.Event, listener: Listener) -> None:
        """Go on copying until `stop` is set. Blocks."""
        try:
            self._keep_copying(stop, listener)
        except LostError as error:
            raise StoreError(self._connection.stale(error)) from None

    def bring(self, run_ids: Iterable[str]) -> None:
        """Have all files of these runs here, but for the rows of long logs, and in the index what they say.

        StoreError where they cannot be had. A sealed log that was read without its columns is read again with them.
        """
        missing = [run_id for run_id in run_ids if ids.is_id(run_id) and not self._copy_of(run_id).whole]
        for start in range(0, len(missing), _AT_ONCE):
            with self._copying:
                batch = [run_id for run_id in missing[start : start + _AT_ONCE] if not self._copy_of(run_id).whole]
                for run_id in batch:
                    self._copy_of(run_id).have_columns()
                self._copy_now(batch, "files")
                for news in self._in_brief([run_id for run_id in batch if self._copy_of(run_id).made], None):
                    self._write_briefs([brief for brief in news if brief.files])
                    self._copy_now([brief.run for brief in news if not brief.files], "rows")
                self.store.refresh_runs(batch)
                for run_id in batch:
                    self._copy_of(run_id).whole = True
                    self._copy_of(run_id).held_back = ()

    def bring_rows(self, run_ids: Iterable[str]) -> None:
        """Have all files of these runs here."""
        every = list(run_ids)
        self.bring(every)
        short = [run_id for run_id in every if ids.is_id(run_id) and self._copy_of(run_id).lacks_rows()]
        for start in range(0, len(short), _AT_ONCE):
            with self._copying:
                batch = short[start : start + _AT_ONCE]
                self._copy_now(batch, "rows")
                self.store.refresh_runs(batch)
                for run_id in batch:
                    self._copy_of(run_id).rows = True

    def bring_values(self, metrics: Collection[str]) -> None:
        """Have the values of these metrics in the table, of all runs. StoreError where they cannot be had.

        Of a run that cannot be told in brief any more all files come.
        """
        with self._bringing:
            new = set(metrics) - self._brought
            if new:
                self._metrics = new | (self._metrics or set())
                self._copy_in_brief(self._without(new))
                self.bring(self._without(new))
                self._brought |= new

    def _keep_copying(self, stop: threading.Event, listener: Listener) -> None:
        if self._connection.lost_at is not None:
            self._patience.wait(stop)
            self._connection.again()
        self._connection.call("follow_files")
        self._copy_all(listener.progress, stop)
        self.store.refresh()
        listener.caught_up()
        self._patience.renew()
        while not stop.is_set():
            news = self._connection.news(_TICK_SECONDS)
            if "lost" in news.said:
                raise LostError(self._connection.why_lost)
            if news.said.get("trouble"):
                raise StoreError(f"{self.address}: {news.said['trouble']}")
            if news.runs or news.projects:
                new = [run_id for run_id in news.runs if run_id not in self._copies]
                self._copy_in_brief(new)
                self._copy([*news.runs.difference(new), *([PROJECTS] if news.projects else [])])
                self._keep()

    def _copy_all(self, on_progress: OnProgress | None, stop: threading.Event | None = None) -> None:
        """Copy what is new in all runs, the newest first: of those that are not known what a table needs."""
        with self._copying:
            self._forget(set(self.store.paths.run_ids()) - self._copies.keys())
        self._copy([PROJECTS])
        known = {run_id: copy.stamp for run_id, copy in tuple(self._copies.items()) if copy.stamp is not None}
        there = self._connection.call("go_through", known)
        at_once, done = _AT_ONCE, 0
        while not (stop is not None and stop.is_set()):
            news = briefs(self._connection.raw("next_runs", at_once, self._asked_values()))
            if not news:
                break
            at_once, done = _MANY, done + len(news)
            if done > there + len(known):
                raise StoreError(f"{self.address} tells of more runs than it has")
            self._take_in(news)
            if on_progress is not None:
                on_progress(done, max(done, there - len(known)))
        self._keep()

    def _asked_values(self) -> list[str] | None:
        """The metrics whose values come unasked: those that the newest runs are judged by. All while none is known."""
        if self._metrics is None and self._copies.keys() - {PROJECTS}:
            self.store.refresh_runs(sorted(self.store.paths.run_ids())[-_AT_ONCE:])
            self._metrics = self.store.values_unasked()
        return None if self._metrics is None else sorted(self._metrics)

    def _copy_in_brief(self, run_ids: Sequence[str]) -> None:
        """Bring these runs up to what they are there, those that are known with other values than before."""
        for news in self._in_brief(run_ids, self._asked_values()):
            self._take_in(news)
            self.store.refresh_runs(brief.run for brief in news)

    def _in_brief(self, run_ids: Sequence[str], metrics: list[str] | None) -> Iterator[list[Brief]]:
        """What is told of these runs, some after the other."""
        left = list(run_ids)
        while left:
            news = briefs(self._connection.raw("in_brief", left[:_MANY], metrics))
            came = {brief.run for brief in news}
            if not came or came.difference(left):
                raise StoreError(f"{self.address} answers with other runs than those that were asked for")
            yield news
            left = [run_id for run_id in left if run_id not in came]

    def _take_in(self, news: Sequence[Brief]) -> None:
        """Write what came of runs; of those that could not be told in brief, all that is new is copied."""
        valid = [brief for brief in news if ids.is_id(brief.run)]
        standing = [brief for brief in valid if brief.stamp is not None]
        with self._copying:
            self._forget({brief.run for brief in valid if brief.stamp is None} & self._copies.keys())
            told = [brief for brief in standing if brief.files and not self._copy_of(brief.run).whole]
            self._write_briefs(told)
        due = sorted({brief.run for brief in standing} - {brief.run for brief in told}, reverse=True)
        for start in range(0, len(due), _AT_ONCE):
            self._copy(due[start : start + _AT_ONCE])
        for brief in standing:
            self._copy_of(brief.run).stamp = brief.stamp

    def _write_briefs(self, news: Sequence[Brief]) -> None:
        for brief in news:
            for piece, data in brief.pieces():
                self._take(piece, data)
            copy = self._copy_of(brief.run)
            copy.made, copy.held_back = brief.made(), tuple(brief.held_back())
        if news:
            changed.announce(self.store.paths, self._writer, *(brief.run for brief in news))

    def _forget(self, run_ids: Collection[str]) -> None:
        """These runs are there no more, or nothing is known of the files that are here."""
        for run_id in run_ids:
            shutil.rmtree(self.store.paths.run(run_id).root, ignore_errors=True)
            self._copies.pop(run_id, None)
            changed.announce(self.store.paths, self._writer, run_id)

    def _copy(self, wanted: Sequence[str]) -> None:
        """Bring these runs up to what they are there."""
        with self._copying:
            self._copy_now(wanted)

    def _copy_now(self, wanted: Sequence[str], what: str = "table") -> None:
        left = [run_id for run_id in wanted if run_id == PROJECTS or ids.is_id(run_id)]
        rounds = brought = 0
        while left:
            answer = self._connection.raw("fetch", [self._asked(run_id, what) for run_id in left])
            done, came = set(), 0
            for news, data in pieces(answer):
                if news.run not in left:
                    raise StoreError(f"{self.address} answers with files of a run that nobody asked for")
                if isinstance(news, FileNews):
                    self._take(news, data)
                    self._copy_of(news.run).is_no_more_made(news.path)
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
            copy.is_no_more_made(path)
            if path.endswith(REST):
                copy.held_back = ()

    def _asked(self, run_id: str, what: str) -> tuple[str, dict[str, tuple[int, int]], str]:
        """What is asked for of a run: all but the files that are here, of these sizes, and were these inodes."""
        folder, copy = self._folder(run_id), self._copy_of(run_id)
        known = {}
        for path, inode in copy.inodes.items():
            with suppress(FileNotFoundError):
                known[path] = (folder.joinpath(*_parts(path)).stat().st_size, inode)
        return run_id, known, max(what, copy.wanted, key=WANTED.index)

    def _lacks_rows(self) -> bool:
        return any(copy.lacks_rows() for copy in tuple(self._copies.values()))

    def _without(self, metrics: Collection[str]) -> list[str]:
        """The runs of which values of these metrics are held back."""
        return [run_id for run_id, copy in tuple(self._copies.items()) if not copy.knows(metrics)]

    def _held_back(self) -> set[str]:
        return set().union(*{copy.held_back for copy in tuple(self._copies.values())})

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


def _parts(path: str) -> list[str]:
    """The parts of a path within a run. StoreError where it could lead elsewhere."""
    parts = path.split("/")
    if len(parts) > _MOST_PARTS or not all(map(_PART.fullmatch, parts)):
        raise StoreError(f"a run has a file of a name that can be none: {path!r}")
    return parts
