"""What comes of a store on a host without trackside: pieces of files as they are, and files of runs told in brief.

All of it is a claim: what makes no sense is a StoreError.
"""

import math
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from trackside.model.bounds import Count, Int64
from trackside.model.errors import StoreError
from trackside.model.keys import short
from trackside.services.remote.bare.brief import text_of
from trackside.services.remote.bare.offered import as_sealed
from trackside.services.remote.protocol import alike
from trackside.store import journal
from trackside.store.journal import Kind

if TYPE_CHECKING:
    from trackside.store.curves import Series

_MOST_HEAD = 1 << 20
_MOST_INODE = 1 << 64
_LOGS = "w/"
_LENGTH = struct.Struct("<I")
_TOTAL = 3
"""Where the sum of its values stands in what is told of a metric: of one that is held back, NaN."""


class FileNews(msgspec.Struct, frozen=True):
    """Bytes of a file from `start` on; its last write was `age` seconds ago."""

    run: str
    path: str
    start: int
    inode: int
    age: float
    size: int


class AllFiles(msgspec.Struct, frozen=True):
    """The names of all files of a run; `whole` where nothing of them is missing here now."""

    run: str
    all: list[str]
    whole: bool


class _Told(msgspec.Struct, frozen=True):
    """A file in brief; its content is bytes, a value that is written as JSON, or the frames that stand for a log."""

    path: str
    inode: int
    age: float
    content: Any


class Brief(msgspec.Struct, frozen=True):
    """A run that is new or has changed, as its stamp tells, or is gone and has none.

    Without `files` it is not known here as it is now, and cannot be told in brief.
    """

    run: str
    stamp: Int64 | None
    files: list[_Told] | None

    def pieces(self) -> Iterator[tuple[FileNews, bytes]]:
        """Its files, in the order in which they are written; logs as those that were sealed, without their columns."""
        for told in self.files or ():
            _check_inode(told.inode)
            for path, data in _written(told):
                yield FileNews(self.run, path, 0, told.inode, told.age, len(data)), data

    def made(self) -> list[str]:
        """The files among them that are none there: they stand for logs."""
        return [as_sealed(told.path)[0] for told in self.files or () if told.path.startswith(_LOGS)]

    def held_back(self) -> list[str]:
        """The metrics whose values did not come."""
        logs = [told.content for told in self.files or () if isinstance(told.content, list)]
        try:
            summaries = [said for log in logs for kind, said in log if kind == Kind.SUMMARY]
            told = (metric for summary in summaries for metric in summary.items())
            return [short(name) for name, stats in told if math.isnan(stats[_TOTAL])]
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise StoreError(f"runs that came make no sense: {error}") from None


def briefs(answer: bytes) -> list[Brief]:
    """The runs that an answer tells of."""
    try:
        return msgspec.convert(alike.unpacked(answer), list[Brief])
    except (ValueError, msgspec.ValidationError) as error:
        raise StoreError(f"runs that came make no sense: {error}") from None


def outline(answer: bytes) -> "Series | None":
    """Some points of a curve; None where the other side cannot tell which."""
    import numpy as np

    from trackside.store.curves import Series

    try:
        if not (came := alike.unpacked(answer)):
            return None
        count, points = msgspec.convert(came[0], Count), msgspec.convert(came[1:], list[tuple[Int64, float, float]])
    except (ValueError, msgspec.ValidationError) as error:
        raise StoreError(f"a curve that came makes no sense: {error}") from None
    step, time, value = zip(*points, strict=True) if points else ((), (), ())
    columns = np.array(step, np.int64), np.array(time, np.float64), np.array(value, np.float64)
    return Series(*columns, of=None if count == len(points) else count)


def pieces(answer: bytes) -> Iterator[tuple[FileNews | AllFiles, bytes]]:
    """The files that an answer holds."""
    at = 0
    while at < len(answer):
        try:
            (length,) = _LENGTH.unpack_from(answer, at)
            head = answer[at + _LENGTH.size : at + _LENGTH.size + length]
            news = _head(head)
        except (struct.error, msgspec.MsgspecError) as error:
            raise StoreError(f"files that came make no sense: {error}") from None
        at += _LENGTH.size + length
        size = 0
        if isinstance(news, FileNews):
            _check_inode(news.inode)
            size = news.size
        if length > _MOST_HEAD or not 0 <= size <= len(answer) - at:
            raise StoreError("files that came make no sense: they are longer than what came")
        yield news, answer[at : at + size]
        at += size


def _head(head: bytes) -> FileNews | AllFiles:
    if b'"path":' in head:
        return msgspec.json.decode(head, type=FileNews)
    return msgspec.json.decode(head, type=AllFiles)


def _check_inode(inode: int) -> None:
    if not 0 <= inode < _MOST_INODE:
        raise StoreError("files that came make no sense: no file has such a number")


def _written(told: _Told) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file, and of what says that a log is sealed."""
    if isinstance(told.content, bytes):
        yield told.path, told.content
        return
    try:
        if isinstance(told.content, dict):
            yield told.path, text_of(told.content)
            return
        data = log_of(told.content)
    except (TypeError, ValueError, OverflowError, RecursionError, struct.error, msgspec.MsgspecError) as error:
        raise StoreError(f"files that came make no sense: {error}") from None
    rest, pyramid = as_sealed(told.path)
    yield rest, data
    yield pyramid, b""


def log_of(frames: list[Any]) -> bytes:
    """The bytes of a log in which these frames stand."""
    return b"".join(_frame(kind, said) for kind, said in frames)


def _frame(kind: int, said: Any) -> bytes:
    if kind == Kind.HEARTBEAT:
        return journal.heartbeat(*said)
    return journal.frame(kind, said if isinstance(said, bytes) else msgspec.msgpack.encode(said))
