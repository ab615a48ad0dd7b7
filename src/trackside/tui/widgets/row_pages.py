"""Rows of runs, read a page at a time and kept a few pages long: however many there are, no more is held than shown."""

from collections.abc import Callable

import msgspec

from trackside.services.table.rows import Row

_PAGE = 64
_KEPT = 8


class Source(msgspec.Struct, frozen=True):
    """Where rows come from. `position` says where a run stands, None if it is not among them."""

    count: int
    fetch: Callable[[int, int], list[Row]]
    position: Callable[[str], int | None]


EMPTY = Source(0, lambda _start, _end: [], lambda _run_id: None)


class RowPages:
    """The rows of a source."""

    def __init__(self, source: Source = EMPTY) -> None:
        self.source = source
        self._pages: dict[int, list[Row]] = {}

    def row(self, place: int) -> Row | None:
        """The row at a place."""
        if not 0 <= place < self.source.count:
            return None
        number = place // _PAGE
        page = self._pages.get(number)
        if page is None:
            page = self.source.fetch(number * _PAGE, (number + 1) * _PAGE)
            while len(self._pages) >= _KEPT:
                self._pages.pop(next(iter(self._pages)))
            self._pages[number] = page
        return page[place % _PAGE] if place % _PAGE < len(page) else None

    def between(self, start: int, end: int) -> list[Row]:
        """The rows from place `start` to before `end`."""
        return [row for place in range(start, end) if (row := self.row(place)) is not None]

    def forget(self) -> None:
        """Read all of them again when they are wanted."""
        self._pages = {}
