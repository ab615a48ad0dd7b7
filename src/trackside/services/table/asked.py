"""What a person asks of the runs table, and how its parts are typed. The first paint needs it: no polars here."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from trackside.config.state import View

ShownChange: TypeAlias = Literal["delta", "percent"]
Change: TypeAlias = Literal["value"] | ShownChange
"""What metric columns show: the value, or how it differs from that of the project's baseline."""


class SortKey(msgspec.Struct, frozen=True):
    """A key as a filter knows it, or a column; and the direction."""

    key: str
    descending: bool = False

    @property
    def typed(self) -> str:
        """As it is typed: `-KEY` is from large to small."""
        return f"-{self.key}" if self.descending else self.key


NEWEST_FIRST = (SortKey("created", descending=True),)


class Asked(msgspec.Struct, frozen=True):
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


def asked_by(view: View) -> Asked:
    """What a kept view asks for."""
    columns = tuple(view.columns) if view.columns else None
    return Asked(view.filter, sort_keys(view.sort), columns, view.pinned, view.change, tuple(view.by))


def view_of(asked: Asked, metric: str | None) -> View:
    """What is asked for, to be kept with the metric that is looked at."""
    return View(
        filter=asked.filter,
        sort=[key.typed for key in asked.sort],
        columns=list(asked.columns) if asked.columns else None,
        pinned=asked.pinned,
        change=asked.change,
        metric=metric,
        by=list(asked.by),
    )


def sort_keys(typed: Iterable[str]) -> tuple[SortKey, ...]:
    """The keys that are typed so; the order in which runs were begun, newest first, where there are none."""
    keys = (SortKey(word.removeprefix("-"), descending=word.startswith("-")) for word in map(str.strip, typed))
    return tuple(keys) or NEWEST_FIRST
