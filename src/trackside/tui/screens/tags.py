"""The tag picker: type to narrow, space toggles, and any, all or none of the chosen tags make the filter."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from trackside.query import edit
from trackside.tui.narrow import narrowed
from trackside.tui.screens.narrowed_list import AROUND, NarrowedList
from trackside.tui.terminal import one_line
from trackside.tui.widgets.options import Options

_WAYS: dict[str, Callable[[str, str, Iterable[str]], str]] = {
    "any": edit.with_any,
    "all": edit.with_all,
    "none": edit.with_none,
}
_KEYS = {"space": "toggle_tag", "tab": "way"}
_MOST = 1_000
"""Tags that are listed; all of them are searched."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The tags that were chosen and whether any, all or none of them are asked for."""

    way: str
    tags: tuple[str, ...]

    def written_into(self, filter_: str) -> str:
        """The filter with these in place of its former terms for tags."""
        return _WAYS[self.way](filter_, "tag", self.tags)


class _Line(Input):
    """A box in which a space is no letter: no tag has one."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave the space to the picker."""
        return key != "space" and super().check_consume_key(key, character)


class TagPicker(NarrowedList[Picked]):
    """Gives back what was picked, None where it was left with escape."""

    CSS = """
    TagPicker > Vertical { width: 60; max-width: 90%; max-height: 70%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, action, show=False, priority=True) for key, action in _KEYS.items()),
    ]

    def __init__(self, tags: Sequence[tuple[str, int]], chosen: Iterable[str]) -> None:
        super().__init__()
        self._counts = dict(tags)
        self._chosen = set(chosen)
        self._way = "any"
        self._listed: list[str] = []

    def compose(self) -> ComposeResult:
        """What is typed, the tags that it leaves, what the keys do."""
        box = Vertical()
        box.border_title = "tags"
        box.styles.height = max(1, len(self._counts)) + AROUND
        with box:
            line = _Line(placeholder="type to narrow", compact=True)
            line.cursor_blink = False
            yield line
            tags = Options()
            tags.can_focus = False
            yield tags
            yield Static()

    def on_mount(self) -> None:
        """All tags at first."""
        self._list("")

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if not self._chosen and self._listed and self.query_one(Input).value:
            self.action_toggle_tag()
        self.dismiss(Picked(self._way, tuple(tag for tag in self._counts if tag in self._chosen)))

    def action_way(self) -> None:
        """Any of them, all of them, none of them."""
        ways = list(_WAYS)
        self._way = ways[(ways.index(self._way) + 1) % len(ways)]
        self._say()

    def action_toggle_tag(self) -> None:
        """Choose the tag under the cursor, or leave it out again; what was typed to find it has served."""
        at = self.query_one(OptionList).highlighted
        if at is None or at >= len(self._listed):
            self.tell_nothing()
            return
        tag = self._listed[at]
        self._chosen ^= {tag}
        box = self.query_one(Input)
        with self.prevent(Input.Changed):
            box.value = ""
        self._list("", tag)

    def _list(self, typed: str, at: str | None = None) -> None:
        """The tags that typing leaves, the first of very many, and that one."""
        found = narrowed(list(self._counts), typed)
        self._listed = found[:_MOST] if at is None or at in found[:_MOST] else [at, *found[: _MOST - 1]]
        options = [Option(self._line(tag, self._counts[tag])) for tag in self._listed]
        if left := len(found) - len(self._listed):
            options.append(Option(f"  … {left:,} more: type to narrow", disabled=True))
        self.fill(options, self._listed.index(at) if at in self._listed else 0, typed)
        self._say()

    def _line(self, tag: str, count: int) -> Content:
        sign = "● " if tag in self._chosen else "○ "
        return Content.assemble((sign, "$accent"), one_line(tag), (f"  {count:,}", "$foreground-muted"))

    def _say(self) -> None:
        self.query_one(Static).update(f"space toggle   tab any/all/none: {self._way}   enter filter")
