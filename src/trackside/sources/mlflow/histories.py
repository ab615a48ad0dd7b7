"""Histories of metrics, gathered into points: metrics that were always logged together come as one block."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from trackside.model.bounds import LATEST
from trackside.model.foreign import Points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N = TypeVar("N", int, float)
Numbers: TypeAlias = "Sequence[N] | NDArray[np.int64] | NDArray[np.float64]"

_CELLS = 1 << 18
_METRICS = 1 << 12
_EARLIEST_MS = 100_000_000_000
LARGEST = sys.float_info.max
"""What databases keep for an infinity, with its sign."""


class _Block(NamedTuple):
    stamps: "NDArray[np.int64]"
    steps: "NDArray[np.int64]"
    values: "NDArray[np.float64]"


class Histories:
    """Points as they come, by metric, until they are taken."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[_Block]] = {}
        self._cells = 0

    @property
    def full(self) -> bool:
        """Whether it is time to take them."""
        return self._cells >= _CELLS or len(self._blocks) >= _METRICS

    def add(self, key: str, stamps: "Numbers[int]", steps: "Numbers[int]", values: "Numbers[float]") -> None:
        """Points of one metric in their order, n of each; `stamps` are milliseconds, as all that MLflow has of times.

        OverflowError for a number that 64 bits do not hold.
        """
        import numpy as np

        block = _Block(np.asarray(stamps, np.int64), np.asarray(steps, np.int64), np.asarray(values, np.float64))
        self._blocks.setdefault(key, []).append(block)
        self._cells += len(block.stamps)

    def take(self) -> Iterator[Points]:
        """What came since the last time."""
        import numpy as np

        blocks, self._blocks, self._cells = self._blocks, {}, 0
        together: dict[tuple[bytes, bytes], list[str]] = {}
        whole = {key: parts[0] if len(parts) == 1 else _joined(parts) for key, parts in blocks.items()}
        for key, block in whole.items():
            together.setdefault((block.stamps.tobytes(), block.steps.tobytes()), []).append(key)
        for keys in together.values():
            first = whole[keys[0]]
            value = np.column_stack([whole[key].values for key in keys])
            yield Points(tuple(keys), first.steps, seconds(first.stamps), value)


def _joined(parts: list[_Block]) -> _Block:
    import numpy as np

    return _Block(*map(np.concatenate, zip(*parts, strict=True)))


def seconds(stamps: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """Milliseconds as seconds, and seconds that were given for milliseconds; NaN for what no calendar has."""
    import numpy as np

    if len(stamps) and stamps.min() >= _EARLIEST_MS and stamps.max() < LATEST * 1000:
        return stamps / 1000
    time = np.where(stamps >= _EARLIEST_MS, stamps / 1000, stamps)
    return np.where((time > 0) & (time < LATEST), time, np.nan)


def restored(value: float) -> float:
    """A value as it was logged: databases keep infinities as the largest numbers there are."""
    if value >= LARGEST:
        return float("inf")
    return float("-inf") if value <= -LARGEST else value
