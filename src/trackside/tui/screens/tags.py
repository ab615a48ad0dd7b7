"""The tag picker: type to narrow, space toggles, and any, all or none of the chosen tags make the filter."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from trackside.query import edit
from trackside.tui.terminal import one_line

_WAYS: dict[str, Callable[[str, str, Iterable[str]], str]] = {
    "any": edit.with_any,
    "all": edit.with_all,
    "none": edit.with_none,
}
_MOVES = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}


@dataclass(frozen=True, slots=True)
class Picked:
    """The tags that were chosen and whether any, all or none of them are asked for."""

    way: str
    tags: tuple[str, ...]

    def written_into(self, filter_: str) -> str:
        """The filter with these in place of its former terms for tags."""
        return _WAYS[self.way](filter_, "tag", self.tags)


class TagPicker(ModalScreen[Picked | None]):
    """Gives back what was picked, None where it was left with escape."""

    CSS = """
    TagPicker { align: center middle; }
    TagPicker > Vertical { width: 50; max-width: 90%; height: 70%; max-height: 26; background: $panel; }
    TagPicker > Vertical { border: round $primary; }
    TagPicker Input { border: none; height: 1; background: $surface; }
    TagPicker OptionList { height: 1fr; border: none; background: $panel; }
    TagPicker Static { height: 1; padding: 0 1; color: $foreground-muted; }
    """

    def __init__(self, tags: Sequence[tuple[str, int]], chosen: Iterable[str]) -> None:
        super().__init__()
        self._tags = tuple(tags)
        self._chosen = set(chosen)
        self._way = "any"
        self._listed: list[str] = []

    def compose(self) -> ComposeResult:
        """What is typed, the tags that it leaves, what the keys do."""
        box = Vertical()
        box.border_title = "tags"
        with box:
            line = Input(placeholder="type to narrow", compact=True)
            line.cursor_blink = False
            yield line
            tags = OptionList()
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
        if not self._chosen and self._listed:
            self._toggle()
        self.dismiss(Picked(self._way, tuple(tag for tag, _ in self._tags if tag in self._chosen)))

    def on_key(self, event: events.Key) -> None:
        """Keys of the list work while the box has the focus."""
        if event.key in _MOVES:
            getattr(self.query_one(OptionList), f"action_{_MOVES[event.key]}")()
        elif event.key == "space":
            self._toggle()
        elif event.key == "tab":
            ways = list(_WAYS)
            self._way = ways[(ways.index(self._way) + 1) % len(ways)]
            self._say()
        elif event.key == "escape":
            self.dismiss(None)
        else:
            return
        event.stop()
        event.prevent_default()

    def _toggle(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._listed):
            self._chosen ^= {self._listed[at]}
            self._list(self.query_one(Input).value, at)

    def _list(self, typed: str, at: int = 0) -> None:
        words = typed.casefold().split()
        shown = [(tag, count) for tag, count in self._tags if all(word in tag.casefold() for word in words)]
        self._listed = [tag for tag, _ in shown]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._line(tag, count)) for tag, count in shown])
        options.highlighted = min(at, len(shown) - 1) if shown else None
        self._say()

    def _line(self, tag: str, count: int) -> Content:
        sign = "● " if tag in self._chosen else "○ "
        return Content.assemble((sign, "$accent"), one_line(tag), (f"  {count:,}", "$foreground-muted"))

    def _say(self) -> None:
        self.query_one(Static).update(f"space toggle   tab any/all/none: {self._way}   enter filter")
