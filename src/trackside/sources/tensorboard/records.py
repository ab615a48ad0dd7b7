"""The records of an event file that grows, many at a time, each with whole checksums."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
from google_crc32c import value as crc32c
from numpy.typing import NDArray

from trackside.sources.opening import opened, seen
from trackside.sources.tensorboard.framing import FOOTER, HEADER, MASK, length_of

LONGEST = 64 << 20
"""The longest record that is read, in bytes. What is longer is passed over: graphs are, numbers are not."""

_READ = 1 << 20
_MOST_SIZES = 10_000


class Batch(msgspec.Struct, frozen=True):
    """Records that were read together: the bytes `starts[i]` to `starts[i] + sizes[i]` of `data`, whole and checked.

    `start` is where `data` begins in the file.
    """

    data: bytes
    start: int
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def __getitem__(self, number: int) -> bytes:
        start = int(self.starts[number])
        return self.data[start : start + int(self.sizes[number])]


class Trouble(msgspec.Struct):
    """What in a file was no record: how many were passed over, and whether reading had to stop.

    `lost` says that what follows the last whole record is none: not the beginning of one that is still being written.
    """

    damaged: int = 0
    too_long: int = 0
    lost: bool = False


class Records:
    """Records of a file of the tree `root` from `offset` on, which moves to the end of the last one that was whole.

    A context manager.
    """

    def __init__(self, path: Path, root: Path, offset: int) -> None:
        self.offset = offset
        self.size = 0
        self.trouble = Trouble()
        self._file = opened(path, root)
        self._sizes: dict[bytes, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def torn(self) -> bool:
        """Whether bytes follow the last whole record."""
        return self.offset < self.size

    def seen(self) -> int:
        """A checksum by which to tell later that the file is still the one that was read."""
        return seen(self._file, self.offset)

    def __iter__(self) -> Iterator[Batch]:
        """All records that are whole by now."""
        self.size = self._file.seek(0, 2)
        wanted = _READ
        while self.offset + HEADER + FOOTER <= self.size:
            data = self._read(min(wanted, self.size - self.offset))
            wanted = _READ
            batch = self._batch(data)
            if batch is not None:
                yield batch
                continue
            length = length_of(data[:HEADER]) if len(data) >= HEADER else None
            if length is None:
                self.trouble.lost = True
                return
            whole = HEADER + length + FOOTER
            if whole > self.size - self.offset or whole <= len(data):
                return
            if length > LONGEST:
                self.trouble.too_long += 1
                self.offset += whole
            else:
                wanted = whole

    def _read(self, size: int) -> bytes:
        self._file.seek(self.offset)
        pieces: list[bytes] = []
        while size and (piece := self._file.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _batch(self, data: bytes) -> Batch | None:
        """The whole records at the beginning of `data`, which are passed; None if there are none.

        A damaged record is passed over, unless it is the last of the file: that one may still be written.
        """
        ends = np.array(self._ends(data), np.int64)
        if not len(ends):
            return None
        starts = np.concatenate([[0], ends[:-1]]) + HEADER
        stops = ends - FOOTER
        crcs = [crc32c(data[start:stop]) for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
        whole = _stored(data, stops) == _masked(crcs)
        if not whole[-1] and self.offset + ends[-1] == self.size:
            starts, stops, ends, whole = starts[:-1], stops[:-1], ends[:-1], whole[:-1]
            if not len(ends):
                return None
        self.trouble.damaged += int((~whole).sum())
        batch = Batch(data, self.offset, starts[whole], (stops - starts)[whole])
        self.offset += int(ends[-1])
        return batch

    def _ends(self, data: bytes) -> list[int]:
        """Where each record ends in `data`, up to the first that is not all there."""
        sizes = self._sizes
        last = len(data) - HEADER
        ends: list[int] = []
        at = 0
        while at <= last:
            header = data[at : at + HEADER]
            try:
                at += sizes[header]
            except KeyError:
                length = length_of(header)
                if length is None:
                    break
                at += HEADER + length + FOOTER
                if len(sizes) < _MOST_SIZES:
                    sizes[header] = HEADER + length + FOOTER
            ends.append(at)
        if ends and ends[-1] > len(data):
            ends.pop()
        return ends


def _stored(data: bytes, places: NDArray[np.int64]) -> NDArray[np.uint32]:
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), FOOTER)
    return windows[places].view("<u4").ravel().astype(np.uint32)


def _masked(crcs: list[int]) -> NDArray[np.uint32]:
    crc = np.array(crcs, np.uint32)
    return (crc >> np.uint32(15) | crc << np.uint32(17)) + np.uint32(MASK)
