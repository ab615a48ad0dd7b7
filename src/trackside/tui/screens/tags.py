"""The tag picker: type to narrow, space toggles, and any, all or none of the chosen tags make the filter."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from textual.content import Content

from trackside.query import edit
from trackside.tui.narrow import narrowed
from trackside.tui.screens.narrowed_list import NarrowedList
from trackside.tui.terminal import one_line

_WAYS: dict[str, Callable[[str, str, Iterable[str]], str]] = {
    "any": edit.with_any,
    "all": edit.with_all,
    "none": edit.with_none,
}


class Picked(msgspec.Struct, frozen=True):
    """The tags that were chosen and whether any, all or none of them are asked for."""

    way: str = "any"
    tags: tuple[str, ...] = ()

    @classmethod
    def read_from(cls, filter_: str) -> "Picked":
        """What the filter asks for by now."""
        way = edit.way_of(filter_, "tag")
        return cls(way, tuple((edit.excluded_of if way == "none" else edit.values_of)(filter_, "tag")))

    def written_into(self, filter_: str) -> str:
        """The filter with these in place of its former terms for tags."""
        return _WAYS[self.way](filter_, "tag", self.tags)


class TagPicker(NarrowedList[Picked]):
    """Gives back what was picked, None where nothing else was picked than is asked for, or it was left with escape."""

    CSS = """
    TagPicker > Vertical { width: 60; max-width: 90%; max-height: 70%; }
    """

    def __init__(self, tags: Sequence[tuple[str, int]], asked: Picked) -> None:
        super().__init__("tags", len(tags))
        self._counts = dict(tags)
        self._asked = asked
        self._chosen = set(asked.tags)
        self._has_chosen = False
        self._way = asked.way

    def offered(self, typed: str) -> list[str]:
        """The tags that match, the most frequent first."""
        return narrowed(list(self._counts), typed)

    def shown_as(self, choice: str) -> Content:
        """Whether it is chosen, and how many runs have it."""
        sign = "● " if choice in self._chosen else "○ "
        return Content.assemble(
            (sign, "$accent"), one_line(choice), (f"  {self._counts[choice]:,}", "$foreground-muted")
        )

    def says(self) -> str:
        """What the keys do, and whether any, all or none are asked for."""
        return f"space toggle   tab any/all/none: {self._way}   enter filter"

    def keys(self) -> Mapping[str, str]:
        """A space is no letter: no tag has one."""
        return {**super().keys(), "space": "take", "tab": "way"}

    def take(self, choice: str) -> None:
        """Choose it, or leave it out again."""
        self._chosen ^= {choice}
        self._has_chosen = True
        self.clear(choice)

    def action_enter(self) -> None:
        """Give back what is chosen; where nothing is, the one under the cursor, unless the last one was left out."""
        if not self._chosen and self.at_cursor is not None and (self.line.value or not self._has_chosen):
            self.action_take()
        changed = self._way != self._asked.way or self._chosen != set(self._asked.tags)
        self.dismiss(Picked(self._way, tuple(filter(self._chosen.__contains__, self._counts))) if changed else None)

    def action_way(self) -> None:
        """Any of them, all of them, none of them."""
        ways = list(_WAYS)
        self._way = ways[(ways.index(self._way) + 1) % len(ways)]
        self.say()
