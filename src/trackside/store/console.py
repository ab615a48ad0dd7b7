"""What a run printed, as its files keep it: the beginning and the end of each stream, and when each part came.

A stream is a file `<writer>.log` and, where it grew long, pieces `<writer>.<offset>.log`; beside each lies an `.idx` of
the moments. The parts between the pieces, and what could not be kept, are missing. Standard library and msgspec only.

Streams of a run of another system are named `<writer>-<number>`; after one whose name ends in `-anew`, those of smaller
numbers are not the run's any more: it was written anew.
"""

import re
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

ANEW = "-anew"
"""What the name of a stream ends in that takes the place of all before it."""

STAMP = struct.Struct("<dQ")
"""How an `.idx` keeps a `Stamp`."""

_OF_ERRORS = 1 << 63
"""The bit of an offset that says so of a `Stamp`."""

_NUMBERED = re.compile(rf".*-(?P<number>\d+)(?P<anew>{ANEW})?")
_PIECE = re.compile(r"(?P<stem>.*?)(?:\.(?P<start>\d{15}))?\.log")
_STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1f\x7f]")


class Stamp(NamedTuple):
    """What a stream printed at `time` (seconds since the epoch) begins at its offset `start`.

    `is_error` where that was standard error, and that can be told from standard output.
    """

    time: float
    start: int
    is_error: bool = False


class Piece(msgspec.Struct, frozen=True):
    """A part of a stream: `size` bytes from the offset `start` of the stream `stem`, wherever they are kept."""

    stem: str
    start: int
    size: int

    def read(self, begin: int, end: int) -> bytes:
        """The bytes [begin, end) of the piece, counted from its own beginning; fewer where it has gone."""
        raise NotImplementedError

    def stamps(self, first: int = 0) -> list[Stamp]:
        """When the parts of the piece came, in their order, as far as that is known; from the `first` one on."""
        raise NotImplementedError


class FilePiece(Piece, frozen=True):
    """A piece that lies in a file of the run's folder."""

    path: Path

    def read(self, begin: int, end: int) -> bytes:
        """The bytes [begin, end)."""
        try:
            with self.path.open("rb") as file:
                file.seek(begin)
                return file.read(end - begin)
        except FileNotFoundError:
            return b""

    def stamps(self, first: int = 0) -> list[Stamp]:
        """The moments in the `.idx` beside it."""
        moments = self.path.with_suffix(".idx")
        try:
            if _size(moments) is None:
                return []
            with moments.open("rb") as file:
                file.seek(first * STAMP.size)
                return unpacked(file.read())
        except FileNotFoundError:
            return []


def pieces(folder: Path) -> list[FilePiece]:
    """All that is kept of a run's console: its streams one after another as they began, each in its order."""
    streams: dict[str, list[FilePiece]] = {}
    for path in folder.glob("*.log"):
        named = _PIECE.fullmatch(path.name)
        size = _size(path)
        if named is not None and size is not None:
            piece = FilePiece(named["stem"], int(named["start"] or 0), size, path)
            streams.setdefault(piece.stem, []).append(piece)
    ordered = [sorted(streams[stem], key=lambda piece: piece.start) for stem in _standing(streams)]
    return [piece for stream in sorted(ordered, key=_began) for piece in stream]


def unpacked(kept: bytes) -> list[Stamp]:
    """The moments of an `.idx`, whose last one may be half written."""
    whole = kept[: len(kept) // STAMP.size * STAMP.size]
    return [Stamp(time, start & ~_OF_ERRORS, start >= _OF_ERRORS) for time, start in STAMP.iter_unpack(whole)]


def packed(stamps: Iterable[Stamp]) -> bytes:
    """The same moments as an `.idx` keeps them."""
    return b"".join(STAMP.pack(time, start | (_OF_ERRORS if is_error else 0)) for time, start, is_error in stamps)


def plain(data: bytes) -> str:
    """Text without what steers a terminal: colours, movements of the cursor, bells."""
    text = data.decode(errors="replace")
    return text if text.isprintable() else _STEERING.sub("", text)


def _standing(stems: Iterable[str]) -> list[str]:
    """The names of streams without those that others took the place of."""
    numbered = {stem: _NUMBERED.fullmatch(stem) for stem in stems}
    since = max((int(found["number"]) for found in numbered.values() if found and found["anew"]), default=0)
    return [stem for stem, found in numbered.items() if found is None or int(found["number"]) >= since]


def _began(stream: Iterable[Piece]) -> tuple[float, int, str]:
    first = next(iter(stream))
    moments, numbered = first.stamps(), _NUMBERED.fullmatch(first.stem)
    return (moments[0].time if moments else 0.0, int(numbered["number"]) if numbered else 0, first.stem)


def _size(path: Path) -> int | None:
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
