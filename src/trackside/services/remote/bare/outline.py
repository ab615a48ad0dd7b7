"""A curve of a log in few of its points, as `store/outline.py` chooses them.

The standard library of Python 3.8 alone.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from trackside.services.remote.bare.in_short import row_runs

MOST_POINTS = 2_000


class Points:
    """The points of a metric, in the order in which they were logged: by their steps."""

    def __init__(self, logs: Iterable[bytes], metric: str) -> None:
        self.step, self.time, self.value = array("q"), array("d"), array("d")
        for log in logs:
            for keys, rows in row_runs(log):
                if metric in keys:
                    at = keys.index(metric)
                    one = struct.iter_unpack(f"<6xqd{8 * at}xd{8 * (len(keys) - at - 1)}x4x", rows)
                    step, time, value = zip(*one)  # noqa: B905  which Python 3.8 has no `strict` for
                    self.step.extend(step)
                    self.time.extend(time)
                    self.value.extend(value)

    def outline(self, low: float | None, high: float | None) -> list[Any]:
        """How many there are, and [step, time, value] of those that a chart needs, between two steps or of all."""
        start = 0 if low is None else max(0, bisect_left(self.step, low) - 1)
        end = len(self.step) if high is None else min(len(self.step), bisect_right(self.step, high) + 1)
        places: Iterable[int] = range(start, end)
        if end - start > MOST_POINTS:
            places = self._kept(start, end, MOST_POINTS // 2)
        return [len(self.step), *([self.step[at], self.time[at], self.value[at]] for at in places)]

    def _kept(self, start: int, end: int, parts: int) -> list[int]:
        """Of each even part of the steps the least and the greatest value, and where values cease to be finite."""
        seen = {start, end - 1}
        finite = bytes(map(isfinite, self.value[start:end]))
        for at in _turns(finite, parts):
            seen.update((start + at, start + at + 1))
        first = self.step[start]
        span = max(1, self.step[end - 1] - first)
        part = array("q", (min(int((step - first) / span * parts), parts - 1) for step in self.step[start:end]))
        at = 0
        while at < len(part):
            until = bisect_right(part, part[at], at)
            usable = [place for place in range(start + at, start + until) if finite[place - start]]
            if usable:
                seen.add(min(usable, key=self.value.__getitem__))
                seen.add(max(reversed(usable), key=self.value.__getitem__))
            at = until
        return sorted(seen)


def _turns(finite: bytes, most: int) -> Iterator[int]:
    """Where finite values are followed by others, or those by finite ones; the first of these places."""
    at = 0
    for _ in range(most):
        at = finite.find(1 - finite[at], at)
        if at < 0:
            return
        yield at - 1
