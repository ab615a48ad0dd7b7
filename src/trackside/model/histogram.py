"""A histogram: how many values lie between which edges, and how many are no finite number.

Part of every training process: standard library and msgspec only.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from trackside.model.bounds import Count, Int64

HISTOGRAM = "histogram"
"""The kind of artifact, and in a log the one key of a value that is a histogram."""

MOST_BINS = 64
"""Of a histogram whose maker did not ask for more."""

MOST = 4_096
"""Bins that a histogram may have at all."""

MOST_VALUES = 1e300
"""Of any histogram: sums of them are finite."""

_MOST_WHOLE = 1 << 53
"""Up to here a count may be a whole number; a larger one is a float, which every format has room for."""


class Histogram(msgspec.Struct, frozen=True, omit_defaults=True, rename={"above": "inf", "below": "-inf"}):
    """`counts[i]` values lie between `edges[i]` and `edges[i + 1]`; `nan`, `above` and `below` are not finite.

    Where all bins are equally wide `edges` may be the first and the last alone. Without a finite value both are empty.
    ValueError where they do not fit one another, or are none.
    """

    edges: tuple[float, ...] = ()
    counts: tuple[int | float, ...] = ()
    nan: Count = 0
    above: Count = 0
    below: Count = 0

    def __post_init__(self) -> None:
        bins, edges = len(self.counts), self.edges
        if bins > MOST or len(edges) not in ({2, bins + 1} if bins else {0}):
            raise ValueError(
                f"{bins} counts and {len(edges)} edges: a histogram has one edge more, and at most {MOST} bins"
            )
        rising = all(edges[at] <= edges[at + 1] for at in range(len(edges) - 1))
        if not rising or not all(map(math.isfinite, edges)):
            raise ValueError("the edges of a histogram are finite and do not fall")
        if not all(map(_is_count, self.counts)) or not sum(self.counts) <= MOST_VALUES:
            raise ValueError(f"the counts of a histogram are not negative, and at most {MOST_VALUES:g} together")

    @property
    def total(self) -> float:
        """How many finite values it has."""
        return sum(self.counts)

    @property
    def nonfinite(self) -> int:
        """How many values are NaN or infinite."""
        return self.nan + self.above + self.below

    def all_edges(self) -> tuple[float, ...]:
        """The edges of every bin."""
        bins = len(self.counts)
        if len(self.edges) == bins + 1:
            return self.edges
        low, high = self.edges
        return tuple(low * (1 - at / bins) + high * (at / bins) for at in range(bins + 1))


class LoggedHistogram(Histogram, frozen=True, kw_only=True):
    """A histogram, and where it was logged: `time` is in seconds since the epoch."""

    step: Int64
    time: float


def line(histogram: LoggedHistogram) -> bytes:
    """It as a line of JSON."""
    return msgspec.json.encode(histogram) + b"\n"


def of_lines(content: bytes) -> list[LoggedHistogram]:
    """The histograms in lines of JSON. `msgspec.MsgspecError` where they are none."""
    return msgspec.json.Decoder(LoggedHistogram).decode_lines(content)


def fitted(counts: Sequence[int | float], edges: Sequence[float], most: int = MOST_BINS) -> Histogram:
    """Counts between edges in at most so many bins, without the empty ones at both ends.

    Neighbours are put together, so that no count is split: of the edges those are kept that are nearest to an even
    grid. ValueError where this is no histogram.
    """
    if len(edges) != len(counts) + 1:
        raise ValueError(f"{len(counts)} counts and {len(edges)} edges: there is one edge more than counts")
    try:
        numbers = list(map(float, counts))
    except OverflowError:
        raise ValueError(f"the counts of a histogram are at most {MOST_VALUES:g} together") from None
    first, last = held(numbers)
    if first == last:
        return Histogram()
    kept = range(first, last + 1) if last - first <= most else _nearest(edges, first, last, most)
    sums = (sum(numbers[start:end], 0.0) for start, end in pairwise(kept))
    whole = tuple(int(count) if count <= _MOST_WHOLE and count.is_integer() else count for count in sums)
    return Histogram(tuple(float(edges[at]) for at in kept), whole)


def held(counts: Sequence[float]) -> tuple[int, int]:
    """The first bin that is not empty, and the one after the last."""
    first = next((at for at, count in enumerate(counts) if count), len(counts))
    after = next((at for at in range(len(counts), first, -1) if counts[at - 1]), first)
    return first, after


def _is_count(count: float) -> bool:
    return 0 <= count <= (_MOST_WHOLE if isinstance(count, int) else MOST_VALUES)


def _nearest(edges: Sequence[float], first: int, last: int, most: int) -> Sequence[int]:
    """Which edges are nearest to those of `most` equally wide bins; the first and the last are among them."""
    found = {first, last}
    for line in range(1, most):
        wanted = edges[first] * (1 - line / most) + edges[last] * (line / most)
        after = bisect_left(edges, wanted, first, last)
        before = max(first, after - 1)
        found.add(before if wanted - edges[before] < edges[after] - wanted else after)
    return sorted(found)
