"""A list of text lines with a cursor and a search; the first ones may stay while the others scroll.

Only the lines on screen are drawn, however many there are. What lines say comes from runs: it is made inert here, and
no markup is ever read from it. The widget knows nothing of runs; a line may carry a target that its owner understands.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile
from operator import eq
from typing import TypeAlias

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trackside.model.visible import MOST_MARKS
from trackside.tui.colours.tones import Toned
from trackside.tui.terminal import one_line

Parts: TypeAlias = tuple[tuple[str, str], ...]
"""Texts and their tones, one behind the other."""

_LONGEST = 20_000
_LETTERS_A_CELL = 1 + MOST_MARKS
_SIDEWAYS = 8
_LEAST_ROOM = 24
"""Cells that wrapped text must have beside an indent of half the width or more; else it is hardly indented."""


class Line(msgspec.Struct, frozen=True):
    """One line: parts of (text, tone). `hang` is the indent of what is wrapped; None cuts instead of wrapping.

    `beside` stands before it, and is not searched.
    """

    parts: Parts
    target: object | None = None
    hang: int | None = 0
    beside: str = ""

    @classmethod
    def of(cls, text: str, style: str = "", *, target: object | None = None, hang: int | None = 0) -> "Line":
        """A line of one style."""
        return cls(((text, style),), target, hang)

    @property
    def plain(self) -> str:
        """The text of all parts, as it is searched and copied."""
        return "".join(text for text, _ in self.parts)


class _LaidOut(msgspec.Struct, frozen=True):
    """What stands on each row of a line, and how wide it is if it is cut."""

    rows: tuple[Parts, ...]
    cells: int = 0


class Lines(ScrollView, Toned, can_focus=True, inherit_bindings=False):
    """Lines to read. It binds no key: the screen's actions call its methods, so that they can be remapped."""

    DEFAULT_CSS = """
    Lines { height: 1fr; width: 1fr; background: $background; scrollbar-size: 0 1;
            scrollbar-gutter: stable; }
    """

    class Moved(Message):
        """The cursor is on another line."""

    class Opened(Message):
        """A line that leads somewhere was clicked twice."""

    def __init__(self, *, name: str | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id)
        self._lines: Sequence[Line] = ()
        self._laid_out: list[_LaidOut] = []
        self._first_rows: list[int] = [0]
        self._cursor = 0
        self._fixed = 0
        self._needle: re.Pattern[str] | None = None

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    @property
    def cursor(self) -> int:
        """The number of the line under the cursor."""
        return self._cursor

    @property
    def target(self) -> object | None:
        """Where the line under the cursor leads; None where it leads nowhere."""
        return self._lines[self._cursor].target if self._lines else None

    def show(self, lines: Iterable[Line], fixed: int = 0) -> None:
        """Replace all lines, of which the first `fixed` stay in sight and are not wrapped. The cursor keeps its number.

        The same lines again cost a terminal nothing, nor is anything done for those before and behind what changed.
        """
        wanted, before = tuple(lines), self._lines
        if wanted == before:
            return
        head = _alike(before, wanted) if fixed == self._fixed else 0
        behind = max(head, fixed, self._fixed)
        tail = _alike(reversed(before[behind:]), reversed(wanted[behind:]))
        self._fixed = fixed
        self._lines = wanted
        self._cursor = min(self._cursor, max(0, len(self._lines) - 1))
        self._lay_out(head, tail)

    def move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self._put_cursor(self._cursor + by)

    def page(self, pages: float) -> None:
        """Move the cursor by so many heights of the screen."""
        self.move(round(pages * max(1, self.size.height - 1 - self._fixed)))

    def to_line(self, number: int) -> None:
        """Put the cursor on a line; a negative number counts from the end."""
        self._put_cursor(number if number >= 0 else len(self._lines) + number)

    def to_edge(self, end: bool) -> None:
        """Put the cursor on the first or the last line."""
        self.to_line(-1 if end else 0)

    def sideways(self, steps: int) -> None:
        """Scroll lines that are cut."""
        self.scroll_to(x=max(0, self.scroll_offset.x + steps * _SIDEWAYS), animate=False)

    def search(self, needle: str) -> int:
        """Show where `needle` stands (case ignored) and go to the next line that has it; returns how many have it."""
        self._needle = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        self.refresh()
        found = self._matches()
        if found:
            self.to_line(next((number for number in found if number >= self._cursor), found[0]))
        return len(found)

    def to_match(self, direction: int) -> bool:
        """Go to the next (1) or previous (-1) line that has what was searched for, around the ends; if there is one."""
        found = self._matches()
        if found and direction > 0:
            self.to_line(next((number for number in found if number > self._cursor), found[0]))
        elif found:
            self.to_line(next((number for number in reversed(found) if number < self._cursor), found[-1]))
        return bool(found)

    def on_resize(self) -> None:
        """Wrap again for the new width."""
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second one opens."""
        row = self._row_at(event.y)
        if row < self._first_rows[-1]:
            self._put_cursor(bisect_right(self._first_rows, row) - 1)
            if event.chain > 1 and self.target is not None:
                self.post_message(self.Opened())

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        row_number = self._row_at(y)
        width = self.scrollable_content_region.width
        base, tones = self.rich_style, self.tones
        if row_number >= self._first_rows[-1]:
            return Strip.blank(width, base)
        number = bisect_right(self._first_rows, row_number) - 1
        if number == self._cursor and self.has_focus:
            base += tones["cursor"]
        row = self._laid_out[number].rows[row_number - self._first_rows[number]]
        segments = [
            segment for text, tone in row for segment in self._segments(text, base + tones[tone], tones["match"])
        ]
        left = self.scroll_offset.x
        return Strip(segments).crop_extend(left, left + width, base)

    def _matches(self) -> list[int]:
        needle = self._needle
        if needle is None:
            return []
        return [number for number, line in enumerate(self._lines) if needle.search(line.plain)]

    def _put_cursor(self, number: int) -> None:
        if not self._lines:
            return
        self._cursor = min(max(0, number), len(self._lines) - 1)
        self.post_message(self.Moved())
        self.refresh()
        self._into_view()

    def _into_view(self) -> None:
        if not self._laid_out:
            return
        top, bottom = self._first_rows[self._cursor : self._cursor + 2]
        height = max(1, min(bottom - top, self.size.height)) + self._fixed
        first = max(0, top - self._fixed)
        self.scroll_to_region(Region(self.scroll_offset.x, first, 1, height), animate=False, force=True)

    def _row_at(self, y: int) -> int:
        """The number of the row that stands on a line of the screen."""
        return y if y < self._fixed else y + self.scroll_offset.y

    def _lay_out(self, head: int = 0, tail: int = 0) -> None:
        """Lay out all lines but so many first and last ones, which are as they were."""
        width = max(10, self.scrollable_content_region.width or self.size.width)
        anew = enumerate(self._lines[head : len(self._lines) - tail], start=head)
        self._laid_out[head : len(self._laid_out) - tail] = [
            _laid_out(line, width, wraps=number >= self._fixed) for number, line in anew
        ]
        self._first_rows = list(accumulate((len(one.rows) for one in self._laid_out), initial=0))
        widest = max((one.cells for one in self._laid_out), default=0)
        self.virtual_size = Size(max(width, widest), self._first_rows[-1])
        self.refresh()

    def _segments(self, text: str, style: Style, match: Style) -> Iterable[Segment]:
        marked = style + match
        start = 0
        for found in self._needle.finditer(text) if self._needle else ():
            yield Segment(text[start : found.start()], style)
            yield Segment(found[0], marked)
            start = found.end()
        yield Segment(text[start:], style)


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), gap: int = 2) -> list[str]:
    """Rows of cells as aligned text lines; columns numbered in `right` end at one edge instead of starting there."""
    return [(" " * gap).join(row) for row in aligned(rows, right=right)]


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[list[str]]:
    """The same cells, each as wide as the widest of its column."""
    columns = max((len(row) for row in rows), default=0)
    widths = [max((cell_len(row[column]) for row in rows if column < len(row)), default=0) for column in range(columns)]
    return [
        [_padded(cell, widths[column], to_right=column in right) for column, cell in enumerate(row)] for row in rows
    ]


def pairs(items: Iterable[tuple[str, str]], *, width: int = 0, indent: int = 2, style: str = "") -> list[Line]:
    """Names and values, the values in one column that wrapped text keeps to."""
    known = [(name, value) for name, value in items if value != ""]
    column = max((cell_len(name) for name, _ in known), default=0)
    column = max(width, min(column, 32)) + 2
    return [
        Line(((" " * indent, ""), (_padded(name, column), "key"), (value, style)), hang=indent + column)
        for name, value in known
    ]


def _padded(text: str, width: int, *, to_right: bool = False) -> str:
    missing = " " * max(0, width - cell_len(text))
    return missing + text if to_right else text + missing


def _alike(some: Iterable[Line], others: Iterable[Line]) -> int:
    """How many of both are the same, from the first on."""
    return sum(takewhile(bool, map(eq, some, others)))


def _laid_out(line: Line, width: int, *, wraps: bool) -> _LaidOut:
    beside = ((line.beside, "dim"),) if line.beside else ()
    parts = tuple((one_line(text, _LONGEST), style) for text, style in (*beside, *line.parts))
    if line.hang is None:
        return _LaidOut((parts,), sum(cell_len(text) for text, _ in parts))
    return _LaidOut(tuple(_wrapped(parts, width, line.hang)) if wraps else (parts,))


def _wrapped(parts: Parts, width: int, hang: int) -> Iterable[Parts]:
    """The parts in rows of `width` cells, broken at a space where one is near; `hang` indents what follows."""
    hang = hang if hang < max(width // 2, width - _LEAST_ROOM) else 2
    row: list[tuple[str, str]] = []
    used = 0
    for part, style in parts:
        text = part
        while cell_len(_head(text, width - used)) > width - used:
            piece, text = _broken(text, width - used, width // 2 - used)
            row.append((piece, style))
            yield tuple(row)
            row, used = [(" " * hang, "")], hang
        row.append((text, style))
        used += cell_len(text)
    yield tuple(row)


def _head(text: str, room: int) -> str:
    """So much of `text` as decides what has room: to measure all of a long one for each of its rows takes seconds."""
    return text[: _LETTERS_A_CELL * (max(room, 0) + 2)]


def _broken(text: str, room: int, least: int) -> tuple[str, str]:
    """The beginning of `text` that has room, and the rest: at a space, unless that left fewer than `least` cells."""
    head = _head(text, room)
    fits = len(set_cell_size(head, room).rstrip()) if not head.isascii() else room
    fits = max(1, fits) if room > 0 else 0
    space = text.rfind(" ", max(0, least), fits + 1)
    if space >= 0:
        return text[:space], text[space + 1 :]
    return text[:fits], text[fits:]


def plain_lines(text: str, style: str = "") -> list[Line]:
    """Text as lines of one style, wrapped."""
    return [Line.of(line, style) for line in text.splitlines()]
