"""What was sent to a terminal, as the lines that it shows in the end.

The last lines of a terminal may still change: a progress bar goes back to the beginning of its line, several bars move
the cursor up. A line that lies `REACH` lines above the last one is final. How wide the terminal was is not known, so no
line wraps, and columns are counted in characters. What steers a terminal in any other way than by moving the cursor,
erasing and colouring is taken out and does nothing. Control sequences are those of ECMA-48.

A screen of rows and columns, as `pyte` emulates one, keeps no line that is longer than it is wide, and takes a minute
for 10 MB; this takes less than a second.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

REACH = 100
"""How far up the cursor can move: no terminal is known to be much higher."""

LONGEST = 10_000
"""Characters of a line that are kept, unless more are asked for."""

_TAB = 8
_MOST_SPANS = 100
"""Of one line: more of them than anybody can see would make a script's whim slow to read."""

_PRIVATE = frozenset("<=>?")
"""How parameters begin that are a terminal's own."""

_LONGEST_SEQUENCE = 4_096
_BODY = r"\x1b[\]PX^_][^\x07\x1b\n]*+"
_TOKEN = re.compile(
    r"([^\x00-\x1f\x7f]++)"
    r"|\x1b\[([0-?]*+)[ -/]*+([@-~])"
    rf"|{_BODY}(?:\x07|\x1b\\)|\x1b[ -/]*+[0-~]|.",
    re.DOTALL,
)
_UNFINISHED = re.compile(rf"(?:{_BODY}\x1b?+|\x1b(?:\[[0-?]*+)?[ -/]*+)\Z")
_STEERING = re.compile(r"[\x00-\x1f\x7f]")

Colour: TypeAlias = int | str
"""A number of the 256 that terminals know, of which 0 to 15 are the theme's to say; or `#rrggbb`."""


class Ink(NamedTuple):
    """How text is drawn; None is the usual colour. What a script wants hidden or blinking is neither."""

    colour: Colour | None = None
    ground: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Ink()


class Span(NamedTuple):
    """Characters [start, end) of a line in an ink that is not plain."""

    start: int
    end: int
    ink: Ink


class TerminalLine(NamedTuple):
    """A line. `time` is that of its beginning, as it stands; `cut` counts the characters that are left out.

    `is_error` where its beginning came by standard error.
    """

    text: str
    spans: tuple[Span, ...]
    time: float | None
    cut: int
    is_error: bool = False


class _Row:
    """A line that may still change. Its spans do not overlap, and are in no order."""

    __slots__ = ("cut", "is_error", "spans", "text", "time")

    def __init__(self) -> None:
        self.text = ""
        self.spans: list[Span] = []
        self.time: float | None = None
        self.cut = 0
        self.is_error = False


class TerminalLines:
    """Takes what was sent, piece by piece, and tells which lines are others since it was last asked."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._rows = [_Row()]
        self._before = 0
        """Lines that are final and were let go; numbers below are those of all lines."""
        self._top = 0
        self._line = 0
        self._column = 0
        self._ink = PLAIN
        self._held = ""
        self._changed = 0
        self._is_error = False

    def feed(self, text: str, time: float | None = None, *, is_error: bool = False) -> None:
        """Take what was sent at `time`; a sequence may be broken off anywhere."""
        self._is_error = is_error
        text = self._held + text
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _LONGEST_SEQUENCE))
        self._held = unfinished[0] if unfinished else ""
        whole = text[: unfinished.start()] if unfinished else text
        for number, part in enumerate(whole.replace("\r\n", "\n").split("\n")):
            if number:
                self._new_line()
            if part.isprintable() or not _STEERING.search(part):
                self._write(part, time)
            else:
                self._obey(part, time)

    def changed(self) -> tuple[int, list[TerminalLine]]:
        """The number of the first line that changed, and all lines from there on, of which there may be fewer now."""
        first = self._changed
        rows = self._rows[first - self._before :]
        if not self._rows[-1].text:
            del rows[-1:]
        self._changed = first + len(rows)
        final = max(0, len(self._rows) - REACH)
        del self._rows[:final]
        self._before += final
        return first, [_finished(row) for row in rows]

    @property
    def _row(self) -> _Row:
        return self._rows[self._line - self._before]

    @property
    def _end(self) -> int:
        return self._before + len(self._rows)

    def _new_line(self) -> None:
        self._touch()
        self._line += 1
        self._column = 0
        if self._line == self._end:
            self._rows.append(_Row())

    def _touch(self) -> None:
        self._changed = min(self._changed, self._line)

    def _write(self, text: str, time: float | None) -> None:
        if not text:
            return
        row, start = self._rows[self._line - self._before], self._column
        end = self._column = start + len(text)
        self._changed = min(self._changed, self._line)
        if not start:
            row.time, row.is_error = time, self._is_error
        if end > self._longest:
            row.cut = max(row.cut, end - self._longest)
            text, end = text[: max(0, self._longest - start)], self._longest
            if not text:
                return
        before = row.text
        if start < len(before):
            row.text = before[:start] + text + before[end:]
            row.spans = _without(row.spans, start, end)
        else:
            row.text = before.ljust(start) + text
        if self._ink is not PLAIN and len(row.spans) < _MOST_SPANS:
            row.spans.append(Span(start, end, self._ink))

    def _obey(self, text: str, time: float | None) -> None:
        for token in _TOKEN.finditer(text):
            said, parameters, final = token.groups()
            if said:
                self._write(said, time)
            elif final == "m":
                self._ink = coloured(self._ink, parameters)
            elif final:
                self._control(final, parameters)
            elif token[0] == "\r":
                self._column = 0
            elif token[0] == "\b":
                self._column = max(0, self._column - 1)
            elif token[0] == "\t":
                self._column += _TAB - self._column % _TAB

    def _control(self, final: str, parameters: str) -> None:
        if parameters[:1] in _PRIVATE:
            return
        first, _, second = parameters.partition(";")
        number = int(first[:4]) if first.isdecimal() else 0
        if final in "ABEF":
            self._move_by(number or 1, final)
        elif final in "CDG`":
            steps = {"C": self._column + (number or 1), "D": self._column - (number or 1)}
            self._column = min(max(0, steps.get(final, number - 1)), self._longest)
        elif final in "Hf":
            self._go_to(number, int(second[:4]) if second.isdecimal() else 0)
        elif final == "K":
            self._erase(number)
        elif final == "J":
            self._clear(number)

    def _move_by(self, lines: int, final: str) -> None:
        self._line = min(max(self._highest, self._line + (lines if final in "BE" else -lines)), self._end - 1)
        if final in "EF":
            self._column = 0

    @property
    def _highest(self) -> int:
        return max(self._top, self._end - REACH)

    def _go_to(self, line: int, column: int) -> None:
        """To a place of the screen, whose first line is the highest one that can be reached."""
        top = self._highest
        self._line = top + min(max(0, line - 1), REACH - 1)
        self._column = max(0, column - 1)
        while self._line >= self._end:
            self._rows.append(_Row())

    def _erase(self, part: int) -> None:
        """To the end of the line, from its beginning, or all of it."""
        row, at = self._row, min(self._column, self._longest)
        self._touch()
        if part == 1:
            row.text = row.text[at + 1 :].rjust(len(row.text))
            row.spans = _without(row.spans, 0, at + 1)
        else:
            row.text = row.text[:at] if part == 0 else ""
            row.spans = _without(row.spans, len(row.text), self._longest)
            row.cut = 0

    def _clear(self, part: int) -> None:
        """To the end of the screen; or all of it, which leaves what was shown and begins below."""
        if part == 0:
            self._erase(0)
            del self._rows[self._line + 1 - self._before :]
        elif part in (2, 3) and any(row.text for row in self._rows[self._highest - self._before :]):
            if self._rows[-1].text:
                self._rows.append(_Row())
            self._top = self._line = self._end - 1
            self._column = 0


def _without(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The same without what they say of the characters [start, end)."""
    kept = [Span(span.start, min(span.end, start), span.ink) for span in spans if span.start < start]
    return kept + [Span(max(span.start, end), span.end, span.ink) for span in spans if span.end > end]


def _finished(row: _Row) -> TerminalLine:
    text = row.text.rstrip()
    end = len(text)
    spans = [span for span in row.spans if span.start < end]
    return TerminalLine(text, tuple(sorted(spans)), row.time, row.cut, row.is_error)


_SET = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike", 21: "underline"}
_UNSET = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
_RANGES = ((30, 8, "colour", 0), (90, 8, "colour", 8), (40, 8, "ground", 0), (100, 8, "ground", 8))


@lru_cache(maxsize=4_096)
def coloured(ink: Ink, parameters: str) -> Ink:
    """The ink after the parameters of "select graphic rendition"; what they say that is not known changes nothing.

    A plain one is `PLAIN` itself.
    """
    if parameters[:1] in _PRIVATE:
        return ink
    numbers = [int(said[:4]) if said.isdecimal() else 0 for said in re.split("[;:]", parameters)]
    at = 0
    while at < len(numbers):
        number = numbers[at]
        at += 1
        if number == 0:
            ink = PLAIN
        elif number in (38, 48):
            colour, at = _extended(numbers, at)
            if colour is not None:
                ink = ink._replace(colour=colour) if number == 38 else ink._replace(ground=colour)
        else:
            ink = Ink(**(ink._asdict() | _named(number)))
    return PLAIN if ink == PLAIN else ink


def _named(number: int) -> dict[str, Any]:
    """What one number changes of an ink."""
    if number in _SET:
        return {_SET[number]: True}
    if number in _UNSET:
        return dict.fromkeys(_UNSET[number], False)
    if number in (39, 49):
        return {"colour" if number == 39 else "ground": None}
    return {of: number - first + base for first, count, of, base in _RANGES if first <= number < first + count}


def _extended(numbers: list[int], at: int) -> tuple[Colour | None, int]:
    """The colour after 38 or 48, `5;n` or `2;r;g;b`, and where the parameters go on."""
    kind, given = numbers[at : at + 1], numbers[at + 1 : at + 4]
    if kind == [5] and given and given[0] < 256:
        return given[0], at + 2
    if kind == [2] and len(given) == 3 and all(part < 256 for part in given):
        return "#{:02x}{:02x}{:02x}".format(*given), at + 4
    return None, len(numbers)
