"""A metric's file in a file store: `<milliseconds> <value> <step>` a line, appended to.

MLflow 3 writes a point of a run again when it logs a model: a line that stands there already is no second point, as it
is none in a database.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import msgspec

from trackside.model.foreign import Points
from trackside.sources.mlflow.histories import Histories
from trackside.sources.protocol import SourceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_READ = 1 << 20
_SEEN = 64
_LOOKED_BACK = 4 << 20
_INT64 = 1 << 63
_NUMERIC = b"0123456789.-+e"
_GAPS = b"  \n"
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW


class MetricFile(msgspec.Struct):
    """Reads the whole lines of one file, from `offset` on. `seen` is a checksum of what is just before it.

    `newest` is the largest time that was read, `odd` how many lines were none of a metric; `torn` tells that the file
    ends within a line.
    """

    key: str
    path: str
    offset: int = 0
    seen: int = 0
    newest: int = 0
    odd: int = 0
    torn: bool = False

    @property
    def state(self) -> list[int]:
        """What to go on from, in the order of the fields after the path."""
        return [self.offset, self.seen, self.newest, self.odd]

    def continues(self) -> bool:
        """Whether the file still is what was read of it, and what came after."""
        if self.offset == 0:
            return True
        try:
            handle = os.open(self.path, _FLAGS)
        except OSError:
            return False
        try:
            before = self._before(handle)
            return len(before) == min(self.offset, _SEEN) and crc32(before) == self.seen
        finally:
            os.close(handle)

    def read(self, histories: Histories) -> Iterator[Points]:
        """Add what came since to `histories`; points are given where there are many. SourceError where it is gone."""
        try:
            handle = os.open(self.path, _FLAGS)
            try:
                yield from self._read(handle, histories)
            finally:
                os.close(handle)
        except OSError as error:
            raise SourceError(f"{self.path}: {error.strerror or error}") from error

    def _read(self, handle: int, histories: Histories) -> Iterator[Points]:
        before = self._before(handle)
        end = os.fstat(handle).st_size
        while block := os.pread(handle, max(0, min(_READ, end - self.offset)), self.offset):
            whole = block.rfind(b"\n") + 1 or (len(block) if len(block) == _READ else 0)
            self.torn = whole < len(block)
            if not whole:
                break
            self._add(histories, handle, block[:whole])
            self.offset += whole
            before = (before + block[:whole])[-_SEEN:]
            if histories.full:
                yield from histories.take()
        self.seen = crc32(before)

    def _before(self, handle: int) -> bytes:
        start = max(0, self.offset - _SEEN)
        return os.pread(handle, self.offset - start, start)

    def _add(self, histories: Histories, handle: int, block: bytes) -> None:
        """Add the points of whole lines that were not there before."""
        points = _at_once(block)
        if points is None or points.stamps.min() <= self.newest:
            lines = list(dict.fromkeys(block.splitlines()))
            again = self._again(handle, set(lines)) if self.offset else set()
            points, odd = _one_by_one([line for line in lines if line not in again])
            self.odd += odd
        if len(points.stamps):
            histories.add(self.key, *points)
            self.newest = max(self.newest, int(points.stamps.max()))

    def _again(self, handle: int, lines: set[bytes]) -> set[bytes]:
        """Those of `lines` that stand before them already: near the beginning of the file, or shortly before."""
        found: set[bytes] = set()
        for start in dict.fromkeys((0, max(0, self.offset - _LOOKED_BACK))):
            at, end = start, min(start + _LOOKED_BACK, self.offset)
            while at < end:
                block = os.pread(handle, min(_READ, end - at), at)
                whole = block.rfind(b"\n") + 1
                found |= lines.intersection(block[:whole].splitlines())
                at += whole or max(len(block), 1)
        return found


def last_stamp(path: str) -> int:
    """The milliseconds in the last line of a file that is whole; 0 where there is none."""
    try:
        handle = os.open(path, _FLAGS)
    except OSError:
        return 0
    try:
        size = os.fstat(handle).st_size
        end = os.pread(handle, 1024, max(0, size - 1024))
    finally:
        os.close(handle)
    lines = end[: end.rfind(b"\n")].rsplit(b"\n", 1) if b"\n" in end else []
    try:
        return int(lines[-1].split()[0])
    except (ValueError, LookupError):
        return 0


class _Columns(NamedTuple):
    stamps: "NDArray[np.int64]"
    steps: "NDArray[np.int64]"
    values: "NDArray[np.float64]"


def _at_once(block: bytes) -> _Columns | None:
    """Lines of three finite numbers whose steps grow, so that none is there twice; None where they are not all so.

    As numbers of JSON they are read several times faster than one by one, and to the same bits.
    """
    import numpy as np

    gaps = block.translate(None, _NUMERIC)
    if gaps != _GAPS * (len(gaps) // len(_GAPS)):
        return None
    try:
        numbers = msgspec.json.decode(b"[" + block[:-1].replace(b" ", b",").replace(b"\n", b",") + b"]")
    except msgspec.DecodeError:
        return None
    stamps, steps = np.array(numbers[::3]), np.array(numbers[2::3])
    if stamps.dtype != np.int64 or steps.dtype != np.int64 or not (steps[1:] > steps[:-1]).all():
        return None
    return _Columns(stamps, steps, np.array(numbers[1::3], np.float64))


def _one_by_one(lines: list[bytes]) -> tuple[_Columns, int]:
    """The points of any lines, and how many lines are none."""
    import numpy as np

    rows = [row for line in lines if (row := line.split())]
    points = [point for row in rows if (point := _point(row)) is not None]
    stamps, steps, values = zip(*points, strict=True) if points else ((), (), ())
    columns = _Columns(np.array(stamps, np.int64), np.array(steps, np.int64), np.array(values, np.float64))
    return columns, len(rows) - len(points)


def _point(row: list[bytes]) -> tuple[int, int, float] | None:
    """Time, step and value of a line; of two words (MLflow 1.0) the step is 0, after the third comes a dataset."""
    try:
        stamp, value, step = int(row[0]), float(row[1]), int(row[2]) if len(row) > 2 else 0
    except (ValueError, LookupError):
        return None
    return (stamp, step, value) if max(abs(stamp), abs(step)) < _INT64 else None
