"""What a run printed, as the lines that a terminal would show, with the moment and the step at which each came.

Of a long console its beginning and its end are read; what is missing between is a line of its own that counts it. What
is printed later is read as it comes, and nothing is read twice.
"""

import codecs
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from trackside.model.bounds import LATEST
from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.services.console.levels import Level, level
from trackside.services.console.terminal_lines import LONGEST, Span, TerminalLine, TerminalLines
from trackside.store.console import Piece, Stamp

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

_LINE_END = re.compile(rb"\r?\n|\r")

HEAD_BYTES = 256 << 10
TAIL_BYTES = 2 << 20
MOST_BYTES = 4 * TAIL_BYTES
"""After so much has been read as it came, the middle is left out again: a console that is left open stays small."""


class ConsoleLine(NamedTuple):
    """A line. `time` is in seconds since the epoch; `missing` counts the bytes that are not there in its place.

    `cut` counts the characters at its end that are left out. `is_error` where it came by standard error, and that can
    be told from standard output: not where both go to one terminal or file.
    """

    text: str
    time: float | None = None
    step: int | None = None
    missing: int = 0
    spans: tuple[Span, ...] = ()
    level: Level = ""
    cut: int = 0
    is_error: bool = False


class Grown(msgspec.Struct, frozen=True):
    """The lines from the number `first` on are these now, those before are as they were."""

    first: int
    lines: tuple[ConsoleLine, ...]


class _Span(NamedTuple):
    """Bytes [begin, end) of a piece."""

    piece: Piece
    begin: int
    end: int

    @property
    def start(self) -> int:
        """Where it begins in its stream."""
        return self.piece.start + self.begin


class ConsoleReader:
    """Reads the console of one run, again and again. One thread at a time may ask it."""

    def __init__(
        self,
        store: "AnyStore",
        run_id: str,
        head: int = HEAD_BYTES,
        tail: int = TAIL_BYTES,
        longest: int = LONGEST,
    ) -> None:
        self._store = store
        self._longest = longest
        self._run_id = run_id
        self._head = head
        self._tail = tail
        self._lines: list[ConsoleLine] = []
        self._ends: dict[str, int] = {}
        self._points = -1
        self._changed = 0
        """The number of the first line that is another than was told last."""
        self._begin([])

    def read(self, run: Run | None = None) -> Grown | None:
        """What is new since the last time; None where nothing is. Of `run` the step of each line is had."""
        pieces = self._store.console(self._run_id)
        ends = _ends(pieces)
        anew = not self._goes_on(ends)
        points = 0 if run is None else sum(metric.count for metric in run.metrics.values())
        if not anew and ends == self._ends and points == self._points:
            return None
        if anew:
            self._begin(_spans(pieces, self._head, self._tail))
        else:
            self._take(list(_since(pieces, self._ends)))
        self._ends, self._points = ends, points
        return self._grown(run)

    def _goes_on(self, ends: dict[str, int]) -> bool:
        """Whether nothing but the last stream has grown since, by no more than is shown of it."""
        known, last = self._ends, next(reversed(self._ends), None)
        if last is None:
            return not ends and self._points >= 0
        if list(ends) != list(known) or self._taken > MOST_BYTES:
            return False
        grown = ends[last] - known[last]
        return 0 <= grown <= self._tail and all(ends[stem] == known[stem] for stem in ends if stem != last)

    def _begin(self, spans: Sequence[_Span]) -> None:
        self._lines.clear()
        self._changed = 0
        self._taken = 0
        self._stream: _Stream | None = None
        self._first = 0
        """The number of the line with which the present stream begins."""
        self._known_until = -float("inf")
        self._take(spans)

    def _take(self, spans: Sequence[_Span]) -> None:
        for span in spans:
            stream = self._stream
            goes_on = stream is not None and stream.stem == span.piece.stem
            missing = span.start - (stream.end if stream is not None and goes_on else 0)
            if stream is None or not goes_on or missing:
                self._settle()
                self._stream = stream = _Stream(span.piece.stem, span.start, self._longest)
                if missing:
                    self._lines.append(ConsoleLine(f"… {missing:,} bytes are not shown here", missing=missing))
                self._first = len(self._lines)
            stream.take(span)
            self._taken += span.end - span.begin

    def _settle(self) -> None:
        """Take over what has changed of the present stream's lines."""
        if self._stream is None:
            return
        changed, lines = self._stream.lines.changed()
        first = self._first + changed
        del self._lines[first:]
        before: Level = self._lines[-1].level if self._lines else ""
        for line in lines:
            before = level(line.text, before)
            self._lines.append(_line(line, before))
        self._changed = min(self._changed, first)

    def _grown(self, run: Run | None) -> Grown:
        self._settle()
        first = self._changed if run is None else self._with_steps(run, self._changed)
        self._changed = len(self._lines)
        return Grown(first, tuple(self._lines[first:]))

    def _with_steps(self, run: Run, first: int) -> int:
        """Say of the lines from `first` on, and of earlier ones whose step was not certain, which step it is."""
        while first > 0 and (self._lines[first - 1].time or 0.0) > self._known_until:
            first -= 1
        metrics = [name for name in run.metrics if not is_system(name)]
        lines = self._lines[first:]
        if not metrics or all(line.time is None for line in lines):
            return first
        import numpy as np

        series = self._store.series(run.id, max(metrics, key=lambda name: run.metrics[name].count))
        if not len(series.time):
            return first
        order = np.argsort(series.time, kind="stable")
        times, steps = series.time[order], series.step[order]
        moments = np.array([np.nan if line.time is None else line.time for line in lines])
        reached = (np.searchsorted(times, moments, side="right") - 1).tolist()
        self._lines[first:] = [
            line if line.time is None or at < 0 else line._replace(step=int(steps[at]))
            for line, at in zip(lines, reached, strict=True)
        ]
        self._known_until = float(times[-1])
        return first


def all_lines(store: "AnyStore", run: Run) -> list[ConsoleLine]:
    """Every line that is kept, in its whole length."""
    found = ConsoleReader(store, run.id, head=sys.maxsize, tail=0, longest=sys.maxsize).read(run)
    return list(found.lines) if found else []


def last_lines(store: "AnyStore", run_id: str, count: int, room: int = 8 << 10) -> list[str]:
    """The text of the last `count` lines, as far as the last `room` bytes have them."""
    found = ConsoleReader(store, run_id, 0, room).read()
    return [line.text for line in found.lines if not line.missing][-count:] if found else []


class _Stream:
    """Bytes of a stream that follow one another, as lines. What comes after a gap begins with the next whole line."""

    def __init__(self, stem: str, start: int, longest: int) -> None:
        self.stem = stem
        self.end = start
        self.lines = TerminalLines(longest)
        self._is_cut = start > 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._time: float | None = None
        self._is_error = False
        self._stamps: list[Stamp] = []
        self._stamped: tuple[Piece | None, int] = (None, 0)

    def take(self, span: _Span) -> None:
        """Read a span that begins where the last one ended."""
        data = span.piece.read(span.begin, span.end)
        begin, self.end = self.end, self.end + len(data)
        self._read_stamps(span.piece)
        if self._is_cut:
            line_end = _LINE_END.search(data)
            at = line_end.end() if line_end else len(data)
            self._is_cut = not line_end
        else:
            at = 0
        passed = bisect_right(self._stamps, self.end - 1, key=lambda stamp: stamp.start)
        for stamp in self._stamps[:passed]:
            following = max(at, stamp.start - begin)
            self._feed(data[at:following])
            at, self._time, self._is_error = following, stamp.time, stamp.is_error
        self._feed(data[at:])
        del self._stamps[:passed]

    def _feed(self, data: bytes) -> None:
        if data:
            self.lines.feed(self._decoder.decode(data), self._time, is_error=self._is_error)

    def _read_stamps(self, piece: Piece) -> None:
        of, known = self._stamped
        known = known if of is not None and of.start == piece.start else 0
        fresh = piece.stamps(known)
        self._stamped = piece, known + len(fresh)
        self._stamps += [stamp for stamp in fresh if 0 <= stamp.time < LATEST]
        self._stamps.sort(key=lambda stamp: stamp.start)


def _line(line: TerminalLine, level_: Level) -> ConsoleLine:
    return ConsoleLine(line.text, line.time, None, 0, line.spans, level_, line.cut, line.is_error)


def _ends(pieces: Sequence[Piece]) -> dict[str, int]:
    """Of each stream, in their order, where it ends."""
    return {piece.stem: piece.start + piece.size for piece in pieces}


def _spans(pieces: Sequence[Piece], head: int, tail: int) -> list[_Span]:
    """The first `head` and the last `tail` of all these bytes."""
    total = sum(piece.size for piece in pieces)
    wanted = [(0, total)] if total <= head + tail else [(0, head), (total - tail, total)]
    spans = []
    for first, last in wanted:
        at = 0
        for piece in pieces:
            begin, end = max(0, first - at), min(piece.size, last - at)
            if begin < end:
                spans.append(_Span(piece, begin, end))
            at += piece.size
    return spans


def _since(pieces: Sequence[Piece], ends: dict[str, int]) -> Iterator[_Span]:
    """What lies beyond where each stream ended."""
    for piece in pieces:
        begin = max(0, ends[piece.stem] - piece.start)
        if begin < piece.size:
            yield _Span(piece, begin, piece.size)
