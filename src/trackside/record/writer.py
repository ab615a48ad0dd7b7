"""The log that one process writes of one run: rows, and every other frame, each on disk when the call returns.

One re-entrant lock goes round encoding, writing and rotating, so that threads and a signal handler may log. A process
that was forked off gets a log of its own at its first row. Trouble with storage is told once, counted, and never raised.
"""

import os
import struct
import threading
import time as clock
import weakref
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from trackside.record import logfile
from trackside.record.buffer import Buffer
from trackside.record.encoder import Encoder, Plan
from trackside.record.values import Value
from trackside.record.voice import Voice
from trackside.store import journal
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, file_name
from trackside.store.liveness import boot_id

ROTATE_BYTES = 64 << 20
ROTATE_ROWS = 1_000_000
_SMALLEST_ROOM = ROTATE_BYTES // ROTATE_ROWS
_RETRY_SECONDS = 5.0
_NO_STEP = -(1 << 63) - 1

_writers: "weakref.WeakSet[Writer]" = weakref.WeakSet()


class Writer:
    """Appends to a log of its own. All methods may be called from any thread; none raises because of storage."""

    def __init__(self, run: RunPaths, mode: int, identity: Mapping[str, Any], voice: Voice, *, buffered: bool) -> None:
        self._run = run
        self._mode = mode
        self._identity = identity
        self._voice = voice
        self._buffered = buffered
        self._step = _NO_STEP
        self._lasts: dict[str, tuple[int, Value]] = {}
        self.role = "main"
        self._begin()
        _writers.add(self)

    def _begin(self) -> None:
        self.lock = threading.RLock()
        self.name = f"{file_name(os.uname().nodename.partition('.')[0])}-{os.getpid()}-{uuid4().hex[:8]}"
        self.dropped = 0
        self.closed = False
        self._descriptor = -1
        self._sequence = 0
        self._opening = False
        self._retry_at = 0.0
        self._owed: list[bytes] = []
        self._buffer = Buffer(self._lost) if self._buffered else None
        self._put = os.write if self._buffer is None else self._buffer.put
        self._start_log(-1)

    def _start_log(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._encoder = Encoder(_SMALLEST_ROOM)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._room = ROTATE_BYTES

    def row(self, values: Mapping[str, Any], step: int | None) -> bool:
        """Log one row if it is of the usual kind: floats under keys that this log knows, at a whole step or the next one.

        False, and nothing is written, where it is not, so that the caller looks closer. This is the path that every
        step of training takes: one frame made, one write.
        """
        with self.lock:
            try:
                plan = self._plans[tuple(values)]
                numbers = tuple(values.values())
                if tuple(map(type, numbers)) != plan.types:
                    return False
                if step is None:
                    step = self._step + 1
                elif type(step) is not int:
                    return False
                frame = plan.pack(step, clock.time(), numbers)
            except (KeyError, TypeError, AttributeError, struct.error):
                return False
            if step > self._step:
                self._step = step
            plan.numbers = numbers
            plan.step = step
            try:
                written = self._put(self._descriptor, frame)
            except OSError as error:
                self._lost(1, error)
                return True
            self._room -= plan.room
            if written != plan.size or self._room <= 0:
                self._after_row(written, plan.size)
            return True

    def floats(self, values: Mapping[str, float], step: int, time: float) -> None:
        """Log a row of floats under any keys."""
        keys = tuple(values)
        with self.lock:
            if not self._ready():
                self._lost(1)
                return
            self._step = max(self._step, step)
            plan, before = self._encoder.plan(keys)
            self._owed += before
            if plan is None:
                frames = list(self._encoder.sparse(keys, tuple(values.values()), step, time))
                self._lasts.update((key, (step, value)) for key, value in values.items())
            else:
                plan.numbers, plan.step = tuple(values.values()), step
                frames = [plan.pack(step, time, plan.numbers)]
            for frame in frames:
                self._append(frame, _SMALLEST_ROOM)
            if plan is not None and not self._owed:
                self._plans[keys] = plan

    def mixed(self, values: Mapping[str, Any], step: int, time: float) -> None:
        """Log values that are not floats: text, blobs, whole numbers that no float holds."""
        with self.lock:
            if not self._ready():
                self._lost(1)
                return
            self._step = max(self._step, step)
            self._lasts.update((key, (step, value)) for key, value in values.items() if isinstance(value, int | str))
            self._append(journal.packed(Kind.MIXED, {"step": step, "time": time, "values": values}), _SMALLEST_ROOM)

    def say(self, kind: Kind, value: Any) -> None:
        """Write a frame that is no row. It is owed until the disk takes it."""
        self._say(journal.packed(kind, value))

    def mark_from_signal(self, name: str, patience: float) -> None:
        """Note a signal that arrived; give up after `patience` seconds if another thread is in the middle of a write."""
        frame = journal.packed(
            Kind.MARK, {"kind": "signal", "time": clock.time(), "step": self.last_step, "text": name}
        )
        if self.lock.acquire(timeout=patience):
            try:
                self._say(frame)
            finally:
                self.lock.release()
        if self._buffer is not None:
            self._buffer.drain(patience)

    def beat(self) -> None:
        """Say that the process is alive, and how many rows it could not keep."""
        with self.lock:
            if self._descriptor >= 0 and not self.closed:
                self._say(journal.heartbeat(clock.time(), self.dropped))

    def close(self, patience: float) -> None:
        """End the log. What comes later is not written."""
        with self.lock:
            if self.closed:
                return
            if self._descriptor >= 0:
                self.beat()
                self.say(Kind.CLOSE, {"rotated": False})
            self.closed = True
            self._plans = {}
            descriptor, self._descriptor = self._descriptor, -1
        if self._buffer is not None:
            self._buffer.end(patience)
        if descriptor >= 0:
            os.close(descriptor)

    @property
    def last_step(self) -> int | None:
        """The largest step so far."""
        return None if self._step == _NO_STEP else self._step

    def next_step(self) -> int:
        """The step of a row that names none."""
        return 0 if self._step == _NO_STEP else self._step + 1

    def last(self, metric: str) -> Value | None:
        """The value of `metric` at its largest step, as far as this process logged it."""
        found = [self._lasts[metric]] if metric in self._lasts else []
        for plan in self._encoder.plans.values():
            if metric in plan.keys and plan.numbers:
                found.append((plan.step, plan.numbers[plan.keys.index(metric)]))
        return max(found, key=lambda point: point[0])[1] if found else None

    def _say(self, frame: bytes) -> None:
        with self.lock:
            if self.closed:
                return
            self._owed.append(frame)
            if self._ready():
                self._pay()

    def _ready(self) -> bool:
        """Whether there is a log to write to; opens it if need be. False too while it is being opened."""
        if self._descriptor >= 0:
            return True
        if self.closed or self._opening or clock.monotonic() < self._retry_at:
            return False
        self._opening = True
        try:
            self._start_log(self._open_log())
        except OSError as error:
            self._trouble(error)
            self._retry_at = clock.monotonic() + _RETRY_SECONDS
        finally:
            self._opening = False
        return self._descriptor >= 0

    def _open_log(self) -> int:
        opening = {
            "format": journal.FORMAT,
            "run": self._run.id,
            "writer": self.name,
            "seq": self._sequence,
            "role": self.role,
            "boot": boot_id(),
            "pid": os.getpid(),
            "pid_start": _start_of_process(),
            **self._identity,
            "time": clock.time(),
        }
        frame = journal.packed(Kind.OPEN, opening)
        return logfile.create(self._run.logs, f"{self.name}.{self._sequence}", self._mode, frame)

    def _append(self, frame: bytes, room: int) -> None:
        """Write a row after all that is owed; count it as lost where the disk does not take it."""
        if not self._pay():
            self._lost(1)
            return
        try:
            self._write(frame)
        except OSError as error:
            self._lost(1, error)
            return
        self._room -= max(room, len(frame))
        if self._room <= 0:
            self._rotate()

    def _pay(self) -> bool:
        """Write what is owed, in its order."""
        try:
            while self._owed:
                self._write(self._owed[0])
                self._room -= len(self._owed.pop(0))
        except OSError as error:
            self._plans = {}
            self._trouble(error)
        return not self._owed

    def _write(self, frame: bytes) -> None:
        if self._buffer is not None:
            if self._buffer.put(self._descriptor, frame) != len(frame):
                raise BlockingIOError(0, "the file system does not answer")
        else:
            logfile.append(self._descriptor, frame)

    def _after_row(self, written: int, size: int) -> None:
        """A row that was written in part is taken back; a log that is full is followed by the next."""
        if written != size:
            try:
                if self._buffer is None:
                    logfile.cut(self._descriptor, written)
            finally:
                self._lost(1)
        elif self._room <= 0:
            self._rotate()

    def _rotate(self) -> None:
        """Go on in the next log. It is there before the full one is closed, so that the run never seems to have ended."""
        if self._opening:
            return
        self._opening = True
        full = self._descriptor
        self._sequence += 1
        try:
            descriptor = self._open_log()
        except OSError as error:
            self._sequence -= 1
            self._room = _SMALLEST_ROOM * 1000
            self._trouble(error)
            return
        finally:
            self._opening = False
        for frame in (journal.heartbeat(clock.time(), self.dropped), journal.packed(Kind.CLOSE, {"rotated": True})):
            try:
                self._write(frame)
            except OSError as error:
                self._trouble(error)
        if self._buffer is not None:
            self._buffer.close(full)
        else:
            os.close(full)
        self._remember_lasts()
        self.dropped = 0
        self._start_log(descriptor)

    def _remember_lasts(self) -> None:
        for plan in self._encoder.plans.values():
            for key, value in zip(plan.keys, plan.numbers, strict=False):
                self._lasts[key] = (plan.step, value)

    def _lost(self, rows: int, error: OSError | None = None) -> None:
        self.dropped += rows
        self._trouble(error)

    def _trouble(self, error: OSError | None) -> None:
        why = error.strerror if error is not None and error.strerror else "the disk is full"
        self._voice.once("storage", f"cannot write to {self._run.root}: {why}; training goes on, lost rows are counted")

    def after_fork(self) -> None:
        """In a process that was forked off: let go of all that is the other process's."""
        descriptor = self._descriptor
        if self._buffer is not None:
            self._buffer.forget()
        self.role = "child"
        closed = self.closed
        self._begin()
        self.closed = closed
        if descriptor >= 0:
            os.close(descriptor)


def _start_of_process() -> int | None:
    """When this process was started, in clock ticks since the machine was; a pid is used again, the two together not."""
    try:
        with open("/proc/self/stat", "rb") as stream:
            return int(stream.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None


def _after_fork_in_child() -> None:
    for writer in list(_writers):
        writer.after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
