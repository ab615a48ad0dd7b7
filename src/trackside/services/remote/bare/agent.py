"""The agent of a host without trackside: it lists and reads the files of a store, and tells which runs grew.

It is sent there for one connection, runs in memory and leaves nothing behind. The files are copied into a mirror on the
other side, which makes of them what trackside makes of files: what a table needs of a run at first, and all of it once
it is looked at. The standard library of Python 3.8 alone.
"""

from __future__ import annotations

import errno
import hashlib
import json
import marshal
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from trackside.services.remote.bare.brief import in_brief
from trackside.services.remote.bare.in_short import CANNOT_BE_TOLD
from trackside.services.remote.bare.offered import (
    MOST_BYTES,
    SAFE,
    File,
    append,
    files_of,
    folders,
    looked_at,
    needed,
    ordered,
    plain_files,
    read,
    send_news,
)
from trackside.services.remote.bare.outline import Points
from trackside.services.remote.protocol.alike import packed
from trackside.services.remote.protocol.wire import Receiver, Sender, WireError

_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_STAMP_BYTES = 5
"""Of a stamp, less one bit, which says that it is no negative number."""

_ANSWER_SECONDS = 1.0
_MOST_IN_BRIEF = 4 << 20
"""Bytes from which on an answer that tells runs in brief ends, and a run is not told so."""

_LIVELY_SECONDS = 600.0
_TICK_SECONDS = 0.5


def serve(given: BinaryIO, told: BinaryIO) -> None:
    """Answer until the input ends."""
    agent = Agent(Sender(told))
    receiver = Receiver(given)
    try:
        while True:
            message = receiver.receive()
            if message is None:
                return
            agent.answer(*message)
    except (WireError, OSError):
        return
    finally:
        agent.stop.set()


class Agent:
    """Answers questions about one store, each with one message."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._root = Path()
        self._stamps: dict[str, tuple[int, float]] = {}
        self._known: dict[str, int] = {}
        self._left: Iterator[str] = iter(())
        self._said_at = 0.0
        self._following: threading.Thread | None = None
        self.stop = threading.Event()

    def answer(self, head: dict[str, Any], body: bytes) -> None:
        """Send what is asked for, or why it cannot be had: `head` has the call and its number, `body` what is given."""
        calls: dict[str, Callable[..., Any]] = {
            "open_files": self._open,
            "go_through": self._go_through,
            "next_runs": self._next_runs,
            "in_brief": self._in_brief,
            "outline": self._outline,
            "fetch": self._fetch,
            "names": self._names,
            "file": self._file,
            "follow_files": self._follow,
        }
        number = head.get("id")
        self._said_at = time.monotonic()
        try:
            answer = calls[head["call"]](*json.loads(body))
        except OSError as error:
            self._sender.send({"id": number, "error": self._why(error)})
        except (KeyError, TypeError, ValueError) as error:
            self._sender.send({"id": number, "error": f"this agent cannot answer that ({error})"})
        else:
            self._sender.send({"id": number}, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def _open(self, path: str) -> dict[str, Any]:
        default = os.environ.get("TRACKSIDE_STORE") or "~/.local/share/trackside"
        root = Path(path or default).expanduser().absolute()
        for folder in (root, root / ".trackside"):
            manifest = folder / "store.json"
            if manifest.exists():
                self._root = folder
                said = json.loads(manifest.read_bytes())
                return {"name": str(folder), "uuid": str(said["uuid"]), "format": int(said["format"])}
        raise FileNotFoundError(errno.ENOENT, "no store of trackside is there", str(root))

    def _go_through(self, known: dict[str, int]) -> int:
        """Begin with the newest run, where these are known as they were at these stamps. How many there are."""
        self._known = known
        every = list(self._run_ids())
        self._left = iter(every)
        return len(every)

    def _next_runs(self, most: int, metrics: Collection[str] | None) -> bytes:
        """What is new of the next runs, as many as are looked at in a second or so; nothing once all were.

        Of one that is not known all in brief that a table needs, where it can be told so.
        """
        answer = _Answer(most)
        for run_id in self._left:
            known = self._known.pop(run_id, None)
            stamp, _ = self._stamps[run_id] = self._stamp(run_id)
            if known is None:
                answer.add(run_id, stamp, self._brief(run_id, metrics, texts=False))
            elif known != stamp:
                answer.add(run_id, stamp, None)
            if answer.is_full():
                return packed(answer.records)
            self._alive()
        if not answer.records:
            answer.records = [{"run": run_id, "stamp": None, "files": None} for run_id in self._known]
            self._known = {}
        return packed(answer.records)

    def _in_brief(self, run_ids: list[str], metrics: Collection[str] | None) -> bytes:
        """The same of the first of these runs; where no metrics are named, all that their logs hold beside rows."""
        answer = _Answer(len(run_ids))
        for run_id in run_ids:
            stamp, _ = self._stamps[run_id] = self._stamp(run_id)
            answer.add(run_id, stamp, self._brief(run_id, metrics, texts=metrics is None))
            if answer.is_full():
                break
        return packed(answer.records)

    def _brief(self, run_id: str, metrics: Collection[str] | None, *, texts: bool) -> list[dict[str, Any]] | None:
        return in_brief(self._folder(run_id), metrics, self._alive, texts=texts)

    def _alive(self) -> None:
        """Say so after a second of silence: whoever waits for an answer and hears nothing gives up."""
        if time.monotonic() > self._said_at + _ANSWER_SECONDS:
            self._sender.send({"event": "alive"})
            self._said_at = time.monotonic()

    def _fetch(self, wanted: list[list[Any]]) -> bytes:
        """Of each of these runs (`""`: of the projects) what is not known: pairs of what a file is, and its bytes.

        Of a run come the files that a `table` needs, or all `files`, without the `rows` of long logs or with them. As
        many runs as are read in a second or so.
        """
        answer = bytearray()
        until = time.monotonic() + _ANSWER_SECONDS
        for run_id, known, wanted_of_it in wanted:
            files = list(files_of(self._folder(run_id)))
            if run_id and wanted_of_it != "rows":
                files = list((looked_at if wanted_of_it == "files" else needed)(files, known))
            sent = [send_news(answer, run_id, file, known.get(file.path)) for file in files]
            append(answer, {"run": run_id, "all": [file.path for file in files], "whole": all(sent)}, b"")
            if time.monotonic() > until:
                break
        return bytes(answer)

    def _outline(self, run_id: str, metric: str, low: float | None, high: float | None) -> bytes:
        """How many points a curve has, and those that a chart needs; nothing where that can be told of no log there."""
        files = list(files_of(self._folder(run_id)))
        logs = [file for file in files if file.path.startswith("w/")]
        if any(file.path.startswith("seg/") for file in files):
            return packed([])
        try:
            logs.sort(key=lambda file: int(file.path.rsplit(".", 2)[1]))
            points = Points(self._contents(logs), metric)
        except CANNOT_BE_TOLD:
            return packed([])
        return packed(points.outline(low, high))

    def _contents(self, logs: list[File]) -> Iterator[bytes]:
        for log in logs:
            self._alive()
            yield log.whole()

    def _names(self, run_id: str, folder: str) -> list[str]:
        """The names of the files in a folder of a run."""
        return sorted(name for name, _ in plain_files(self._folder(run_id) / _safe(folder)))

    def _file(self, path: str, start: int) -> bytes:
        """The bytes of one file from `start` on; as many as fit in an answer."""
        return read(self._root.joinpath(*map(_safe, path.split("/"))), start, MOST_BYTES)

    def _follow(self) -> None:
        if self._following is None:
            self._following = threading.Thread(target=self._watch, args=(dict(self._announcements()),), daemon=True)
            self._following.start()

    def _watch(self, seen: dict[Path, int]) -> None:
        """Tell of what happened, and of what could not be read: once, until it can be or something else cannot."""
        why = ""
        while not self.stop.wait(_TICK_SECONDS):
            told, why, happened = why, "", {}
            try:
                happened = self._happened(seen)
            except OSError as error:
                why = self._why(error)
            except Exception as error:  # noqa: BLE001  what is not told looks as if nothing happened
                why = f"this agent cannot tell what happens ({error!r})"
            try:
                if any(happened.values()):
                    self._sender.send({"event": "changed"}, json.dumps(happened).encode())
                if why and why != told:
                    self._sender.send({"event": "trouble"}, json.dumps(why).encode())
            except (OSError, ValueError):
                return

    def _happened(self, seen: dict[Path, int]) -> dict[str, list[str]]:
        """The runs whose files grew, and whether projects are announced after what was `seen` of each file."""
        named = set()
        for path, size in self._announcements():
            if size > seen.get(path, 0):
                named.update(read(path, seen.get(path, 0), MOST_BYTES).decode("ascii", "replace").split("\n"))
                seen[path] = size
        lately = time.time() - _LIVELY_SECONDS
        named.update(run_id for run_id, stamp in list(self._stamps.items()) if stamp[1] > lately)
        grown = []
        for run_id in filter(_ID.fullmatch, named):
            stamp = self._stamp(run_id)
            if self._stamps.get(run_id, (None,))[0] != stamp[0]:
                self._stamps[run_id] = stamp
                grown.append(run_id)
        return {"runs": grown, "projects": ["*"] if any(name.startswith("@") for name in named) else []}

    def _why(self, error: OSError) -> str:
        return f"{error.filename or self._root}: {error.strerror or error}"

    def _announcements(self) -> Iterator[tuple[Path, int]]:
        folder = self._root / "changed"
        for day in folders(folder):
            for name, found in plain_files(folder / day):
                yield folder / day / name, found.st_size

    def _run_ids(self) -> Iterator[str]:
        runs = self._root / "runs"
        for day in sorted(folders(runs), reverse=True):
            for name in sorted(folders(runs / day), reverse=True):
                if _ID.fullmatch(name):
                    yield name

    def _stamp(self, run_id: str) -> tuple[int, float]:
        """What tells the files of a run from other states of them, and when the newest was written to."""
        listed = list(ordered(self._folder(run_id)))
        text = " ".join(f"{path}:{found.st_size}:{found.st_ino}" for path, found in listed)
        digest = hashlib.blake2b(text.encode(), digest_size=_STAMP_BYTES).digest()
        return int.from_bytes(digest, "big") >> 1, max((found.st_mtime for _, found in listed), default=0.0)

    def _folder(self, run_id: str) -> Path:
        if not run_id:
            return self._root / "projects"
        if not _ID.fullmatch(run_id):
            raise ValueError("no run has such an id")
        return self._root / "runs" / _day(run_id) / run_id


class _Answer:
    """Runs that are told of in one answer: `most` of them, or as many as are looked at in a second or so."""

    def __init__(self, most: int) -> None:
        self.records: list[dict[str, Any]] = []
        self._most = most
        self._until = time.monotonic() + _ANSWER_SECONDS
        self._bytes = 0

    def add(self, run_id: str, stamp: int, files: list[dict[str, Any]] | None) -> None:
        """Tell of a run; not in brief where it is too large for that."""
        size = len(marshal.dumps(files))
        is_brief = size < _MOST_IN_BRIEF
        self.records.append({"run": run_id, "stamp": stamp, "files": files if is_brief else None})
        self._bytes += size if is_brief else 0

    def is_full(self) -> bool:
        """Whether no more runs have room in it."""
        is_late = time.monotonic() > self._until
        return bool(self.records) and (is_late or self._bytes >= _MOST_IN_BRIEF or len(self.records) == self._most)


def _day(run_id: str) -> str:
    milliseconds = 0
    for letter in run_id[:10]:
        milliseconds = milliseconds << 5 | "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    return time.strftime("%Y-%m-%d", time.gmtime(milliseconds // 1000))


def _safe(name: str) -> str:
    if not SAFE.fullmatch(name) or name.startswith("."):
        raise ValueError("no file has such a name")
    return name
