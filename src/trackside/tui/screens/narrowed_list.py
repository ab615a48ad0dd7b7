"""A list that typing narrows: it is moved about in from where one types, and escape leaves all as it was."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from trackside.tui.terminal import one_line
from trackside.tui.widgets.options import Options

_MOST = 200
"""Lines of the list: nobody reads more, and typing narrows it."""

_AROUND = 4
"""Lines of the box that are no names: its border, what is typed, what the keys do."""

_KEYS: Mapping[str, str] = {
    "enter": "enter",
    "down": "move('cursor_down')",
    "up": "move('cursor_up')",
    "pagedown": "move('page_down')",
    "pageup": "move('page_up')",
}

ResultT = TypeVar("ResultT")


class _Line(Input):
    """Where one types. Each key is looked at in its turn, so that in a burst it is what it would be alone."""

    def __init__(self, does: Callable[[str], Awaitable[bool]]) -> None:
        super().__init__(placeholder="type to narrow", compact=True)
        self.cursor_blink = False
        self._does = does

    async def _on_key(self, event: events.Key) -> None:
        if await self._does(event.key):
            event.stop()
            event.prevent_default()


class NarrowedList(ModalScreen[ResultT | None]):
    """Gives back None where it was left. Subclasses say how wide its box is, what is listed, and what is taken."""

    DEFAULT_CSS = """
    NarrowedList { align: center middle; }
    NarrowedList > Vertical { background: $panel; border: round $primary; }
    NarrowedList Input { border: none; height: 1; background: $surface; }
    NarrowedList OptionList { height: 1fr; border: none; background: $panel;
                              text-wrap: nowrap; text-overflow: ellipsis; }
    NarrowedList Static { height: 1; padding: 0 1; color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False, priority=True)]

    def __init__(self, title: str, lines: int | None = None, at: str | None = None) -> None:
        """The box is as high as so many lines need, or as the style sheet says; the cursor begins `at` one of them."""
        super().__init__()
        self._title = title
        self._lines = lines
        self._at = at
        self._typed = ""
        self.line = _Line(self._does)
        self.options = Options()
        self.options.can_focus = False
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """What is typed, the lines that it leaves, what the keys do."""
        box = Vertical()
        box.border_title = Content(one_line(self._title))
        if self._lines is not None:
            box.styles.height = max(1, self._lines) + _AROUND
        with box:
            yield self.line
            yield from self.below_line()
            yield self.options
            yield self._hint

    def below_line(self) -> Iterable[Widget]:
        """What stands between what is typed and the list."""
        return ()

    def on_mount(self) -> None:
        """All of them at first."""
        self.relist(self._at)

    @abstractmethod
    def offered(self, typed: str) -> Sequence[str]:
        """What typing leaves, in its order."""

    @abstractmethod
    def shown_as(self, choice: str) -> Content:
        """The line of one."""

    @abstractmethod
    def says(self) -> str:
        """What the keys do."""

    @abstractmethod
    def take(self, choice: str) -> None:
        """Take what is under the cursor."""

    @abstractmethod
    def action_enter(self) -> None:
        """What enter does."""

    def keys(self) -> Mapping[str, str]:
        """What the keys do that are no letters here and now."""
        return _KEYS

    @property
    def at_cursor(self) -> str | None:
        """The choice under the cursor."""
        option = self.options.highlighted_option
        return None if option is None else option.id

    def action_leave(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    def action_move(self, how: str) -> None:
        """Move in the list from where one types."""
        getattr(self.options, f"action_{how}")()

    def action_take(self) -> None:
        """Take what is under the cursor."""
        if self.at_cursor is None:
            self.tell_nothing()
        else:
            self.take(self.at_cursor)

    def tell_nothing(self) -> None:
        """There is nothing under the cursor to take."""
        self.notify("the list is empty: type less to see more of it, escape leaves it", markup=False)

    def relist(self, at: str | None = None) -> None:
        """List what typing leaves, the first of very many, and that one, which has the cursor."""
        self._typed = typed = self.line.value
        every = self.offered(typed)
        listed = list(every[:_MOST])
        if at is not None and at in every[_MOST:]:
            listed[-1] = at
        lines = [Option(self.shown_as(choice), id=choice) for choice in listed]
        if not lines:
            says = f"nothing has {one_line(typed.strip())}" if typed.strip() else "there is none"
            lines.append(Option(Content(says), disabled=True))
        if more := len(every) - len(listed):
            lines.append(Option(f"  … {more:,} more: type to narrow", disabled=True))
        self.options.clear_options()
        self.options.add_options(lines)
        self.options.highlighted = listed.index(at) if at in listed else 0 if listed else None
        self.say()

    def say(self) -> None:
        """Tell what the keys do."""
        self._hint.update(self.says())

    def clear(self, at: str) -> None:
        """What was typed to find that one has served; the cursor is on it."""
        self.line.value = ""
        self.relist(at)

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_take()

    @on(Input.Changed)
    def _narrow(self) -> None:
        if self.line.value != self._typed:
            self.relist()

    async def _does(self, key: str) -> bool:
        """Do what a key does that is no letter, on what is typed by now; whether it is one."""
        action = self.keys().get(key)
        if action is not None:
            self._narrow()
            await self.run_action(action)
        return action is not None
