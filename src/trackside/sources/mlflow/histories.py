"""Histories of metrics, gathered into points: metrics that were always logged together come as one block."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trackside.model.bounds import LATEST
from trackside.model.foreign import Points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CELLS = 1 << 18
_EARLIEST_MS = 100_000_000_000
_LARGEST = sys.float_info.max


class Histories:
    """Points as they come, by metric, until they are taken."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[tuple[Any, Any, Any]]] = {}
        self._cells = 0

    @property
    def full(self) -> bool:
        """Whether it is time to take them."""
        return self._cells >= _CELLS

    def add(self, key: str, stamps: Sequence[int], steps: Sequence[int], values: Sequence[float]) -> None:
        """Points of one metric in their order; `stamps` are milliseconds, as all that MLflow has of times.

        OverflowError for numbers that 64 bits do not hold.
        """
        import numpy as np

        block = np.array(stamps, np.int64), np.array(steps, np.int64), np.array(values, np.float64)
        self._blocks.setdefault(key, []).append(block)
        self._cells += len(stamps)

    def take(self) -> Iterator[Points]:
        """What came since the last time."""
        import numpy as np

        blocks, self._blocks, self._cells = self._blocks, {}, 0
        together: dict[tuple[bytes, bytes], list[str]] = {}
        columns = {}
        for key, parts in blocks.items():
            stamps, steps, columns[key] = parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))
            together.setdefault((stamps.tobytes(), steps.tobytes()), []).append(key)
        for (stamps, steps), keys in together.items():
            value = np.column_stack([columns[key] for key in keys])
            yield Points(tuple(keys), np.frombuffer(steps, np.int64), seconds(np.frombuffer(stamps, np.int64)), value)


def seconds(stamps: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """Milliseconds as seconds, and seconds that were given for milliseconds; NaN for what no calendar has."""
    import numpy as np

    time = np.where(stamps >= _EARLIEST_MS, stamps / 1000, stamps)
    return np.where((time > 0) & (time < LATEST), time, np.nan)


def restored(value: float) -> float:
    """A value as it was logged: databases keep infinities as the largest numbers there are."""
    if value >= _LARGEST:
        return float("inf")
    return float("-inf") if value <= -_LARGEST else value
