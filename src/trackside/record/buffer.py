"""A bounded buffer, and a thread that empties it, between training and a file system on another machine.

A mount that stalls then stalls the thread, not training. At most 250 ms of rows are in memory while the mount answers;
rows that do not fit are refused, and counted by the writer.
"""

import os
import threading
import time as clock
from collections import deque
from collections.abc import Callable
from itertools import takewhile
from typing import TypeAlias

from trackside.record import logfile

FLUSH_BYTES = 1 << 20
FLUSH_SECONDS = 0.25
MOST_BYTES = 16 << 20
FSYNC_SECONDS = 1.0


_Put: TypeAlias = tuple[int, bytes | None]


class Buffer:
    """Takes frames at once and writes them in their order from a thread of its own."""

    def __init__(self, trouble: Callable[[OSError], None]) -> None:
        self._trouble = trouble
        self._changed = threading.Condition()
        self._frames: deque[_Put] = deque()
        self._bytes = 0
        self._writing = False
        self._hurry = False
        self._refused = False
        self._ended = False
        self._thread: threading.Thread | None = None

    def put(self, descriptor: int, frame: bytes) -> int:
        """Take a frame for the file: its length, or 0 where there is no room for it."""
        with self._changed:
            if self._bytes + len(frame) > MOST_BYTES:
                return 0
            self._frames.append((descriptor, frame))
            self._bytes += len(frame)
            if self._thread is None:
                self._thread = threading.Thread(target=self._empty, name="trackside-flush", daemon=True)
                self._thread.start()
            elif self._bytes >= FLUSH_BYTES:
                self._changed.notify_all()
            return len(frame)

    def close(self, descriptor: int) -> None:
        """Close a file after what was put for it is written."""
        with self._changed:
            self._frames.append((descriptor, None))

    def drain(self, patience: float) -> bool:
        """Wait until all that was put is written, at most `patience` seconds."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._frames and not self._writing, patience)

    def end(self, patience: float) -> bool:
        """Write what there is, at most for `patience` seconds, and stop the thread. Whether all was written."""
        drained = self.drain(patience)
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        return drained

    def forget(self) -> None:
        """In a forked process: what is in here is the other process's to write."""
        for descriptor in {of for of, frame in self._frames if frame is None}:
            os.close(descriptor)
        self._frames = deque()

    def _empty(self) -> None:
        synced = clock.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(self._is_due, FLUSH_SECONDS)
                if self._ended and (not self._frames or self._refused):
                    return
                taken, self._frames, self._bytes = self._frames, deque(), 0
                self._hurry = self._refused = False
                self._writing = True
            newest = taken[-1] if taken else None
            kept = self._write_out(taken)
            if (
                newest is not None
                and newest[1] is not None
                and not kept
                and clock.monotonic() - synced >= FSYNC_SECONDS
            ):
                self._sync(newest[0])
                synced = clock.monotonic()
            with self._changed:
                self._refused = bool(kept)
                self._frames.extendleft(reversed(kept))
                self._bytes += sum(len(frame) for _, frame in kept if frame is not None)
                self._writing = False
                self._changed.notify_all()

    def _is_due(self) -> bool:
        """Whether to write before the time is up. After a refusal the full time is waited for."""
        return self._ended or (not self._refused and (self._hurry or self._bytes >= FLUSH_BYTES))

    def _write_out(self, taken: "deque[_Put]") -> "deque[_Put]":
        """Write as much as the file system takes; the rest comes back."""
        while taken:
            descriptor, frame = taken[0]
            if frame is None:
                os.close(descriptor)
                taken.popleft()
                continue
            same = _first_of_one_file(taken)
            try:
                logfile.append(descriptor, b"".join(frame for _, frame in same if frame is not None))
            except OSError as error:
                self._trouble(error)
                return taken
            for _ in same:
                taken.popleft()
        return taken

    def _sync(self, descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError as error:
            self._trouble(error)


def _first_of_one_file(taken: "deque[_Put]") -> list[_Put]:
    first = taken[0][0]
    return list(takewhile(lambda put: put[0] == first and put[1] is not None, taken))
