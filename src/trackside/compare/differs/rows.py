"""Named things of a baseline and of a number of candidates, one row a name: what differs first."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import chain
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

from trackside.model.natural import Order, natural

Change = Literal["same", "changed", "added", "removed", "unknown"]
"""What became of a thing of the baseline in a candidate; `unknown` where one of the two does not say."""

State = Literal["different", "unknown", "same"]


class Missing(Enum):
    """What stands for a thing that a run does not have, which is another thing than None."""

    MISSING = "(not set)"

    def __str__(self) -> str:
        return self.value


MISSING: Final = Missing.MISSING

T = TypeVar("T")
Judge: TypeAlias = Callable[[T | Missing, T | Missing], Change]


class Row(msgspec.Struct, Generic[T], frozen=True):
    """One thing: the baseline's, and in the candidates' order theirs and what became of it."""

    key: str
    baseline: T | Missing
    values: tuple[T | Missing, ...]
    changes: tuple[Change, ...]

    @property
    def sides(self) -> tuple[T | Missing, ...]:
        """The baseline's, then the candidates'."""
        return (self.baseline, *self.values)

    @property
    def state(self) -> State:
        """Whether it differs in any of the candidates; unknown where it may."""
        others = set(self.changes) - {"same"}
        return "different" if others - {"unknown"} else "unknown" if others else "same"


def rows(
    baseline: Mapping[str, T],
    candidates: Sequence[Mapping[str, T] | None],
    judge: Judge[T],
    *,
    everything: bool = False,
) -> tuple[Row[T], ...]:
    """What differs, then what may, and with `everything` what is the same; each by name, numbers by their size.

    A candidate that is None says nothing of anything.
    """
    keys = dict.fromkeys(chain(baseline, *(candidate or () for candidate in candidates)))
    found = [_row(key, baseline, candidates, judge) for key in keys]
    shown = found if everything else [row for row in found if row.state != "same"]
    return tuple(sorted(shown, key=lambda row: (_STATES.index(row.state), _nested(row.key))))


def change(before: T | Missing, after: T | Missing) -> Change:
    """What became of a thing that is there or not."""
    if same(before, after):
        return "same"
    return "added" if before is MISSING else "removed" if after is MISSING else "changed"


def change_of_known(before: T | Missing, after: T | Missing) -> Change:
    """What became of a thing that every run has, whether it says so or not."""
    if MISSING in (before, after):
        return "unknown"
    return change(before, after)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, by their types: 1e-3 is 0.001 and 1 is 1.0, while True and "1" are other things.

    Lists are equal where their elements are; NaN is what NaN is. Values may be nested as deep as they like.
    """
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if isinstance(left, list | tuple) and isinstance(right, list | tuple) and len(left) == len(right):
            pairs += zip(left, right, strict=True)
        elif isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
            pairs += [(left[key], right[key]) for key in left]
        elif not _equal(left, right):
            return False
    return True


_STATES: tuple[State, ...] = ("different", "unknown", "same")


def _row(key: str, baseline: Mapping[str, T], candidates: Sequence[Mapping[str, T] | None], judge: Judge[T]) -> Row[T]:
    first = baseline.get(key, MISSING)
    values = tuple(MISSING if known is None else known.get(key, MISSING) for known in candidates)
    judged = (judge(first, value) for value in values)
    changes = ("unknown" if known is None else each for known, each in zip(candidates, judged, strict=True))
    return Row(key, first, values, tuple(changes))


def _nested(key: str) -> tuple[Order, ...]:
    return tuple(map(natural, key.split(".")))


def _equal(one: Any, other: Any) -> bool:
    if _is_number(one) and _is_number(other):
        return bool(one == other or (one != one and other != other))
    return type(one) is type(other) and bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
