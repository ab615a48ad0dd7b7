"""The lines of a stream that comes in pieces, as rules read them: without colours and other steering of a terminal."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from trackside.store.console import plain

LONGEST = 64 << 10
_END = re.compile(rb"(\r\n|\n|\r)")


class Line(NamedTuple):
    """A line. One that is not `whole` ended in a carriage return: it is a state of a progress bar."""

    text: str
    whole: bool


class Lines:
    """Makes lines of bytes. Of a line beyond 64 KiB the end is left out."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._returned = False

    def feed(self, data: bytes) -> Iterator[Line]:
        """The lines that end in these bytes. What has begun before is not searched again, however little comes."""
        data = b"\r" + data if self._returned else data
        self._returned = data.endswith(b"\r")  # a line feed may follow
        first, *following = _END.split(data[:-1] if self._returned else data)
        self._begun += first[: LONGEST - len(self._begun)]
        for end, begun in zip(following[::2], following[1::2], strict=True):
            text, self._begun = bytes(self._begun), bytearray(begun[:LONGEST])
            yield Line(plain(text), end != b"\r")
