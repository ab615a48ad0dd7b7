"""A list to pick one name from: type to narrow it, enter picks, escape leaves things as they are."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from trackside.tui.narrow import narrowed
from trackside.tui.terminal import one_line


class Picker(ModalScreen[str | None]):
    """Gives back the name that was picked, None where none was."""

    CSS = """
    Picker { align: center middle; }
    Picker > Vertical { width: 60%; min-width: 30; max-width: 80; height: 70%; max-height: 24; border: round $accent;
                        background: $surface; }
    Picker OptionList { height: 1fr; border: none; background: $surface; }
    Picker Input { border: none; height: 1; background: $surface; }
    """
    _MOVES: ClassVar[dict[str, str]] = {
        "down": "cursor_down",
        "up": "cursor_up",
        "pagedown": "page_down",
        "pageup": "page_up",
    }

    def __init__(self, title: str, names: Sequence[str], current: str | None = None) -> None:
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._current = current

    def compose(self) -> ComposeResult:
        """What is typed, and the names that it leaves."""
        box = Vertical()
        box.border_title = Content(self._title)
        with box:
            yield Input(placeholder="type to narrow", compact=True)
            names = OptionList()
            names.can_focus = False
            yield names

    def on_mount(self) -> None:
        """All names, on the one that is in use."""
        self._list(self._names)
        if self._current in self._names:
            self.query_one(OptionList).highlighted = self._names.index(self._current)

    @on(Input.Changed)
    def _narrow(self, message: Input.Changed) -> None:
        self._list(narrowed(self._names, message.value))

    @on(Input.Submitted)
    def _pick(self) -> None:
        names = self.query_one(OptionList)
        if names.highlighted is not None:
            self.dismiss(names.get_option_at_index(names.highlighted).id)

    @on(OptionList.OptionSelected)
    def _picked(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option.id)

    def on_key(self, event: events.Key) -> None:
        """The list is moved about in from where one types."""
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key in self._MOVES:
            event.stop()
            getattr(self.query_one(OptionList), f"action_{self._MOVES[event.key]}")()

    def _list(self, names: Sequence[str]) -> None:
        shown = self.query_one(OptionList)
        shown.clear_options()
        shown.add_options(Option(Content(one_line(name)), id=name) for name in names)
        shown.highlighted = 0 if names else None
