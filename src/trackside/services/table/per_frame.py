"""What was made of frames that were asked about lately: frames are replaced, and never changed."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import polars as pl

_MOST = 3
_T = TypeVar("_T")


class Kept(Generic[_T]):
    """The latest few, by frame and key. They hold no frame that nobody else holds."""

    def __init__(self) -> None:
        self._latest: list[tuple[weakref.ref[pl.DataFrame], object, _T]] = []

    def of(self, frame: "pl.DataFrame", key: object, make: Callable[[], _T]) -> _T:
        """The kept one, or a new one where the frame or the key is another."""
        latest = [kept for kept in self._latest if kept[0]() is not None]
        for kept in latest:
            if kept[0]() is frame and kept[1] == key:
                return kept[2]
        made = make()
        self._latest = [*latest[-_MOST + 1 :], (weakref.ref(frame), key, made)]
        return made
