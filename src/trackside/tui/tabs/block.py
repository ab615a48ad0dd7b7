"""A block of lines about a part of a run, however many: they are made again only where that part has changed."""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from trackside.tui.widgets.lines import Line

PartT = TypeVar("PartT")


class Block(Generic[PartT]):
    """Called with a part of a run it gives the lines that `make` makes of it."""

    def __init__(self, make: Callable[[PartT], list[Line]]) -> None:
        self._make = make
        self._packed = b""
        self._lines: list[Line] = []

    def __call__(self, part: PartT) -> list[Line]:
        """Its lines. Parts are told apart by their bytes: True equals 1, and NaN not even itself."""
        packed = msgspec.msgpack.encode(part)
        if packed != self._packed:
            self._packed, self._lines = packed, self._make(part)
        return self._lines
