"""The process between a script's output and where it goes: every byte is passed on at once, and kept.

It is run as this one file by a bare interpreter (`-I -S -E`), so it imports a few small modules and nothing of
trackside, which keeps it at a few MiB. `trackside run` imports it, since it is such a process itself. It knows
descriptors and files, and neither runs nor stores.

As a process: descriptors 1 and 2 are where output goes, 3 and 4 where it comes from, 5 takes commands and 6 answers.
"""

import errno
import fcntl
import os
import select
import stat
import struct
import sys
import termios
import time as clock
from _queue import SimpleQueue
from _thread import LockType, RLock, allocate_lock, start_new_thread
from collections.abc import Callable, Sequence

HEAD_BYTES = 16 << 20
TAIL_BYTES = 64 << 20
PIECE_BYTES = 8 << 20
STAMP_SECONDS = 0.1
QUEUED_BYTES = 16 << 20
STAMP = struct.Struct("<dQ")
OF_ERRORS = 1 << 63
"""The bit of a stamp's offset that says that what begins there was written to descriptor 2, not 1."""


COMMANDS, ANSWERS = 5, 6
DRAIN = b"d"
LOST = b"l"
ENDED = b"e"
GONE = {1: b"1", 2: b"2"}

_AT_ONCE = 64 << 10
_ROOM = 4096
"""A pipe that poll() calls writable takes so much without blocking (PIPE_BUF)."""

_DRAIN_BYTES = 1 << 20
_PER_PIECE = 256
"""What a piece that waits takes beside its bytes."""

_LOOK_SECONDS = 0.25
_RETRY_SECONDS = 5.0


class Kept:
    """A stream in files: `<stem>.log` is its first 16 MiB, `<stem>.<offset>.log` are pieces of the last 64 MiB.

    Beside each lies an `.idx` of pairs, f64 time (seconds since the epoch) and u64 offset in the whole stream, at most
    one in 100 ms, and one wherever standard error and output take turns, if they can be told apart. Files are only ever
    appended to; what lies between the first and the last pieces is unlinked.
    """

    def __init__(self, stem: str, mode: int) -> None:
        self._stem = stem
        self._mode = mode
        self._offset = 0
        self._room = 0
        self._log = self._index = -1
        self._stamped = 0.0
        self._target = 1
        self._pieces: list[tuple[int, str]] = []

    def write(self, data: bytes, time: float, target: int = 1) -> None:
        """Append what came by this descriptor. OSError where the files do not take it: that counts as skipped."""
        view = memoryview(data)
        try:
            while view:
                if not self._room:
                    self._next_piece()
                if time - self._stamped >= STAMP_SECONDS or target != self._target:
                    os.write(self._index, STAMP.pack(time, self._offset | (OF_ERRORS if target == 2 else 0)))
                    self._stamped, self._target = time, target
                written = os.write(self._log, view[: self._room])
                self._offset += written
                self._room -= written
                view = view[written:]
        except OSError:
            self.skip(len(view))
            raise

    def skip(self, size: int) -> None:
        """Leave out so many bytes of the stream: what follows them begins a piece of its own."""
        self._offset += size
        self._room = 0

    def close(self) -> None:
        """Close the files."""
        descriptors, self._log, self._index = (self._log, self._index), -1, -1
        for descriptor in descriptors:
            if descriptor >= 0:
                os.close(descriptor)

    def _next_piece(self) -> None:
        self.close()
        name = f"{self._stem}.{self._offset:015d}" if self._offset else self._stem
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._log = self._create(f"{name}.log", flags)
        self._index = self._create(f"{name}.idx", flags)
        self._room = PIECE_BYTES if self._offset else HEAD_BYTES
        self._stamped = 0.0
        if self._offset:
            self._pieces.append((self._offset, name))
        while len(self._pieces) > 1 and self._offset - self._pieces[1][0] >= TAIL_BYTES:
            _, oldest = self._pieces.pop(0)
            os.unlink(f"{oldest}.log")  # noqa: PTH108  pathlib would double the memory of this process
            os.unlink(f"{oldest}.idx")  # noqa: PTH108

    def _create(self, path: str, flags: int) -> int:
        descriptor = os.open(path, flags, 0o600)
        os.fchmod(descriptor, self._mode)
        return descriptor


class Keeper:
    """Writes a stream from a thread of its own: a file system that stalls does not hold up what is passed on.

    At most 16 MiB wait for it; what comes beyond is left out. `lost` is called where something could not be kept.
    OSError where the machine has no thread to give.
    """

    def __init__(self, kept: Kept, lost: Callable[[], None]) -> None:
        self._kept = kept
        self._lost = lost
        self._queue: SimpleQueue[tuple[float, bytes, int, int] | LockType | None] = SimpleQueue()
        self._putting = RLock()  # a signal's handler may print in the middle of it
        self._closed = False
        self._put = self._done = self._left_out = 0
        self._retry_at = 0.0
        try:
            start_new_thread(self._work, ())
        except RuntimeError as error:
            raise OSError(errno.EAGAIN, str(error)) from error

    def put(self, data: bytes, target: int = 1) -> None:
        """Take bytes to keep that were written to this descriptor, from any thread."""
        with self._putting:
            if self._closed:
                return
            if self._put - self._done > QUEUED_BYTES:
                self._left_out += len(data)
                return
            left_out, self._left_out = self._left_out, 0
            self._put += len(data) + _PER_PIECE
            self._queue.put((clock.time(), data, left_out, target))

    def close(self, patience: float) -> bool:
        """Take no more, and wait at most so many seconds until all is written. The thread ends, whenever it is."""
        with self._putting:
            if self._closed:
                return True
            self._closed = True
        written = self.drain(patience)
        self._queue.put(None)
        return written

    def drain(self, patience: float) -> bool:
        """Wait at most so many seconds until all is written."""
        written = allocate_lock()
        written.acquire()
        self._queue.put(written)
        return written.acquire(timeout=patience)

    def _work(self) -> None:
        while True:
            taken = self._queue.get()
            if taken is None:
                self._end()
                return
            if isinstance(taken, LockType):
                taken.release()
                continue
            time, data, left_out, target = taken
            if left_out:
                self._kept.skip(left_out)
                self._lost()
            self._keep(data, time, target)
            self._done += len(data) + _PER_PIECE

    def _end(self) -> None:
        try:
            self._kept.close()
        except OSError:  # a file system that tells only now that it did not take all
            self._lost()

    def _keep(self, data: bytes, time: float, target: int) -> None:
        if time < self._retry_at:
            self._kept.skip(len(data))
            return
        try:
            self._kept.write(data, time, target)
        except OSError:
            self._retry_at = time + _RETRY_SECONDS
            self._lost()


class Stream:
    """One way that output takes: read from `source`, written to `target`.

    `settings` are those that a pseudo-terminal began with, as `settings_of` gives them.
    """

    def __init__(self, source: int, target: int, settings: str) -> None:
        self.source = source
        self.target = target
        self.pending = b""
        self.most = _AT_ONCE if stat.S_ISREG(os.fstat(target).st_mode) else _ROOM
        self.terminal = os.isatty(source)
        self._settings = settings

    def read(self) -> bytes:
        """What has come, to be passed on next; nothing at the end of the stream."""
        try:
            self.pending = os.read(self.source, _AT_ONCE)
        except OSError:  # a pseudo-terminal ends with EIO
            self.pending = b""
        return self.pending

    def write(self) -> bool:
        """Pass on as much as there is room for. False where nobody takes it any more."""
        try:
            self.pending = self.pending[os.write(self.target, self.pending[: self.most]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        except OSError:
            self.pending = b""
            return not self.terminal
        return True

    def follow(self) -> None:
        """Give the pseudo-terminal the size of the terminal behind it, and that the settings made on it."""
        if not self.terminal:
            return
        copy_size(self.target, self.source)
        if (settings := settings_of(self.source)) != self._settings:
            self._settings = settings
            copy_settings(self.source, self.target)


class Relay:
    """Passes streams on until they end. A stream whose reader has gone is closed, so that its writers are told.

    `keep` takes all that is read, and the target that it is for; `gone` is told the target whose reader has gone.
    """

    def __init__(
        self, streams: Sequence[Stream], keep: Callable[[bytes, int], object], gone: Callable[[int], object]
    ) -> None:
        self.streams = list(streams)
        self._keep = keep
        self._gone = gone

    def run(self, stop: int = -1) -> None:
        """Pass on until every stream has ended, or until `stop` can be read: then all that was written by then."""
        draining, left = False, _DRAIN_BYTES
        while self.streams:
            waiting = any(stream.pending for stream in self.streams)
            ready = self._ready(-1 if draining else stop, at_once=draining and not waiting)
            if draining and not waiting and (not ready or left <= 0):
                return
            draining = draining or stop in ready
            for stream in list(self.streams):
                moved = self._move(stream, ready)
                left -= moved if draining else 0

    def _ready(self, stop: int, *, at_once: bool) -> dict[int, int]:
        """What can be read, what can be written, whose reader has gone: descriptors and poll()'s events."""
        poll = select.poll()
        for stream in self.streams:
            poll.register(stream.target, select.POLLOUT if stream.pending else 0)
            if not stream.pending:
                poll.register(stream.source, select.POLLIN)
        if stop >= 0:
            poll.register(stop, select.POLLIN)
        looking = _LOOK_SECONDS * 1000 if any(stream.terminal for stream in self.streams) else None
        ready = dict(poll.poll(0 if at_once else looking))
        for stream in self.streams:
            stream.follow()
        return ready

    def _move(self, stream: Stream, ready: dict[int, int]) -> int:
        """Read or write what can be; the number of bytes read."""
        if stream.pending:
            if stream.target in ready and not stream.write():
                self._end(stream, gone=True)
            return 0
        if stream.source not in ready:
            if stream.target in ready:
                self._end(stream, gone=True)
            return 0
        data = stream.read()
        if data:
            self._keep(data, stream.target)
        else:
            self._end(stream, gone=False)
        return len(data)

    def _end(self, stream: Stream, *, gone: bool) -> None:
        self.streams.remove(stream)
        stream.follow()
        os.close(stream.source)
        if gone:
            self._gone(stream.target)


def copy_size(source: int, target: int) -> None:
    """Give the terminal `target` the size of `source`, if it has another one."""
    try:
        wanted, known = (fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8)) for descriptor in (source, target))
        if wanted != known:
            fcntl.ioctl(target, termios.TIOCSWINSZ, wanted)
    except OSError:  # the terminal has gone
        return


def settings_of(terminal: int) -> str:
    """How a terminal is set, to be compared; empty where it is none, or has gone."""
    try:
        return repr(termios.tcgetattr(terminal))
    except termios.error:
        return ""


def copy_settings(source: int, target: int) -> None:
    """Set the terminal `target` as `source` is, but for what it does to output."""
    try:
        settings = termios.tcgetattr(source)
        settings[1] = termios.tcgetattr(target)[1]
        termios.tcsetattr(target, termios.TCSANOW, settings)
    except termios.error:  # one of them has gone
        return


def main(stem: str, mode: str, *streams: str) -> None:
    """Pass on and keep, as a process that nobody waits for, of its own session.

    `streams` are source, target and settings of each.
    """
    if os.fork():
        os._exit(0)
    os.setsid()
    os.closerange(ANSWERS + 1, 1 << 20)
    keeper = Keeper(Kept(stem, int(mode, 8)), lambda: _answer(LOST))
    ways = zip(streams[::3], streams[1::3], streams[2::3], strict=True)
    relay = Relay(
        [Stream(int(source), int(target), settings) for source, target, settings in ways],
        keeper.put,
        lambda target: _answer(GONE[target]),
    )
    relay.run(stop=COMMANDS)
    if relay.streams:
        keeper.drain(_RETRY_SECONDS)
        _answer(DRAIN)
        relay.run()
    keeper.drain(_RETRY_SECONDS)
    _answer(ENDED)


def _answer(said: bytes) -> None:
    try:
        os.write(ANSWERS, said)
    except OSError:  # the script has ended
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
