"""Logs as far as they were decoded: of one that is still written to, only what is new is read again."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from trackside.model.histogram import LoggedHistogram
from trackside.store import journal, resumes, said
from trackside.store.decode import Block, Chunk, Decoder, Floats, Steps, joined
from trackside.store.journal import Frame, Kind
from trackside.store.resumes import Resume

Points: TypeAlias = tuple[Steps, Floats, Floats]
"""Step, time and value of points."""

Text: TypeAlias = tuple[int, float, str]
"""Step, time and words of a text."""

T = TypeVar("T")

_READ_BYTES = 4 << 20
_CACHED_BYTES = 256 << 20
_OPEN_BYTES = 4_096
_FULL = 4 << 20
"""Bytes up to which blocks are joined: while they are, all of it is held twice."""


class Head(NamedTuple):
    """What a log says of itself: its first frame, and where the run went on with it if it is that of a resume."""

    opened: dict[str, Any]
    resume: Resume | None = None

    def and_of(self, frame: Frame) -> "Head":
        """With what a frame adds to that; the same where it makes no sense."""
        try:
            if frame.kind == Kind.OPEN:
                return Head(said.opening(frame.payload))
            if frame.kind == Kind.MARK and self.resume is None and resumes.number(self.opened):
                return Head(self.opened, resumes.resume(self.opened, said.mark(frame.payload)))
        except said.NONSENSE:
            return self
        return self


class Tail(msgspec.Struct):
    """A log as far as it was decoded. Rows stand in few blocks, however few came at a time."""

    inode: int = 0
    offset: int = 0
    decoder: Decoder = msgspec.field(default_factory=Decoder)
    head: Head = msgspec.field(default_factory=lambda: Head({}))
    blocks: dict[tuple[str, ...], list[Block]] = msgspec.field(default_factory=dict)
    words: dict[str, list[Text]] = msgspec.field(default_factory=dict)
    drawn: dict[str, list[bytes]] = msgspec.field(default_factory=dict)
    """Rows with histograms of each name as they stand in the log, which are read when somebody asks for them."""

    def take(self, chunk: Chunk) -> None:
        """Take in what was decoded after `offset`."""
        for frame in chunk.others:
            self.head = self.head.and_of(frame)
            if frame.kind == Kind.MIXED:
                self._take_mixed(frame.payload)
        for block in chunk.blocks:
            blocks = self.blocks.setdefault(block.keys, [])
            blocks.append(block)
            while len(blocks) > 1 and _are_to_be_joined(*blocks[-2:]):
                blocks[-2:] = [joined(blocks[-2:])]
        self.offset += chunk.end

    def points(self, metric: str) -> list[Points]:
        """The points of a metric, `NAME@N` where the log is that of rank N."""
        rank = resumes.whose(self.head.opened)
        if not metric.endswith(rank):
            return []
        name = metric.removesuffix(rank)
        return [
            (block.step, block.time, block.values[:, keys.index(name)])
            for keys, blocks in self.blocks.items()
            if name in keys
            for block in blocks
        ]

    def texts(self, name: str) -> list[Text]:
        """The texts of that name, `NAME@N` where the log is that of rank N."""
        rank = resumes.whose(self.head.opened)
        return list(self.words.get(name.removesuffix(rank), ())) if name.endswith(rank) else []

    def histograms(self, name: str) -> list[LoggedHistogram]:
        """The histograms of that name; those of ranks are not told apart from the run's, and left out."""
        if resumes.whose(self.head.opened):
            return []
        rows = map(said.mixed, self.drawn.get(name, ()))
        return [found for row in rows if (found := row.histogram(name)) is not None]

    def _take_mixed(self, payload: bytes) -> None:
        row = said.mixed(payload)
        for key, words in row.words().items():
            self.words.setdefault(key, []).append((row.step, row.time, words))
        for key in row.drawn():
            self.drawn.setdefault(key, []).append(payload)


class TailCache:
    """Logs that were decoded lately. Safe to use from several threads."""

    def __init__(self) -> None:
        self._tails: OrderedDict[Path, Tail] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, log: Path, wanted: Callable[[Tail], list[T]]) -> tuple[Head, list[T]]:
        """What is `wanted` of the log as it stands now. FileNotFoundError where it has been sealed."""
        with self._lock:
            tail = self._tail(log)
            return tail.head, wanted(tail)

    def _tail(self, log: Path) -> Tail:
        descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return self._read(log, descriptor)
        finally:
            os.close(descriptor)

    def _read(self, log: Path, descriptor: int) -> Tail:
        found = os.fstat(descriptor)
        tail = self._tails.get(log)
        if tail is None or tail.inode != found.st_ino or tail.offset > found.st_size:
            tail = self._tails[log] = Tail(found.st_ino)
        self._tails.move_to_end(log)
        while data := os.pread(descriptor, min(_READ_BYTES, found.st_size - tail.offset), tail.offset):
            chunk = tail.decoder.feed(data, verify="tail")
            tail.take(chunk)
            if chunk.end == 0:
                break
        while len(self._tails) > 1 and sum(kept.offset for kept in self._tails.values()) > _CACHED_BYTES:
            self._tails.popitem(last=False)
        return tail


def _are_to_be_joined(earlier: Block, later: Block) -> bool:
    """Only what is much alike in size, so that no row is copied more than a few times."""
    return len(earlier.step) <= 2 * len(later.step) and sum(part.nbytes for part in (*earlier[1:], *later[1:])) <= _FULL


def sealed(rest: Path) -> Tail:
    """What a sealed log left of all that is no row of floats."""
    tail = Tail()
    tail.take(Decoder().feed(rest.read_bytes()))
    return tail


@lru_cache(maxsize=4_096)
def sealed_head(rest: Path) -> Head:
    """What a sealed log said of itself, in the frames that it left."""
    head = Head({})
    with rest.open("rb") as stream:
        beginning = stream.read(_OPEN_BYTES)
        if (first := next(journal.frames(beginning), None)) is not None:
            head = head.and_of(first)
        if resumes.number(head.opened):
            for frame in journal.frames(beginning + stream.read()):
                head = head.and_of(frame) if frame.kind != Kind.OPEN else head
                if head.resume is not None:
                    break
    return head
