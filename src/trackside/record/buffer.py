"""What stands between a training step and a file system on another machine: a bounded buffer and a thread that empties it.

A mount that stalls then stalls the thread, not training. At most 250 ms of rows are in memory while the mount answers;
rows that do not fit are refused, and counted by the writer.
"""

import os
import threading
import time as clock
from collections import deque
from collections.abc import Callable

from trackside.record import logfile

FLUSH_BYTES = 1 << 20
FLUSH_SECONDS = 0.25
MOST_BYTES = 16 << 20
FSYNC_SECONDS = 1.0


class Buffer:
    """Takes frames at once and writes them in their order from a thread of its own."""

    def __init__(self, lost: Callable[[int, OSError | None], None]) -> None:
        self._lost = lost
        self._changed = threading.Condition()
        self._frames: deque[tuple[int, bytes | None]] = deque()
        self._bytes = 0
        self._writing = False
        self._hurry = False
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

    def end(self, patience: float) -> None:
        """Write what there is, at most for `patience` seconds, and stop the thread."""
        self.drain(patience)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def forget(self) -> None:
        """In a forked process: what is in here is the other process's to write."""
        self._frames = deque()

    def _empty(self) -> None:
        synced = clock.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or self._hurry or self._bytes >= FLUSH_BYTES, FLUSH_SECONDS)
                if self._ended and not self._frames:
                    return
                taken, self._frames, self._bytes = self._frames, deque(), 0
                self._hurry = False
                self._writing = True
            kept = self._write_out(taken)
            if taken and not kept and clock.monotonic() - synced >= FSYNC_SECONDS:
                synced = clock.monotonic()
                self._sync(taken[-1][0])
            with self._changed:
                self._frames.extendleft(reversed(kept))
                self._bytes += sum(len(frame) for _, frame in kept if frame is not None)
                self._writing = False
                self._changed.notify_all()

    def _write_out(self, taken: "deque[tuple[int, bytes | None]]") -> list[tuple[int, bytes | None]]:
        """Write as much as the file system takes; the rest comes back."""
        pending = list(taken)
        while pending:
            descriptor = pending[0][0]
            count = next(
                (i for i, (of, frame) in enumerate(pending) if of != descriptor or frame is None), len(pending)
            )
            if count == 0:
                os.close(descriptor)
                del pending[0]
                continue
            try:
                logfile.append(descriptor, b"".join(frame for _, frame in pending[:count] if frame is not None))
            except OSError as error:
                self._lost(0, error)
                return pending
            del pending[:count]
        return pending

    def _sync(self, descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError as error:
            self._lost(0, error)
