"""Columns of numbers as they are sent: bytes of one weight together, which is what lets zlib find how alike they are.

What is sent is the numbers, or how each differs from the one before it, or from that of another column: whichever
packs best. Nothing is lost: a float keeps each bit.
"""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from trackside.services.remote.protocol.calls import Numbers

_BYTES = 8
_PLAIN: Mapping[int, npt.NDArray[np.int64]] = {}


def packed(values: npt.NDArray[Any], others: Mapping[int, npt.NDArray[np.int64]] = _PLAIN) -> Numbers:
    """From int64[n] or float64[n]; `others` are columns of the same length that are sent before, by their places."""
    whole = bits(values)
    ways = [Numbers(_planes(whole)), Numbers(_planes(np.diff(whole, prepend=np.int64(0))), diffed=True)]
    ways += [Numbers(_planes(whole - other), less=place) for place, other in others.items()]
    return min(ways, key=lambda way: len(zlib.compress(way.planes, 1)))


def bits(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The same numbers as int64[n], floats by their bits."""
    return np.ascontiguousarray(values).view(np.int64)


def integers(
    numbers: Numbers, count: int, others: Mapping[int, npt.NDArray[np.int64]] = _PLAIN
) -> npt.NDArray[np.int64]:
    """int64[count]. ValueError where there are more or fewer, KeyError where `others` lack what they differ from."""
    if len(numbers.planes) != _BYTES * count:
        raise ValueError(f"{len(numbers.planes)} bytes are not {count} numbers")
    planes = np.frombuffer(numbers.planes, np.uint8).reshape(_BYTES, count)
    whole = np.ascontiguousarray(planes.T).view("<i8").reshape(-1).astype(np.int64, copy=False)
    if numbers.less is not None:
        return whole + others[numbers.less]
    return np.cumsum(whole, dtype=np.int64) if numbers.diffed else whole


def floats(numbers: Numbers, count: int) -> npt.NDArray[np.float64]:
    """float64[count]. ValueError where there are more or fewer."""
    return integers(numbers, count).view(np.float64)


def _planes(whole: npt.NDArray[np.int64]) -> bytes:
    return np.ascontiguousarray(whole.astype("<i8", copy=False).view(np.uint8).reshape(-1, _BYTES).T).tobytes()
