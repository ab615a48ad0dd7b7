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

    way: str
    tags: tuple[str, ...]

    def written_into(self, filter_: str) -> str:
        """The filter with these in place of its former terms for tags."""
        return _WAYS[self.way](filter_, "tag", self.tags)


class TagPicker(NarrowedList[Picked]):
    """Gives back what was picked, None where it was left with escape."""

    CSS = """
    TagPicker > Vertical { width: 60; max-width: 90%; max-height: 70%; }
    """

    def __init__(self, tags: Sequence[tuple[str, int]], chosen: Iterable[str]) -> None:
        super().__init__("tags", len(tags))
        self._counts = dict(tags)
        self._chosen = set(chosen)
        self._has_chosen = False
        self._way = "any"

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
        self.dismiss(Picked(self._way, tuple(tag for tag in self._counts if tag in self._chosen)))

    def action_way(self) -> None:
        """Any of them, all of them, none of them."""
        ways = list(_WAYS)
        self._way = ways[(ways.index(self._way) + 1) % len(ways)]
        self.say()
