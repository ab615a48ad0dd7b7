"""What a run printed, as lines with the moment and the step at which they came.

Of a long console its beginning and its end are read; what is missing between is a line of its own that counts it. A
progress bar is one line, in its last state: a terminal is not emulated.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from trackside.model.bounds import LATEST
from trackside.model.run import Run
from trackside.model.system import is_system
from trackside.store import console
from trackside.store.console import Piece

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

HEAD_BYTES = 128 << 10
TAIL_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A line. `time` is in seconds since the epoch; `missing` counts the bytes that are not there in its place."""

    text: str
    time: float | None = None
    step: int | None = None
    missing: int = 0


class _Span(NamedTuple):
    """Bytes [begin, end) of a piece."""

    piece: Piece
    begin: int
    end: int


def lines(store: "AnyStore", run: Run, head: int = HEAD_BYTES, tail: int = TAIL_BYTES) -> list[ConsoleLine]:
    """The lines in the first `head` and the last `tail` bytes of what is kept. Reads a metric too, for their steps."""
    return _with_steps(store, run, list(_lines(store.console(run.id), head, tail)))


def last_lines(store: "AnyStore", run_id: str, count: int, room: int = 8 << 10) -> list[str]:
    """The text of the last `count` lines, as far as the last `room` bytes have them."""
    found = _lines(store.console(run_id), 0, room)
    return [line.text for line in found if not line.missing][-count:]


def extent(store: "AnyStore", run_id: str) -> tuple[str, int]:
    """The last stream, and how much is kept of all: what it printed has changed where this has."""
    kept = store.console(run_id)
    return kept[-1].stem if kept else "", sum(piece.start + piece.size for piece in kept)


def _lines(pieces: Sequence[Piece], head: int, tail: int) -> Iterator[ConsoleLine]:
    spans = _spans(pieces, head, tail)
    at, stem = 0, None
    for joined in _contiguous(spans):
        first, last = joined[0], joined[-1]
        start = first.piece.start + first.begin
        missing = start - (at if first.piece.stem == stem else 0)
        if missing:
            yield ConsoleLine(f"… {missing:,} bytes are not shown here", missing=missing)
        yield from _lines_of(joined, cut=bool(missing))
        at, stem = last.piece.start + last.end, last.piece.stem


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


def _contiguous(spans: Sequence[_Span]) -> Iterator[list[_Span]]:
    """Spans of which each goes on where the one before it ends, together."""
    joined: list[_Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before is not None and (before.piece.stem, before.piece.start + before.end) != (
            span.piece.stem,
            span.piece.start + span.begin,
        ):
            yield joined
            joined = []
        joined.append(span)
    if joined:
        yield joined


def _lines_of(spans: Sequence[_Span], *, cut: bool) -> Iterator[ConsoleLine]:
    """The lines of bytes that follow one another; `cut` where the first one is only the end of one."""
    data = b"".join(span.piece.read(span.begin, span.end) for span in spans)
    dated = (stamp for span in spans for stamp in span.piece.stamps() if 0 <= stamp.time < LATEST)
    stamps = sorted(dated, key=lambda stamp: stamp.start)
    starts = [stamp.start for stamp in stamps]
    at = spans[0].piece.start + spans[0].begin
    whole = data.removesuffix(b"\n").split(b"\n") if data else []
    for number, line in enumerate(whole):
        text, begins = _last_state(line)
        known = bisect_right(starts, at + begins) - 1
        if number or not cut or len(whole) == 1:
            yield ConsoleLine(text, stamps[known].time if known >= 0 else None)
        at += len(line) + 1


def _last_state(line: bytes) -> tuple[str, int]:
    """A line as it stands in the end, and where that begins: what came before a carriage return is overwritten."""
    end = len(line)
    while end > 0:
        begin = line.rfind(b"\r", 0, end) + 1
        if text := console.plain(line[begin:end]).rstrip():
            return text, begin
        end = begin - 1
    return "", 0


def _with_steps(store: "AnyStore", run: Run, found: list[ConsoleLine]) -> list[ConsoleLine]:
    """The same, each line with the step that the run had reached by then."""
    metrics = [name for name in run.metrics if not is_system(name)]
    if not metrics or all(line.time is None for line in found):
        return found
    import numpy as np

    series = store.series(run.id, max(metrics, key=lambda name: run.metrics[name].count))
    order = np.argsort(series.time, kind="stable")
    times, steps = series.time[order], series.step[order]
    moments = np.array([np.nan if line.time is None else line.time for line in found])
    reached = np.searchsorted(times, moments, side="right") - 1
    return [
        line if line.time is None or at < 0 else ConsoleLine(line.text, line.time, int(steps[at]), line.missing)
        for line, at in zip(found, reached, strict=True)
    ]
