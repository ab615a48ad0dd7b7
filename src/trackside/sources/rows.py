"""Rows whose keys vary, gathered into points: a few large blocks however the rows alternate."""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trackside.model.foreign import Cursor, Item, Points, Texts

_ROWS = 8_192
_CELLS = 1 << 18


class Rows:
    """Rows as they come, until they are taken as points.

    Metrics that stand in the same rows come as one block, others apart, so that each metric keeps its order.
    """

    def __init__(self) -> None:
        self._empty()

    def _empty(self) -> None:
        self._steps = array("q")
        self._times = array("d")
        self._rows: dict[str, array[int]] = {}
        self._values: dict[str, array[float]] = {}
        self._cells = 0

    @property
    def full(self) -> bool:
        """Whether it is time to take them."""
        return len(self._steps) >= _ROWS or self._cells >= _CELLS

    def add(self, step: int, values: Mapping[str, float], time: float = math.nan) -> None:
        """One row; `time` is NaN where it is not known. OverflowError for a step that 64 bits do not hold."""
        self._steps.append(step)
        self._times.append(time)
        row = len(self._times) - 1
        for key, value in values.items():
            if key not in self._rows:
                self._rows[key], self._values[key] = array("q"), array("d")
            self._rows[key].append(row)
            self._values[key].append(value)
        self._cells += len(values)

    def take(self) -> Iterator[Points]:
        """What came since the last time, as points."""
        import numpy as np

        together: dict[bytes, list[str]] = {}
        for key, rows in self._rows.items():
            together.setdefault(rows.tobytes(), []).append(key)
        steps, times, values = np.array(self._steps), np.array(self._times), self._values
        self._empty()
        for places, keys in together.items():
            at = np.frombuffer(places, np.int64)
            value = np.column_stack([np.array(values[key]) for key in keys])
            yield Points(tuple(keys), steps[at], times[at], value)


class Row(NamedTuple):
    """Metrics and texts that were logged together; `time` in seconds since the epoch, NaN where it is not known."""

    step: int
    values: Mapping[str, float]
    time: float = math.nan
    texts: Mapping[str, str] = {}


def items_of(rows: Iterable[Row | Item], state: Callable[[], Any], seen: float = math.nan) -> Iterator[Item]:
    """Rows as points and texts, with a cursor after each block; items among them come where they stand.

    `state` is asked once all rows that were taken so far have been given. `seen` is the time of rows that say none:
    when their file was seen to have grown.
    """
    gathered = Rows()
    for row in rows:
        if isinstance(row, Row):
            time = seen if math.isnan(row.time) else row.time
            gathered.add(row.step, row.values, time)
            if row.texts:
                yield Texts(row.step, time, dict(row.texts))
            if gathered.full:
                yield from gathered.take()
                yield Cursor(state())
        else:
            yield from gathered.take()
            yield row
    yield from gathered.take()
