"""Captures `sys.stdout` and `sys.stderr` inside a process whose descriptors belong to somebody else.

That is a notebook's kernel and pytest. What is printed past Python's two streams is not seen.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from trackside.record.console.helper import Keeper, Kept
from trackside.record.voice import Voice

_PATIENCE = 1.0
_TARGETS = {"stdout": 1, "stderr": 2}


class Streams:
    """Python's two streams, each with a copy of what is written to it kept."""

    def __init__(self, stem: Path, mode: int, voice: Voice) -> None:
        def lost() -> None:
            voice.once("console lost", "not all of the console can be kept")

        self._keeper = Keeper(Kept(str(stem), mode), lost)
        self._tees = {name: _Tee(getattr(sys, name), self._keeper.put, of) for name, of in _TARGETS.items()}
        for name, tee in self._tees.items():
            setattr(sys, name, tee)

    def end(self, *, failed: bool) -> None:  # noqa: ARG002  a cell's traceback is the notebook's to show
        """The run has ended."""
        self.close()

    def close(self) -> None:
        """Put the streams back that nobody else has replaced; what was printed is kept."""
        self.forget()
        self._keeper.close(_PATIENCE)

    def forget(self) -> None:
        """Put the streams back. All that a forked process does."""
        for name, tee in self._tees.items():
            if getattr(sys, name) is tee:
                setattr(sys, name, tee.stream)
            tee.keep = _nothing


class _Tee:
    """A text stream whose words are also kept; in all else it is the stream itself."""

    def __init__(self, stream: Any, keep: Callable[[bytes, int], object], target: int) -> None:
        self.stream = stream
        self.keep = keep
        self.target = target

    def write(self, text: str) -> int:
        self.keep(text.encode(errors="replace"), self.target)
        written: int = self.stream.write(text)
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _nothing(_: bytes, __: int) -> None:
    pass
