"""What is written to the terminal: of an update, only the cells that look different from what stands there.

Textual writes whole widgets' lines. Over a slow link that is most of what a key costs, and nearly all of it stands
there already. It knows no widget; where the terminal was drawn on by others, `Shown.forget` has all painted anew.

All text comes by here, also that of Textual's own widgets, which show what is edited in them as it is: what a terminal
would act on is left out. And a terminal is told again in which column it is wherever it may have lost count.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_NARROW = re.compile("[\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u25ff\u2800-\u28ff]*")
"""Characters of which every terminal makes one cell, as far as those are known that differ."""

_WORTH_A_MOVE = 8
"""Unchanged cells that cost more to write again than to pass over."""

_MARK = "\0"
_RESET = "\x1b[0m"
_ACTED_ON = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""General categories of characters that are no letters: control, format, half a letter, ends of lines."""

_SEEN_ON_BLANKS = frozenset({"4", "5", "6", "7", "9", "21", "51", "52", "53"})
"""Attributes, by their codes, without which a blank looks other than with them."""


class Look(NamedTuple):
    """How a character looks, in the codes of ECMA-48; each is empty where it is as the terminal is by itself."""

    attributes: str = ""
    colour: str = ""
    ground: str = ""

    def on_blanks(self) -> "Look":
        """What of it is seen where there is no character."""
        return Look(ground=self.ground) if _SEEN_ON_BLANKS.isdisjoint(self.attributes.split(";")) else self


Cell = tuple[str, Look]
"""What begins in a cell, and how it looks; empty where that began in a cell to the left."""


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
        pen = _Pen()
        for x, y, strip in _strips(update):
            self._line(x, y, strip, console, pen)
        return pen.written()

    def _line(self, x: int, y: int, strip: Strip, console: Console, pen: "_Pen") -> None:
        """A part of a line, from column `x` on."""
        shown = self._lines.setdefault(y, [])
        end = x + strip.cell_length
        shown += [None] * (end - len(shown))
        before = shown[x:end]
        cells = list(chain.from_iterable(_cells(segment.text, segment.style, console) for segment in strip))
        if cells != before:
            shown[x:end] = cells
            for begin, stop in _stretches(_changed(before, cells)):
                pen.write(x + begin, y, cells[begin:stop])


class _Pen:
    """Writes cells, each as it looks, with as few codes as that takes."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._look = Look()
        self._blank = Look()

    def write(self, x: int, y: int, cells: list[Cell]) -> None:
        """Cells from column `x` of line `y` on."""
        self._parts.append(_move_to(x, y))
        is_certain = True
        for column, (letter, look) in enumerate(cells, x):
            if letter and not is_certain:
                self._parts.append(f"\x1b[{column + 1}G")
            is_certain = len(letter) == 1
            if look != self._look and not (letter == " " and look == self._blank):
                self._take(look)
            self._parts.append(letter)

    def written(self) -> str:
        """All of it, after which the terminal is as it is by itself."""
        self._take(Look())
        return "".join(self._parts)

    def _take(self, look: Look) -> None:
        before, self._look, self._blank = self._look, look, look.on_blanks()
        if look == Look():
            self._parts += (_RESET,) if before != look else ()
        elif look.attributes != before.attributes:
            self._parts.append(f"\x1b[{';'.join(('0', *filter(None, look)))}m")
        else:
            colour = (look.colour or "39",) if look.colour != before.colour else ()
            ground = (look.ground or "49",) if look.ground != before.ground else ()
            self._parts.append(f"\x1b[{';'.join(colour + ground)}m")


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


@lru_cache(maxsize=8192)
def _cells(text: str, style: Style | None, console: Console) -> tuple[Cell, ...]:
    """The cells of a text. Where it has characters that may take another number of them, the first has all of it."""
    look = Look() if style is None else _look(style, console)
    width = cell_len(text)
    if _NARROW.fullmatch(text) is None or width != len(text):
        return ((_harmless(text), look), *[("", look)] * (width - 1)) if width else ()
    blank = look.on_blanks()
    return tuple((letter, blank if letter == " " else look) for letter in text)


def _harmless(text: str) -> str:
    return "".join(" " * cell_len(letter) if unicodedata.category(letter) in _ACTED_ON else letter for letter in text)


@lru_cache(maxsize=1024)
def _look(style: Style, console: Console) -> Look:
    """The codes that Textual writes for a style."""
    parts = style.without_color, Style(color=style.color), Style(bgcolor=style.bgcolor)
    written = [Strip([Segment(_MARK, part)]).render(console).partition(_MARK)[0] for part in parts]
    return Look(*(sequence.removeprefix("\x1b[").removesuffix("m") for sequence in written))


def _changed(before: Sequence[Cell | None], after: Sequence[Cell]) -> list[int]:
    """Which cells have to be written.

    Terminals differ in how wide some characters are: from the first text with such that changed, that is all of them.
    """
    changed = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    for number, place in enumerate(changed):
        if len(after[place][0]) != 1:
            begin = next(head for head in range(place, -1, -1) if after[head][0])
            return [*changed[:number], *range(begin, len(after))]
    return changed


def _stretches(changed: list[int]) -> Iterator[tuple[int, int]]:
    """Places that are written in one go: from where to before where."""
    begin = changed[0]
    for place, following in pairwise(changed):
        if following - place > _WORTH_A_MOVE:
            yield begin, place + 1
            begin = following
    yield begin, changed[-1] + 1


def _move_to(x: int, y: int) -> str:
    return Control.move_to(x, y).segment.text
