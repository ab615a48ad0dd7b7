"""Writes what a source says of one run as the files of a run: logs that are closed, a console, a patch, a lock.

A log of a run that was copied has the role `copied`. Its status is what the source said, and changes with it; nobody
is alive by it. Where a cursor was written, all before it is whole: a copy goes on from there, or begins anew.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from trackside.model.bounds import LATEST
from trackside.model.foreign import Cursor, Facts, File, Histograms, Points, Printed, Remark, Restart, Texts
from trackside.model.histogram import HISTOGRAM
from trackside.model.keys import short
from trackside.model.run import Mark
from trackside.store import console, identity, journal, logfile, resumes, row_checksums
from trackside.store.copied_console import MOST_PRINTED, Console
from trackside.store.encoder import Encoder
from trackside.store.fitting import cut, in_parts, int64, moment
from trackside.store.fold import CURRENT, REMARKS, SECTION
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths
from trackside.store.log_fold import COPIED

if TYPE_CHECKING:
    from trackside.model.foreign import Item

_MOST_REMARKS = 20
_BYTES = 64 << 20
_FLUSHED = 4 << 20
_LONGEST_TEXT = 64 << 10
_LONGEST_PIECE = 128 << 10
_FOUND = ("name", "project", "group", "tags", "notes", "archived", "user", "host", "command", "cwd", "seed", "job")

Place = Callable[[File], dict[str, tuple[str, int]]]
"""Takes care of the content of an artifact, and says under which hash or address each of its files is found."""


class Scribe:
    """Writes one round of a copy: all items that came since the last time.

    `logs` tells how many logs the run had before, `restarts` how often it went back. Logs appear under their names at
    `begin` and grow, so that a reader sees a copy while it is made.
    """

    def __init__(self, run: RunPaths, mode: int, place: Place, *, logs: int = 0, restarts: int = 0) -> None:
        self._run = run
        self._mode = mode
        self._place = place
        self._sequence = self._first = logs
        self._restarts = restarts
        self._writer = identity.new_writer()
        self._descriptor = -1
        self._size = 0
        self._created = 0.0
        self._facts: Facts | None = None
        self._values = 0
        self._time = 0.0
        self._buffer = bytearray()
        self._encoder = Encoder(0)
        self._console: Console | None = None
        self._remarks = 0
        self._current: dict[str, bool] = {}
        self._takers: dict[type, Callable[[Any], None]] = {
            Facts: self._take_facts,
            Points: self._take_points,
            Restart: self._take_restart,
            Texts: self._take_texts,
            Histograms: self._take_histograms,
            Printed: self._take_printed,
            File: self._take_file,
            Mark: self._take_mark,
            Remark: self._take_remark,
            Cursor: self._take_cursor,
        }

    def __enter__(self) -> "Scribe":
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()

    @property
    def values(self) -> int:
        """How many values of metrics were written by now."""
        return self._values

    @property
    def sequence(self) -> int:
        """How many logs the run has, this one's too."""
        return self._sequence + (self._descriptor >= 0)

    @property
    def restarts(self) -> int:
        """How often the run went back by now."""
        return self._restarts

    @property
    def facts(self) -> Facts | None:
        """What was said of the run last."""
        return self._facts

    def take(self, item: "Item") -> None:
        """Write an item. OSError where the disk does not take it."""
        self._takers[type(item)](item)
        if len(self._buffer) > _FLUSHED:
            self.flush()

    def stamp(self, stamp: Any, *, left_out: str = "", broken: bool = False) -> None:
        """Say which state of the run's files has been read.

        `left_out` tells which files of artifacts were not taken; `broken` that more was read than the last cursor
        tells of.
        """
        self._say_standing("stamp", stamp)
        self._say_standing("left_out", left_out)
        self._say_standing("broken", broken)

    def beat(self, time: float) -> None:
        """Say that the run is still going on."""
        self._say(journal.heartbeat(time, 0))
        self.flush()

    def flush(self) -> None:
        """Hand on to the file what was written so far. OSError where that is not possible."""
        if self._console is not None:
            self._console.flush()
        if self._buffer:
            logfile.append(self._opened(), bytes(self._buffer))
            self._size += len(self._buffer)
            self._buffer.clear()

    def close(self, *, sync: bool = False) -> None:
        """End the log; `sync` makes it durable."""
        self._end_log(sync=sync)
        if self._console is not None:
            self._console.close(sync=sync)
            self._console = None

    def let_go(self) -> None:
        """Leave everything as it is, with no file open."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._console is not None:
            with suppress(OSError):
                self._console.close()
            self._console = None

    def _end_log(self, *, sync: bool = False) -> None:
        if self._descriptor < 0 and not self._buffer:
            return
        self._say(journal.packed(Kind.CLOSE, {"rotated": False}))
        self.flush()
        if sync:
            os.fsync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        self._sequence += 1
        self._encoder = Encoder(0)
        self._size = 0

    def _say(self, frame: bytes) -> None:
        self._buffer += frame

    def _opened(self) -> int:
        if self._descriptor < 0:
            name = f"{self._writer}.{self._sequence - self._first}"
            self._descriptor = logfile.create(self._run.logs, name, self._mode, self._opening)
        return self._descriptor

    def _opening(self, inode: int) -> bytes:
        opening = {
            "format": journal.FORMAT,
            "run": self._run.id.removeprefix(".new-"),
            "writer": self._writer,
            "seq": self._sequence,
            "role": COPIED,
            "resume": self._restarts,
            "host": os.uname().nodename,
            "inode": inode,
            "time": self._created,
        }
        return journal.packed(Kind.OPEN, opening)

    def _take_facts(self, facts: Facts) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        self._created = moment(facts.created) or 0.0
        self._time = max(self._time, self._created)
        self._say_facts()

    def _say_facts(self) -> None:
        if self._facts is None:
            return
        for section, values in self._sections(self._facts):
            for part in in_parts(values):
                self._say(journal.packed(Kind.STATE, {section: part}))
        self._say_current()
        self._say_status()

    def _say_status(self) -> None:
        """Say how the run stands: each log does, since it is read from the last one."""
        if self._facts is None:
            return
        traceback = self._facts.traceback
        said = {
            "status": self._facts.status,
            "exit_code": int64(self._facts.exit_code),
            "traceback": None if traceback is None else cut(traceback[-_LONGEST_TEXT:]),
            "running": self._facts.running,
        }
        ended = moment(self._facts.ended)
        self._say(journal.packed(Kind.STATUS, said if ended is None else said | {"time": ended}))

    def _sections(self, facts: Facts) -> Iterator[tuple[str, dict[str, Any]]]:
        found = {name: getattr(facts, name) for name in _FOUND}
        yield "run", found | {"created": self._created, "end_known": facts.end_known}
        yield "params", facts.params
        yield "metrics", facts.metrics
        yield "data", {role: msgspec.to_builtins(data) for role, data in facts.data.items()}
        yield "code", self._kept(msgspec.to_builtins(facts.code), "patch_file", facts.patch, self._run.patch)
        yield "environment", self._kept(msgspec.to_builtins(facts.environment), "lock_file", facts.lock, self._run.lock)

    def _kept(
        self, said: dict[str, Any], key: str, text: str | None, path: Callable[[str | None], Path]
    ) -> dict[str, Any]:
        """What is said, and beside it in the run's folder the text that it speaks of."""
        if text is None:
            return said
        content = text.encode(errors="replace")
        file = path(f"{COPIED}-{hashlib.sha256(content).hexdigest()[:12]}")
        if not file.exists():
            file.write_bytes(content)
            file.chmod(self._mode)
        return {**said, key: file.name, **({"patch_bytes": len(content)} if key == "patch_file" else {})}

    def _take_points(self, points: Points) -> None:
        if not len(points.step):
            return
        keys, value = _first_of_each(points.keys, points.value)
        self._values += value.size
        time = self._times(points.time)
        plan, before = self._encoder.plan(keys)
        self._buffer += b"".join(before)
        if plan is not None:
            self._buffer += _frames(plan.schema, points.step, time, value)
        else:
            rows = zip(points.step.tolist(), time.tolist(), value.tolist(), strict=True)
            for step, at, numbers in rows:
                self._buffer += b"".join(self._encoder.sparse(keys, numbers, step, at))

    def _times(self, time: "np.ndarray[Any, np.dtype[np.float64]]") -> "np.ndarray[Any, np.dtype[np.float64]]":
        """Moments that a calendar has dates for; one that is not known is that of the point before."""
        known = (time >= 0) & (time < LATEST)
        if not known.all():
            place = np.maximum.accumulate(np.where(known, np.arange(len(time)), -1))
            time = np.where(place < 0, self._time, time[np.maximum(place, 0)])
        self._time = float(time[-1])
        return time

    def _take_restart(self, restart: Restart) -> None:
        self._end_log()
        self._restarts += 1
        if restart.step is None:
            self._print_anew()
        step = resumes.BEFORE_ALL if restart.step is None else restart.step
        said = {"kind": resumes.MARK, "time": self._moment(restart.time), "step": int64(step), "text": "began again"}
        self._say(journal.packed(Kind.MARK, said))
        if restart.step is None:
            self._remarks = 0
            self._current.clear()
            self._say_facts()
        else:
            self._say_status()

    def _take_texts(self, texts: Texts) -> None:
        for part in in_parts(texts.values):
            said = {"step": int64(texts.step), "time": self._moment(texts.time), "values": part}
            self._say(journal.packed(Kind.MIXED, said))

    def _take_histograms(self, histograms: Histograms) -> None:
        said = {"step": int64(histograms.step), "time": self._moment(histograms.time)}
        for name, one in histograms.values.items():
            value = {short(name): {HISTOGRAM: msgspec.to_builtins(one)}}
            self._say(journal.packed(Kind.MIXED, {**said, "values": value}))

    def _print_anew(self) -> None:
        """Begin a stream whose name says that those before it are of what the run was before."""
        if self._console is not None:
            self._console.close()
        self._console = Console(self._run.console, f"{self._writer}-{self._sequence}{console.ANEW}", self._mode)

    def _take_printed(self, printed: Printed) -> None:
        if self._console is None:
            self._console = Console(self._run.console, f"{self._writer}-{self._sequence}", self._mode)
        if not self._console.write(self._moment(printed.time), printed.data):
            self._take_remark(Remark(f"It printed more than {MOST_PRINTED >> 20} MiB; the rest is left out"))

    def _take_file(self, file: File) -> None:
        """Say what an artifact is. One whose list is too long for a frame becomes `name`, `name.2`, `name.3`, …."""
        placed = {path: list(place) for path, place in self._place(file).items()}
        for part, files in enumerate(in_parts(placed) if placed else [placed], start=1):
            said = {
                "kind": short(file.kind),
                "bytes": sum(size for _, size in files.values()),
                "files": files,
                "time": self._moment(file.time),
                "step": int64(file.step),
            }
            name = short(file.name) if part == 1 else f"{short(file.name)}.{part}"
            self._say(journal.packed(Kind.STATE, {"artifacts": {name: said}}))

    def _take_mark(self, mark: Mark) -> None:
        kind = mark.kind if mark.kind != resumes.MARK else "note"
        said = {
            "kind": short(kind),
            "time": self._moment(mark.time),
            "step": int64(mark.step),
            "text": cut(mark.text[:_LONGEST_TEXT]),
        }
        self._say(journal.packed(Kind.MARK, said))

    def _take_remark(self, remark: Remark) -> None:
        said = {short(remark.sentence): remark.incomplete}
        if self._remarks >= _MOST_REMARKS or said.items() <= self._current.items():
            return
        self._remarks += 1
        if remark.current:
            self._current |= said
            self._say_current()
        else:
            self._say(journal.packed(Kind.STATE, {REMARKS: said}))

    def _say_current(self) -> None:
        """Say how the files are now: facts begin all that is known, so it is said again after them."""
        if self._current:
            self._say(journal.packed(Kind.STATE, {CURRENT: self._current}))

    def _take_cursor(self, cursor: Cursor) -> None:
        """Say how far all is whole. A log that is long enough ends here, so that each that is there is whole."""
        self._say_standing("cursor", cursor.state)
        if self._size + len(self._buffer) > _BYTES:
            self._end_log()
            self._say_status()

    def _say_standing(self, key: str, state: Any) -> None:
        """Say it as JSON, in as many pieces as the size of a frame asks for; nearly always one."""
        text = msgspec.json.encode(state).decode()
        pieces = [text[start : start + _LONGEST_PIECE] for start in range(0, len(text), _LONGEST_PIECE)]
        for place, piece in enumerate(pieces[1:], start=1):
            self._say(journal.packed(Kind.STATE, {SECTION: {f"{key}.{place}": piece}}))
        self._say(journal.packed(Kind.STATE, {SECTION: {key: pieces[0], f"{key}.pieces": len(pieces)}}))

    def _moment(self, time: float) -> float:
        return self._time if moment(time) is None else time


def _frames(schema: int, step: Any, time: Any, value: Any) -> bytes:
    """The frames of rows of one key set, all made at once."""
    width = value.shape[1]
    size = journal.row_size(width)
    layout = np.dtype(
        {
            "names": ["size", "kind", "step", "time", "value", "crc"],
            "formats": ["<u4", "<u2", "<i8", "<f8", ("<f8", (width,)), "<u4"],
            "offsets": [0, 4, 6, 14, 22, size - 4],
            "itemsize": size,
        }
    )
    rows = np.zeros(len(step), layout)
    rows["size"], rows["kind"], rows["step"], rows["time"], rows["value"] = size - 8, schema, step, time, value
    rows["crc"] = row_checksums.of_rows(rows.view(np.uint8).reshape(len(rows), size)[:, 4:-4])
    return rows.tobytes()


def _first_of_each(keys: tuple[str, ...], value: Any) -> tuple[tuple[str, ...], Any]:
    """Keys that are not too long, each once."""
    places = {short(key): place for place, key in reversed(list(enumerate(keys)))}
    if len(places) == len(keys):
        return tuple(map(short, keys)), value
    return tuple(places), value[:, list(places.values())]
