"""The end of what a run printed, as lines. Only the end of a long stream is read, and what was left out is counted."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TAIL_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tail:
    """The last lines of a run's console. `left_out` bytes before them were not read."""

    lines: tuple[str, ...]
    left_out: int


def tail(files: Sequence[Path], limit: int = _TAIL_BYTES) -> Tail:
    """The last `limit` bytes of the files, which follow one another in time; cut at the beginning of a line."""
    pieces: list[bytes] = []
    left_out = 0
    room = limit
    for path in reversed(files):
        size, piece = _end_of(path, room)
        pieces.append(piece)
        room -= len(piece)
        left_out += size - len(piece)
    data = b"".join(reversed(pieces))
    if left_out and b"\n" in data:
        cut = data.index(b"\n") + 1
        left_out += cut
        data = data[cut:]
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return Tail(tuple(text.removesuffix("\n").split("\n")) if text else (), left_out)


def _end_of(path: Path, limit: int) -> tuple[int, bytes]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            return size, file.read(max(0, min(limit, size)))
    except FileNotFoundError:
        return 0, b""
