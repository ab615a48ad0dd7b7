"""What a run printed: lines as a terminal shows them, with a cursor, a search, and an end that is followed.

Only the lines on screen are drawn, however many there are, and lines that are added cost nothing of those before. What
they say comes from runs: it is made inert here, and of what steers a terminal only colours are left.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trackside.model import clock
from trackside.model.visible import visible
from trackside.services.console.lines import ConsoleLine, Grown
from trackside.services.console.terminal_lines import Ink
from trackside.tui.colours.ink import palette, style_of
from trackside.tui.colours.tones import Toned
from trackside.tui.keys.actions import CONSOLE, bindings
from trackside.tui.messages import Told

_SIDEWAYS = 8
_CLOCK = 8
_ERROR = "e "
"""Stands before a line that came by standard error."""

_LEVEL_TONES = {"error": "bad", "traceback": "bad", "warning": "warn", "info": "", "debug": "dim"}


class Measured(msgspec.Struct, frozen=True):
    """Lines that are new, and how many cells each of them has."""

    grown: Grown
    cells: tuple[int, ...]

    @classmethod
    def of(cls, grown: Grown) -> "Measured":
        """Measure them. It takes a tenth of a second for a long console: for a worker thread."""
        return cls(grown, tuple(map(_width, grown.lines)))


class ConsoleView(ScrollView, Toned, can_focus=True, inherit_bindings=False):
    """The lines of one console. It reads nothing: its owner tells it what has grown."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONSOLE)]
    DEFAULT_CSS = """
    ConsoleView { height: 1fr; width: 1fr; background: $background; scrollbar-size: 0 1; scrollbar-gutter: stable; }
    """

    class Moved(Message):
        """The cursor is on another line, or something else that is said of the place has changed."""

    class Opened(Message):
        """A line was clicked twice."""

    def __init__(self, *, always_marked: bool = False) -> None:
        super().__init__()
        self.always_marked = always_marked
        """Whether the line under the cursor is marked although keys go elsewhere."""
        self.lines: list[ConsoleLine] = []
        self.cursor = 0
        self.follows = True
        """Whether the cursor stays on the last line when others come."""
        self.times = True
        self.wraps = True
        self.errors: list[int] = []
        self._needle = ""
        self._matches: list[int] = []
        self._cells: list[int] = []
        self._first_rows: list[int] = [0]
        """The row with which each line begins, and after them the number of all rows."""
        self._dated = False
        self._tells_errors = False
        """Whether some lines came by standard error, and have a sign for that."""
        self._step_width = 0
        self._styles: dict[Ink, Style] = {}

    @property
    def line(self) -> ConsoleLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.lines else None

    def grow(self, measured: Measured) -> None:
        """Take in what is new. A followed end stays in view; else nothing moves."""
        grown = measured.grown
        first = grown.first
        self.lines[first:] = grown.lines
        self._cells[first:] = measured.cells
        self._dated = self._dated or any(line.time is not None for line in grown.lines)
        self._tells_errors = self._tells_errors or any(line.is_error for line in grown.lines)
        steps = [line.step for line in grown.lines if line.step is not None]
        self._step_width = max([self._step_width, *(len(f"{step:,}") for step in (steps[:1] + steps[-1:]))])
        for found, numbers in ((self.errors, self._errors_from(first)), (self._matches, self._matches_from(first))):
            found[bisect_left(found, first) :] = numbers
        last = max(0, len(self.lines) - 1)
        self.cursor = last if self.follows else min(self.cursor, last)
        self._lay_out(first)

    def move(self, lines: int) -> None:
        """Move the cursor by so many lines."""
        self.to_line(self.cursor + lines)

    def page(self, pages: float) -> None:
        """Move the cursor by so many heights of the screen."""
        self.move(round(pages * max(1, self.size.height - 1)))

    def to_edge(self, end: bool) -> None:
        """Put the cursor on the first line; or on the last, which is followed from then on."""
        self.to_line(len(self.lines) - 1 if end else 0)
        self.follows = end

    def to_line(self, number: int) -> None:
        """Put the cursor on a line; the end is not followed any more."""
        self.follows = False
        self.cursor = min(max(0, number), max(0, len(self.lines) - 1))
        self.refresh()
        self._into_view()
        self.post_message(self.Moved())

    def sideways(self, steps: int) -> None:
        """Scroll lines that are not wrapped."""
        if not self.max_scroll_x:
            self.post_message(Told("lines are wrapped; w cuts them" if self.wraps else "no line is cut off here"))
        self.scroll_to(x=max(0, self.scroll_offset.x + steps * _SIDEWAYS), animate=False)

    def search(self, needle: str) -> int:
        """Show where `needle` stands (case ignored) and go to the next line that has it; returns how many have it."""
        self._needle = needle.lower()
        self._matches = self._matches_from(0)
        self.refresh()
        if self._matches:
            at = bisect_left(self._matches, self.cursor)
            self.to_line(self._matches[at % len(self._matches)])
        return len(self._matches)

    def to_match(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) line that has what was searched for, around the ends."""
        if not self._needle:
            self._say("nothing was searched for yet: / does")
        elif not self._matches:
            self._say(f"no line has {self._needle}")
        else:
            self._say(self._to_one_of(self._matches, direction, "match"))

    def action_next_error(self) -> None:
        """Go to the next line that tells of an error, around the end."""
        said = self._to_one_of(self.errors, 1, "error") if self.errors else "none of these lines tells of an error"
        self._say(said)

    def action_timestamps(self) -> None:
        """Clock and step beside the lines, on or off."""
        self.times = not self.times
        self._say("clock and step are shown" if self.times else "clock and step are hidden, t shows them")
        self._lay_out(0)

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them at the edge of the screen."""
        self.wraps = not self.wraps
        self._say("long lines are wrapped" if self.wraps else "long lines are not wrapped, h and l scroll")
        self.scroll_to(x=0, animate=False)
        self._lay_out(0)

    def on_resize(self) -> None:
        """Wrap again for the new width."""
        self._lay_out(0)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second one opens."""
        row = event.y + self.scroll_offset.y
        if row < self._first_rows[-1]:
            self.to_line(bisect_right(self._first_rows, row) - 1)
            if event.chain > 1:
                self.post_message(self.Opened())

    def on_mouse_scroll_up(self) -> None:
        """Whoever looks back wants to stay there."""
        self.follows = False
        self.post_message(self.Moved())

    def theme_changed(self) -> None:
        """Paint again, also what was printed in colours."""
        self._styles.clear()
        super().theme_changed()

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        row = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.rich_style
        if row >= self._first_rows[-1]:
            return Strip.blank(width, base)
        number = bisect_right(self._first_rows, row) - 1
        if number == self.cursor and (self.has_focus or self.always_marked):
            base += self.tones["cursor"]
        piece = row - self._first_rows[number]
        beside = self._beside(number) if not piece else " " * self._beside_width
        room = width - len(beside)
        left = piece * room if self.wraps else self.scroll_offset.x
        text = Strip(self._segments(self.lines[number], base)).crop_extend(left, left + room, base)
        return Strip([Segment(beside, base + self.tones["dim"]), *text])

    @property
    def _place_width(self) -> int:
        if not (self.times and self._dated):
            return 0
        return _CLOCK + 2 + (self._step_width + 2 if self._step_width else 0)

    @property
    def _beside_width(self) -> int:
        return self._place_width + (len(_ERROR) if self._tells_errors else 0)

    def _beside(self, number: int) -> str:
        """Clock and step of a line, where they are others than those of the line before; a sign of standard error."""
        line = self.lines[number]
        said = self._place(line) if self._place_width else ""
        if number and said == self._place(self.lines[number - 1]):
            said = ""
        return (said.ljust(self._place_width) + (_ERROR if line.is_error else "")).ljust(self._beside_width)

    def _place(self, line: ConsoleLine) -> str:
        told = "" if line.time is None else clock.moment(line.time).strftime("%H:%M:%S")
        step = "" if line.step is None else f"{line.step:,}"
        return f"{told:{_CLOCK}}  {step:>{self._step_width}}" if self._step_width else told

    def _segments(self, line: ConsoleLine, base: Style) -> Iterator[Segment]:
        """The parts of a line in their colours; of what was searched for each place marked."""
        marked = self.tones["match"]
        for text, style in self._coloured(line, base):
            start = 0
            for found in re.finditer(re.escape(self._needle), text, re.IGNORECASE) if self._needle else ():
                yield Segment(visible(text[start : found.start()]), style)
                yield Segment(visible(found[0]), style + marked)
                start = found.end()
            yield Segment(visible(text[start:]), style)

    def _coloured(self, line: ConsoleLine, base: Style) -> Iterator[tuple[str, Style]]:
        """The text in its own colours, or in that of its level where it has none."""
        if not line.spans and line.level:
            base += self.tones[_LEVEL_TONES[line.level]]
        dim = base + self.tones["dim"]
        start = 0
        for span in line.spans:
            yield line.text[start : span.start], base
            yield line.text[span.start : span.end], base + self._style(span.ink)
            start = span.end
        yield line.text[start:], dim if line.missing else base
        yield _cut(line), dim

    def _style(self, ink: Ink) -> Style:
        if ink not in self._styles:
            self._styles[ink] = style_of(ink, palette(self.app.theme_variables), self.background_colors[1])
        return self._styles[ink]

    def _matches_from(self, first: int) -> list[int]:
        needle = self._needle
        if not needle:
            return []
        return [number for number, line in enumerate(self.lines[first:], first) if needle in line.text.lower()]

    def _errors_from(self, first: int) -> list[int]:
        return [number for number, line in enumerate(self.lines[first:], first) if line.level == "error"]

    def _to_one_of(self, numbers: Sequence[int], direction: int, what: str) -> str:
        at = bisect_right(numbers, self.cursor) if direction > 0 else bisect_left(numbers, self.cursor) - 1
        at %= len(numbers)
        self.to_line(numbers[at])
        return f"{what} {at + 1:,} of {len(numbers):,}"

    def _say(self, text: str) -> None:
        self.post_message(Told(text))

    def _lay_out(self, first: int) -> None:
        """Count the rows of the lines from `first` on."""
        width = self.scrollable_content_region.width or self.size.width
        room = max(1, width - self._beside_width)
        cells = self._cells[first:]
        heights = (max(1, -(-line // room)) for line in cells) if self.wraps else (1 for _ in cells)
        self._first_rows[first:] = accumulate(heights, initial=self._first_rows[first])
        widest = width if self.wraps else max([width, *(line + self._beside_width for line in self._cells)])
        self.virtual_size = Size(widest, self._first_rows[-1])
        self.refresh()
        if self.follows:
            self.call_after_refresh(self._into_view)
        self.post_message(self.Moved())

    def _into_view(self) -> None:
        if self.lines:
            top, bottom = self._first_rows[self.cursor : self.cursor + 2]
            height = max(1, min(bottom - top, self.size.height))
            self.scroll_to_region(Region(self.scroll_offset.x, top, 1, height), animate=False, force=True)


def _cut(line: ConsoleLine) -> str:
    return f" … {line.cut:,} more characters" if line.cut else ""


def _width(line: ConsoleLine) -> int:
    text = line.text
    return (len(text) if text.isascii() else cell_len(visible(text))) + len(_cut(line))
