"""Columns of numbers as they are sent: bytes of one weight together, which is what lets zlib find how alike they are.

Where neighbours are near each other it is their differences that are sent. Nothing is lost: a float keeps each bit.
"""

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from trackside.services.remote.calls import Numbers

_BYTES = 8


def packed(values: npt.NDArray[Any]) -> Numbers:
    """From int64[n] or float64[n]."""
    whole = np.ascontiguousarray(values).view(np.int64)
    plain, diffed = _planes(whole), _planes(np.diff(whole, prepend=np.int64(0)))
    return Numbers(diffed, diffed=True) if _weight(diffed) < _weight(plain) else Numbers(plain)


def integers(numbers: Numbers, count: int) -> npt.NDArray[np.int64]:
    """int64[count]. ValueError where there are more or fewer."""
    if len(numbers.planes) != _BYTES * count:
        raise ValueError(f"{len(numbers.planes)} bytes are not {count} numbers")
    planes = np.frombuffer(numbers.planes, np.uint8).reshape(_BYTES, count)
    whole = np.ascontiguousarray(planes.T).view("<i8").reshape(-1).astype(np.int64, copy=False)
    return np.cumsum(whole, dtype=np.int64) if numbers.diffed else whole


def floats(numbers: Numbers, count: int) -> npt.NDArray[np.float64]:
    """float64[count]. ValueError where there are more or fewer."""
    return integers(numbers, count).view(np.float64)


def _planes(whole: npt.NDArray[np.int64]) -> bytes:
    return np.ascontiguousarray(whole.astype("<i8", copy=False).view(np.uint8).reshape(-1, _BYTES).T).tobytes()


def _weight(planes: bytes) -> int:
    return len(zlib.compress(planes, 1))
