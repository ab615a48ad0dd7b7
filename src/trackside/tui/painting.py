"""What is written to the terminal: of an update, only the cells that look different from what stands there.

Textual writes whole widgets' lines. Over a slow link that is most of what a key costs, and nearly all of it stands
there already. It knows no widget; where the terminal was drawn on by others, `Shown.forget` has all painted anew.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_NARROW = re.compile("[\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u25ff\u2800-\u28ff]*")
"""Characters of which every terminal makes one cell, as far as those are known that differ."""

_RESET = "\x1b[0m"
_WORTH_A_MOVE = 8
"""Unchanged cells that cost more to write again than to pass over."""

_MARK = "\0"

Cell = tuple[str, str]
"""A character, and the sequence that makes it look so: empty for how the terminal is by itself."""


class Shown:
    """What stands on the terminal, cell by cell, as far as it is known."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Nothing is known to stand there."""
        self._lines.clear()

    def change(self, update: CompositorUpdate, console: Console) -> str:
        """What has to be written for an update to stand there, which it is then taken to."""
        if not isinstance(update, (LayoutUpdate, ChopsUpdate)):
            self.forget()
            return update.render_segments(console)
        return "".join(self._line(x, y, strip, console) for x, y, strip in _strips(update))

    def _line(self, x: int, y: int, strip: Strip, console: Console) -> str:
        """A part of a line, from column `x` on."""
        shown = self._lines.setdefault(y, [])
        end = x + strip.cell_length
        shown += [None] * (end - len(shown))
        if not all(_is_narrow(segment.text) for segment in strip):
            # Terminals differ in how wide such characters are: it is written as a whole, each time.
            shown[x:end] = [None] * (end - x)
            return _move_to(x, y) + strip.render(console)
        before = shown[x:end]
        cells = [(letter, look) for text, look in _looks(strip, console) for letter in text]
        if cells == before:
            return ""
        shown[x:end] = cells
        changed = [place for place, (old, new) in enumerate(zip(before, cells, strict=True)) if old != new]
        return "".join(_written(x + begin, y, cells[begin:end]) for begin, end in _stretches(changed))


class Written(CompositorUpdate):
    """An update that is known as what it writes."""

    def __init__(self, sequence: str) -> None:
        self._sequence = sequence

    def render_segments(self, console: Console) -> str:  # noqa: ARG002
        """The same whichever console asks."""
        return self._sequence


def _strips(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The parts of lines of an update, each with the column and the line where it begins."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield update.region.x, y, Strip.join(strips)
        return
    for y, left, right in update.spans:
        for (x, strip), end in zip(update.chops[y].items(), update.chop_ends[y], strict=False):
            if strip is not None and x < right and end > left:
                begin = max(x, left)
                yield begin, y, strip.crop(begin - x, min(end, right) - x)


def _looks(strip: Strip, console: Console) -> Iterator[tuple[str, str]]:
    for segment in strip:
        yield segment.text, "" if segment.style is None else _look(segment.style, console)


@lru_cache(maxsize=1024)
def _look(style: Style, console: Console) -> str:
    """The sequence that Textual writes before text of a style."""
    return Strip([Segment(_MARK, style)]).render(console).partition(_MARK)[0]


@lru_cache(maxsize=4096)
def _is_narrow(text: str) -> bool:
    return _NARROW.fullmatch(text) is not None and cell_len(text) == len(text)


def _stretches(changed: list[int]) -> Iterator[tuple[int, int]]:
    """Places that are written in one go: from where to before where."""
    begin = changed[0]
    for place, following in pairwise(changed):
        if following - place > _WORTH_A_MOVE:
            yield begin, place + 1
            begin = following
    yield begin, changed[-1] + 1


def _written(x: int, y: int, cells: list[Cell]) -> str:
    parts = [_move_to(x, y)]
    now = ""
    for letter, look in cells:
        if look != now:
            parts += (_RESET if now else "", look)
            now = look
        parts.append(letter)
    return "".join([*parts, _RESET if now else ""])


def _move_to(x: int, y: int) -> str:
    return Control.move_to(x, y).segment.text
