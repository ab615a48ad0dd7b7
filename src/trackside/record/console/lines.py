"""The lines of a stream that comes in pieces, as rules read them: without colours and other steering of a terminal."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from trackside.store.console import plain

LONGEST = 64 << 10


class Line(NamedTuple):
    """A line. One that is not `whole` ended in a carriage return: it is a state of a progress bar."""

    text: str
    whole: bool


class Lines:
    """Makes lines of bytes. Of a line beyond 64 KiB the end is left out."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> Iterator[Line]:
        """The lines that end in these bytes."""
        pieces = re.split(rb"(\r\n|\n|\r(?!\n|\Z))", self._begun + data)
        self._begun = pieces.pop()[:LONGEST]
        for text, end in zip(pieces[::2], pieces[1::2], strict=True):
            yield Line(plain(text[:LONGEST]), end != b"\r")
