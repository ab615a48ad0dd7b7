"""A list to pick one thing from: type to narrow it, enter picks, escape leaves things as they are."""

from collections.abc import Callable, Sequence

import msgspec
from textual import on
from textual.content import Content
from textual.widgets import OptionList

from trackside.tui.narrow import narrowed_by
from trackside.tui.screens.narrowed_list import NarrowedList
from trackside.tui.terminal import is_plain, one_line


class Choice(msgspec.Struct, frozen=True):
    """What can be picked: what is given back, how it is called, and what else is known of it. All but `id` is typed."""

    id: str
    label: str
    note: str = ""

    @property
    def searched(self) -> str:
        """What typing narrows by."""
        return f"{self.label} {self.note}"

    @property
    def shown(self) -> Content:
        """The line in the list."""
        return Content.assemble(one_line(self.label), (f"   {one_line(self.note)}" if self.note else "", "$text-muted"))


class Picker(NarrowedList[str]):
    """Gives back the name, or the id of the choice, that was picked, None where none was; `current` is marked.

    What `accepts` says yes to is given back as it was typed, whatever it narrows the list to. `on_cursor` is told the
    id that the cursor has come to, to show what picking it would do.
    """

    CSS = """
    Picker > Vertical { width: 60%; min-width: 50; max-width: 80; max-height: 70%; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[str | Choice],
        current: str | None = None,
        *,
        accepts: Callable[[str], bool] | None = None,
        on_cursor: Callable[[str], object] | None = None,
    ) -> None:
        known = [choice if isinstance(choice, Choice) else Choice(choice, choice) for choice in choices]
        super().__init__(title, len(known), current)
        self._choices = {choice.id: choice for choice in known}
        self._current = current
        self._accepts = accepts
        self._on_cursor = on_cursor

    def offered(self, typed: str) -> list[str]:
        """Those whose label or note matches."""
        return narrowed_by({choice.id: choice.searched for choice in self._choices.values()}, typed)

    def shown_as(self, choice: str) -> Content:
        """As it is called, with a mark where it is in use."""
        shown = self._choices[choice].shown
        if self._current is None:
            return shown
        mark = "*" if is_plain() else "●"
        return Content.assemble((f"{mark if choice == self._current else ' '} ", "$text-accent"), shown)

    def says(self) -> str:
        """What the keys do."""
        return "enter picks   escape leaves it as it was"

    def take(self, choice: str) -> None:
        """Give it back."""
        self.dismiss(choice)

    def action_enter(self) -> None:
        """Give back what is typed where that is accepted, else what is under the cursor."""
        typed = self.line.value.strip()
        if self._accepts is not None and self._accepts(typed):
            self.dismiss(typed)
        else:
            self.action_take()

    @on(OptionList.OptionHighlighted)
    def _came_to(self) -> None:
        if self._on_cursor is not None and self.at_cursor is not None:
            self._on_cursor(self.at_cursor)
