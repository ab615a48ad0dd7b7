"""The log that one process writes of one run, in whole frames, each on disk when the call returns.

Encoding, writing and rotating take turns, so that threads and a signal's handler may write. A process that was forked
off gets a log of its own when it first writes. Trouble with storage is told once, counted, and never raised; what the
disk does not take even of that is said aside. What rows are, it does not know.
"""

import os
import resource
import time as clock
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from trackside.record.aside import Aside
from trackside.record.background import Heart
from trackside.record.buffer import Buffer
from trackside.record.direct import Direct
from trackside.record.reserve import Reserve
from trackside.record.roles import MAIN, role_of_child
from trackside.record.turns import Turns
from trackside.record.voice import Voice
from trackside.record.worker import at_end_of_process
from trackside.store import changed, journal, logfile
from trackside.store.identity import new_writer, start_of_process
from trackside.store.journal import Kind
from trackside.store.layout import RunPaths, StorePaths
from trackside.store.liveness import SILENCE_SECONDS, boot_id

ROTATE_BYTES = 64 << 20
ROTATE_ROWS = 1_000_000
ROW_ROOM = ROTATE_BYTES // ROTATE_ROWS
"""A row takes at least so much of a log's room, so that one number tells when either limit is reached."""

_RETRY_SECONDS = 5.0
_PATIENCE = 5.0
_TAKEN_FOR_DEAD_SECONDS = SILENCE_SECONDS / 2
_RETRY_ROOM = 1000 * ROW_ROOM

_logs: "weakref.WeakSet[Log]" = weakref.WeakSet()


class Log(Turns):
    """The frames of one process. Methods may be called from any thread; none raises because of storage."""

    def __init__(
        self,
        run: RunPaths,
        mode: int,
        identity: Mapping[str, Any],
        voice: Voice,
        *,
        buffered: bool,
        role: str = MAIN,
        resume: int = 0,
    ) -> None:
        self.role = role
        self.resume = resume
        self._run = run
        self._mode = mode
        self._identity = identity
        self._voice = voice
        self._buffered = buffered
        self._closed = False
        self._begin()
        _logs.add(self)

    def _begin(self) -> None:
        self.take_turns()
        self.name = new_writer()
        self.dropped = 0
        self._dropped_before = 0
        self._sequence = 0
        self._between_frames = True
        self._slipped_in: list[bytes] = []
        self._retry_at = 0.0
        self._owed: list[bytes] = []
        self._why: str | None = None
        self._well_at = _now()
        self._ending: list[bytes] = []
        self._aside = Aside(self._run.own)
        self._files = Buffer(self._trouble) if self._buffered else Direct()
        self._put = self._files.put
        self._reserve = Reserve(self._run.logs, self.name, self._mode)
        self._heart = Heart(self.beat)
        self._start(-1)

    def _start(self, descriptor: int) -> None:
        """Go on in the log that was opened; -1 is none yet."""
        self._descriptor = descriptor
        self._room = _room()

    @property
    def is_open(self) -> bool:
        """Whether there is a log on disk."""
        return self._descriptor >= 0

    @property
    def is_buffered(self) -> bool:
        """Whether a thread of its own writes, since the file system may keep a writer waiting."""
        return self._buffered

    @property
    def last_step(self) -> int | None:
        """The largest step that was logged so far."""
        return None

    def start(self) -> None:
        """Open the log. OSError where that cannot be; a log that is opened by its first frame only tells of it."""
        with self.lock:
            self._start(self._files.adopt(self._creation(self._sequence)()))
            self._reserve.take()
        self._heart.start()

    def say(self, kind: Kind, value: Any) -> None:
        """Write a frame that is no row. It is owed until the disk takes it."""
        frame = journal.packed(kind, value)
        if kind == Kind.STATUS:
            self._ending = [frame]
        self._do(partial(self._say, frame))

    def signal(self, name: str, step: int | None, patience: float) -> None:
        """Note a signal; give up after `patience` seconds where another thread is held up in the middle of a write.

        The signal may be about to end the process, so its note goes before what this thread is busy with, if it can.
        """
        frame = journal.packed(Kind.MARK, {"kind": "signal", "time": clock.time(), "step": step, "text": name})
        if self.lock.acquire(timeout=patience):
            try:
                if not self._slip_in(frame):
                    self._do(partial(self._say, frame))
                if self._why is not None:
                    self._say_aside(frame)
            finally:
                self.lock.release()
        self._files.drain(patience)
        self._aside.wait()

    def after(self, job: Callable[[], None]) -> None:
        """Do what touches the disk after all that was said: now, or in the thread where the disk may not answer."""
        self._files.later(job)

    def announce(self) -> None:
        """Tell readers that there is something new of the run."""
        self.after(self._tell_readers)

    def beat(self) -> None:
        """Say that the process is alive, and how many rows it could not keep."""
        self._do(self._beat)

    def close(self, patience: float) -> None:
        """End the log. What comes later is not written."""
        self._heart.stop()
        self._do(partial(self._close, patience))

    def _slip_in(self, frame: bytes) -> bool:
        """Write a frame in the middle of what this thread is busy with. Whether there was a place for it."""
        if not self._busy or not self._between_frames or not self.is_open:
            return False
        try:
            self._files.write(self._descriptor, frame)
        except OSError:
            return False
        self._slipped_in.append(frame)
        self._jobs.append(self._slipped_in.clear)
        return True

    def _beat(self) -> None:
        if self.is_open and (not self._owed or self._pay()):
            self._say(journal.heartbeat(clock.time(), self.dropped))
            if not self._owed:
                self.after(self._all_is_well)
            self.after(self._look_whether_it_is_there)
            self.after(self._reserve.renew)
        if self._why is not None:
            self._say_aside(journal.heartbeat(clock.time(), self.dropped))

    def _close(self, patience: float) -> None:
        if self._closed:
            return
        self._files.first(self._reserve.give_back)
        self._beat()
        if self.is_open:
            self._between_frames = False
            self._say(journal.packed(Kind.CLOSE, {"rotated": False}))
        self._aside.wait()  # by its lock the run is seen to go on after this log is closed
        last = self._descriptor
        self._closed = True
        self._start(-1)
        if last >= 0:
            self._close_file(last)
        unwritten = self._files.end(patience)
        if unwritten or self._owed:
            self._say_aside(journal.heartbeat(clock.time(), self.dropped + unwritten), *self._ending)
        else:
            self._aside.take_back()
        self._aside.end()
        lost = self._dropped_before + self.dropped + unwritten
        if lost:
            self._voice.once("lost", f"{lost:,} rows were not written to {self._run.root} when the run ended")

    def _close_file(self, descriptor: int) -> None:
        """Close a file of the log. Some file systems tell only now that they did not take what was written."""
        try:
            self._files.close(descriptor)
        except OSError as error:
            self._trouble(error)

    def _say(self, frame: bytes) -> None:
        if not self._closed:
            self._owed.append(frame)
            if self._ready():
                self._pay()

    def _ready(self) -> bool:
        """Whether there is a log to write to; it is opened if need be."""
        if self._descriptor >= 0:
            return True
        if self._closed or clock.monotonic() < self._retry_at:
            return False
        try:
            self._open()
        except OSError as error:
            self._trouble(error)
            self._retry_at = clock.monotonic() + _RETRY_SECONDS
        return self._descriptor >= 0

    def _open(self) -> None:
        self._start(self._files.open(self._creation(self._sequence)))
        self._heart.start()
        if self._buffered:  # nobody else ends the log of a process that only helps
            at_end_of_process(partial(self.close, _PATIENCE))

    def _creation(self, sequence: int) -> Callable[[], int]:
        """What makes the log of this number, as things stand now, whenever it is called."""
        name, opening = f"{self.name}.{sequence}", self._opening(sequence)
        return partial(logfile.create, self._run.logs, name, self._mode, opening)

    def _opening(self, sequence: int, **more: Any) -> Callable[[int], bytes]:
        """The first frame of a log by its inode, as things stand now."""
        said = {
            "format": journal.FORMAT,
            "run": self._run.id,
            "writer": self.name,
            "seq": sequence,
            "role": self.role,
            "resume": self.resume,
            "step": self.last_step,
            "boot": boot_id(),
            "pid": os.getpid(),
            "pid_start": start_of_process(),
            **self._identity,
            "time": clock.time(),
            **more,
        }
        return lambda inode: journal.packed(Kind.OPEN, {**said, "inode": inode})

    def _append(self, frame: bytes) -> None:
        """Write a row after all that is owed; count it as lost where the disk does not take it."""
        if not self._ready() or not self._pay():
            self.dropped += 1
            return
        try:
            self._write(frame)
        except OSError as error:
            self._lose_row(error)
            return
        self._room -= max(ROW_ROOM, len(frame))

    def _pay(self) -> bool:
        """Write what is owed, in its order. Whether nothing is owed any more."""
        try:
            while self._owed:
                self._write(self._owed[0])
                self._room -= len(self._owed.pop(0))
        except OSError as error:
            self._trouble(error)
        return not self._owed

    def _write(self, frame: bytes) -> None:
        """Write a whole frame, or nothing of it and raise OSError."""
        self._slipped_in.clear()
        written = self._put(self._descriptor, frame)
        if written != len(frame):
            self._complete(frame, written)

    def _complete(self, frame: bytes, written: int) -> None:
        """Write the rest of a frame of which a part was written, or take that back and raise OSError."""
        self._between_frames = False
        try:
            self._files.complete(self._descriptor, frame, written, b"".join(self._slipped_in))
        finally:
            self._between_frames = True

    def _rotate_if_full(self) -> None:
        """Go on in the next log, if this one is full and nothing is owed to it.

        The next one is there before the full one is closed, so that the run never seems to have ended.
        """
        if self._room > 0 or self._owed:
            return
        try:
            following = self._files.open(self._creation(self._sequence + 1))
        except OSError as error:
            self._room = _RETRY_ROOM
            self._trouble(error)
            return
        full = self._descriptor
        self._between_frames = False
        try:
            self._say_rotated()
            self._aside.take_back()
            self._sequence += 1
            self._start(following)
        finally:
            self._between_frames = True
        self._close_file(full)

    def _say_rotated(self) -> None:
        """End a full log. Where the disk takes no more, what it lost is told in the next one."""
        try:
            beat = journal.heartbeat(clock.time(), self.dropped)
            self._write(beat + journal.packed(Kind.CLOSE, {"rotated": True}))
        except OSError as error:
            self._trouble(error)
        else:
            self._dropped_before += self.dropped
            self.dropped = 0

    def _lose_row(self, error: OSError) -> None:
        self.dropped += 1
        self._trouble(error)

    def _trouble(self, error: OSError) -> None:
        self._why = error.strerror or "the disk is full"
        self._voice.once(
            "storage", f"cannot write to {self._run.root}: {self._why}; training goes on, lost rows are counted"
        )

    def _all_is_well(self) -> None:
        """The disk took all. After a silence by which readers took this process for dead, they are told to look."""
        self._why = None
        before, self._well_at = self._well_at, _now()
        if self._well_at - before > _TAKEN_FOR_DEAD_SECONDS:
            self._tell_readers()

    def _tell_readers(self) -> None:
        store = StorePaths(self._run.store)
        try:
            changed.announce(store, self.name, self._run.id)
        except OSError as error:
            self._voice.once("changed", f"cannot write to {store.changed}: {error.strerror}; readers look less often")

    def _say_aside(self, *frames: bytes) -> None:
        """Say what the log does not take where readers of this user look too."""
        opening = self._opening(self._sequence, why=self._why)
        self._aside.say(f"{self.name}.{self._sequence}", opening, *frames)

    def _look_whether_it_is_there(self) -> None:
        """What is written to a log that was removed goes nowhere, and nobody says so. One that was moved is fine."""
        descriptor = self._files.descriptor(self._descriptor)
        if descriptor is not None and os.fstat(descriptor).st_nlink == 0:
            self._voice.once(
                "gone", f"the log of this run was removed from {self._run.root}; training goes on, what it logs is lost"
            )

    def after_fork(self) -> None:
        """In a process that was forked off: let go of all that is the other process's."""
        inherited = (self._files, self._aside)
        self.role = role_of_child(self.role)
        self._begin()
        for files in inherited:
            files.forget()


def _now() -> float:
    """A clock that also runs while the machine is suspended, in seconds."""
    return clock.clock_gettime(clock.CLOCK_BOOTTIME)


def _room() -> int:
    """How much is written to a log before the next is begun: less than a file may hold here, by a frame of any size."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit == resource.RLIM_INFINITY:
        return ROTATE_BYTES
    return min(ROTATE_BYTES, limit - min(limit // 2, journal.MAX_BODY + ROW_ROOM))


def _after_fork_in_child() -> None:
    for log in list(_logs):
        log.after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
