"""A bounded buffer, and a thread that empties it, between training and a file system on another machine.

A mount that stalls then stalls the thread, not training: files are made, written and closed by the thread alone, in
the order in which that was asked for. At most 250 ms of rows are in memory while the mount answers; rows that do not
fit are refused, and counted by the writer.
"""

import errno
import os
import threading
import time as clock
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from trackside.store import logfile

FLUSH_BYTES = 1 << 20
FLUSH_SECONDS = 0.25
MOST_BYTES = 16 << 20
FSYNC_SECONDS = 1.0
_RETRY_SECONDS = 5.0

_Frame: TypeAlias = tuple[int, bytes]
_Job: TypeAlias = Callable[[], None]


class Buffer:
    """Takes frames at once and writes them in their order from a thread of its own.

    Files are known by numbers that are given out here, so that a frame can be put for one that is yet to be made.
    """

    def __init__(self, trouble: Callable[[OSError], None]) -> None:
        self._trouble = trouble
        self._changed = threading.Condition()
        self._waiting: deque[_Frame | _Job] = deque()
        self._urgent: list[_Job] = []
        self._bytes = 0
        self._unwritten = 0
        self._files: dict[int, int] = {}
        self._numbers = 0
        self._unsynced: dict[int, int] = {}
        self._lost = 0
        self._writing = False
        self._hurry = False
        self._refused = False
        self._ended = False
        self._thread: threading.Thread | None = None
        self._no_thread_until = 0.0

    def open(self, create: Callable[[], int]) -> int:
        """The number of a file that `create` makes, again and again until it can."""
        number = self._next_number()

        def make() -> None:
            self._files[number] = create()

        self.later(make)
        return number

    def adopt(self, descriptor: int) -> int:
        """The number of a file that is open already."""
        number = self._next_number()
        self._files[number] = descriptor
        return number

    def put(self, number: int, frame: bytes) -> int:
        """Take a frame for the file: its length, or 0 where there is no room for it."""
        with self._changed:
            if self._bytes + len(frame) > MOST_BYTES:
                return 0
            self._waiting.append((number, frame))
            self._bytes += len(frame)
            self._unwritten += 1
            self._wake(at_once=self._bytes >= FLUSH_BYTES)
            return len(frame)

    def write(self, number: int, frame: bytes) -> None:
        """Take a frame. TimeoutError where there is no room for it."""
        self.complete(number, frame, self.put(number, frame), b"")

    def complete(self, number: int, frame: bytes, written: int, behind: bytes) -> None:  # noqa: ARG002
        """A frame is taken whole or not at all: TimeoutError where `put` did not take it."""
        if written != len(frame):
            raise TimeoutError(0, "the file system does not answer")

    def first(self, job: _Job) -> None:
        """Do something before all that waits."""
        with self._changed:
            self._urgent.append(job)
            self._wake(at_once=True)

    def later(self, job: _Job) -> None:
        """Do something in its turn. What raises OSError is told, and done again before anything else is."""
        with self._changed:
            self._waiting.append(job)
            self._wake(at_once=False)

    def close(self, number: int) -> None:
        """Close a file after what was put for it is written."""
        self.later(partial(self._close, number))

    def descriptor(self, number: int) -> int | None:
        """The open file; None while it is not made yet."""
        return self._files.get(number)

    def drain(self, patience: float) -> bool:
        """Wait until all that was put is written, at most `patience` seconds."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            return self._changed.wait_for(self._is_idle, patience if self._thread is not None else 0)

    def end(self, patience: float) -> int:
        """Write what there is, at most for `patience` seconds, and stop the thread. How many frames are not written."""
        self.drain(patience)
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            return self._unwritten + self._lost

    def forget(self) -> None:
        """In a forked process: what is in here is the other process's to write."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files = {}
        self._waiting = deque()

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _wake(self, *, at_once: bool) -> None:
        if self._thread is None:
            self._start()
        elif at_once:
            self._changed.notify_all()

    def _start(self) -> None:
        """Start the thread. Where the machine has none to give, that is told and tried again later."""
        if clock.monotonic() < self._no_thread_until:
            return
        # It is known as started before it is: a signal's handler that puts something meanwhile starts no second one.
        self._thread = threading.Thread(target=self._empty, name="trackside-flush", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self._thread = None
            self._no_thread_until = clock.monotonic() + _RETRY_SECONDS
            self._trouble(OSError(errno.EAGAIN, str(error)))

    def _is_idle(self) -> bool:
        return not self._waiting and not self._writing

    def _empty(self) -> None:
        synced = clock.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(self._is_due, FLUSH_SECONDS)
                if self._ended and (not self._waiting or self._refused):
                    return
                taken, self._waiting, self._bytes = deque([*self._urgent, *self._waiting]), deque(), 0
                self._urgent = []
                self._hurry = self._refused = False
                self._writing = True
            kept = self._work_off(taken)
            if self._unsynced and not kept and clock.monotonic() - synced >= FSYNC_SECONDS:
                for number in list(self._unsynced):
                    self._make_sure(number, self._files.get(number), os.fsync)
                synced = clock.monotonic()
            with self._changed:
                self._refused = bool(kept)
                self._waiting.extendleft(reversed(kept))
                self._bytes += sum(len(waiting[1]) for waiting in kept if isinstance(waiting, tuple))
                self._writing = False
                self._changed.notify_all()

    def _is_due(self) -> bool:
        """Whether to write before the time is up. After a refusal the full time is waited for."""
        return self._ended or (not self._refused and (self._hurry or self._bytes >= FLUSH_BYTES))

    def _work_off(self, taken: "deque[_Frame | _Job]") -> "deque[_Frame | _Job]":
        """Do as much as the file system lets us; the rest comes back. What can never be done is left out, and told."""
        while taken:
            first = taken[0]
            try:
                if isinstance(first, tuple):
                    self._write_first(taken, first[0])
                else:
                    first()
                    taken.popleft()
            except OSError as error:
                self._trouble(error)
                return taken
            except Exception as error:  # noqa: BLE001  whatever it is, what comes behind it is still to be written
                taken.popleft()
                self._trouble(OSError(0, repr(error)))
        return taken

    def _write_first(self, taken: "deque[_Frame | _Job]", number: int) -> None:
        """Write what comes first and is for one file, much of it at once; one frame where a full disk takes no more."""
        same = _first_frames(taken, number)
        try:
            logfile.append(self._files[number], b"".join(same))
        except OSError:
            same = same[:1]
            logfile.append(self._files[number], same[0])
        self._unsynced[number] = self._unsynced.get(number, 0) + len(same)
        for _ in same:
            taken.popleft()
        with self._changed:
            self._unwritten -= len(same)

    def _close(self, number: int) -> None:
        self._make_sure(number, self._files.pop(number, None), os.close)

    def _make_sure(self, number: int, descriptor: int | None, how: Callable[[int], None]) -> None:
        """Sync or close a file, once. Where that fails, what was written since the last time may not be there."""
        written = self._unsynced.pop(number, 0)
        try:
            if descriptor is not None:
                how(descriptor)
        except OSError as error:
            self._trouble(error)
            with self._changed:
                self._lost += written


def _first_frames(taken: "deque[_Frame | _Job]", number: int) -> list[bytes]:
    """The frames that come first and are for one file, up to about a MiB of them."""
    same: list[bytes] = []
    size = 0
    for waiting in taken:
        if not isinstance(waiting, tuple) or waiting[0] != number or size >= FLUSH_BYTES:
            break
        same.append(waiting[1])
        size += len(waiting[1])
    return same
