"""A list that typing narrows: it is moved about in from where one types, and escape leaves all as it was."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from trackside.tui.terminal import one_line

_MOVES = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}

AROUND = 4
"""Lines of the box that are no names: its border, what is typed, what the keys do."""

ResultT = TypeVar("ResultT")


class NarrowedList(ModalScreen[ResultT | None]):
    """Gives back None where it was left. Subclasses say how wide its box is, and what is taken."""

    DEFAULT_CSS = """
    NarrowedList { align: center middle; }
    NarrowedList > Vertical { background: $panel; border: round $primary; }
    NarrowedList Input { border: none; height: 1; background: $surface; }
    NarrowedList OptionList { height: 1fr; border: none; background: $panel;
                              text-wrap: nowrap; text-overflow: ellipsis; }
    NarrowedList Static { height: 1; padding: 0 1; color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, priority=True),
        *(Binding(key, f"move('{how}')", show=False, priority=True) for key, how in _MOVES.items()),
    ]

    def action_leave(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    def action_move(self, how: str) -> None:
        """Move in the list from where one types."""
        getattr(self.query_one(OptionList), f"action_{how}")()

    def fill(self, options: Sequence[Option], at: int, typed: str) -> None:
        """The list holds what is left of it, with its cursor on that place; where nothing is, it says so."""
        shown = self.query_one(OptionList)
        shown.clear_options()
        says = f"nothing has {one_line(typed.strip())}" if typed.strip() else "there is none"
        shown.add_options(options or [Option(Content(says), disabled=True)])
        shown.highlighted = at if options else None

    def tell_nothing(self) -> None:
        """There is nothing under the cursor to take."""
        self.notify("the list is empty: type less to see more of it, escape leaves it", markup=False)
