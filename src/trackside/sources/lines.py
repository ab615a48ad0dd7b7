"""The whole lines of a text file that grows, from where they were last read."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trackside.sources.opening import opened, seen
from trackside.sources.protocol import SourceError

LONGEST = 16 << 20
"""The longest line that is read, in bytes; a longer one is passed over."""

_READ = 1 << 20
_BOM = "\ufeff"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class Lines:
    """Lines of a file of the tree `root`, without their ends, from the state of an earlier reading on.

    A context manager.

    A line is whole once its newline is there. What follows the last one is not given and not passed: it is `torn`.
    Text that is no UTF-8 is read with replacements; NUL bytes that a crash left around a line are taken off it. None
    stands for a line of more than `LONGEST` bytes.

    `anew` says that the file is not the continuation of what was read before, since it is shorter than that, or other
    at its beginning or just before where reading goes on: it is read from its beginning then. A file that was replaced
    by one that begins with the same is its continuation.
    """

    def __init__(self, path: Path, root: Path, state: Any = None) -> None:
        self.path = path
        self.offset = 0
        self.torn = False
        self.anew = False
        self._file = opened(path, root)
        try:
            self._begin(state)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[str | None]:
        """The lines that are whole by now; asked again, those that came since."""
        self._file.seek(self.offset)
        pieces: list[bytes] = []
        size = 0
        while piece := self._file.read(_READ):
            *ends, rest = piece.split(b"\n")
            for end in ends:
                size += len(end)
                line = None if size > LONGEST else _text(b"".join((*pieces, end)), first=self.offset == 0)
                pieces.clear()
                self.offset += size + 1
                size = 0
                yield line
            size += len(rest)
            pieces.append(rest)
            if size > LONGEST:
                pieces.clear()
        self.torn = size > 0

    @property
    def changed(self) -> float:
        """When the file was last written to, in seconds since the epoch."""
        return os.fstat(self._file.fileno()).st_mtime

    def rest(self) -> tuple[str, int]:
        """What follows the last newline, and the offset after it; nothing where it is longer than a line may be."""
        content = self._at(self.offset, LONGEST + 1)
        if b"\n" in content or len(content) > LONGEST:
            return "", self.offset
        return _text(content, first=self.offset == 0), self.offset + len(content)

    def take_rest(self, offset: int) -> None:
        """Take what follows the last newline, as far as `offset`, for a whole line."""
        self.offset = offset
        self.torn = False

    def state(self, offset: int | None = None) -> dict[str, int]:
        """What a later reading goes on from: after the last line that was given, or at `offset`. JSON."""
        at = self.offset if offset is None else offset
        return {"offset": at, "seen": seen(self._file, at)}

    def _begin(self, state: Any) -> None:
        if state is not None:
            self.anew = not self._continues(state["offset"], state["seen"])
            self.offset = 0 if self.anew else state["offset"]
        if self._at(0, 2) in _UTF16_BOMS:
            raise SourceError(f"{self.path}: is UTF-16; write it as UTF-8 (`iconv -f utf-16 -t utf-8`) to read it")

    def _continues(self, offset: int, before: int) -> bool:
        return 0 <= offset <= os.fstat(self._file.fileno()).st_size and seen(self._file, offset) == before

    def _at(self, start: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, start)


def _text(line: bytes, *, first: bool) -> str:
    text = line.decode(errors="replace")
    return (text.removeprefix(_BOM) if first else text).strip("\0").removesuffix("\r")
