"""What a person asks of the runs table, and how its parts are typed. The first paint needs it: no polars here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

ShownChange: TypeAlias = Literal["delta", "percent"]
Change: TypeAlias = Literal["value"] | ShownChange
"""What metric columns show: the value, or how it differs from that of the project's baseline."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key as a filter knows it, or a column; and the direction."""

    key: str
    descending: bool = False

    @property
    def typed(self) -> str:
        """As it is typed: `-KEY` is from large to small."""
        return f"-{self.key}" if self.descending else self.key


NEWEST_FIRST = (SortKey("created", descending=True),)


@dataclass(frozen=True)
class Asked:
    """What is asked for: a filter, keys to sort by, the columns (those that vary, without), of which the first stay.

    Runs stand in groups where there are keys to group them `by`.
    """

    filter: str = ""
    sort: tuple[SortKey, ...] = NEWEST_FIRST
    columns: tuple[str, ...] | None = None
    pinned: int = 1
    change: Change = "value"
    by: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All in which a metric may be named."""
        return (self.filter, *(key.key for key in self.sort), *(self.columns or ()), *self.by)


def sort_keys(typed: Iterable[str]) -> tuple[SortKey, ...]:
    """The keys that are typed so; the order in which runs were begun, newest first, where there are none."""
    keys = (SortKey(word.removeprefix("-"), descending=word.startswith("-")) for word in map(str.strip, typed))
    return tuple(keys) or NEWEST_FIRST
