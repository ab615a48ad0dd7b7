"""A list in which several things are chosen and put in order: type to narrow, space takes one or leaves it out.

What is chosen comes first, in its order. What it means to be chosen is told by the kinds of this list.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from textual.content import Content

from trackside.tui.narrow import narrowed_by
from trackside.tui.screens.narrowed_list import NarrowedList
from trackside.tui.screens.picker import Choice
from trackside.tui.terminal import one_line

_REORDERS: Mapping[str, str] = {
    "alt+up": "reorder(-1)",
    "shift+up": "reorder(-1)",
    "alt+down": "reorder(1)",
    "shift+down": "reorder(1)",
}

PickedT = TypeVar("PickedT")


class OrderedPicker(NarrowedList[PickedT], Generic[PickedT]):
    """Gives back what was chosen once enter applies it, None where it was left with escape."""

    DEFAULT_CSS = """
    OrderedPicker > Vertical { width: 84; max-width: 100%; height: 80%; max-height: 30; }
    OrderedPicker Static { padding: 0; }
    """
    TITLE_ = ""
    KEYS = ""
    TAKES = "enter or space takes it   escape leaves all as it was"

    def __init__(self, choices: Sequence[Choice], chosen: Sequence[str]) -> None:
        super().__init__(self.TITLE_)
        self._choices = {choice.id: choice for choice in choices}
        self.chosen = list(chosen)

    @abstractmethod
    def sign(self, choice: str) -> str:
        """What stands before a line: whether it is chosen, and how."""

    @abstractmethod
    def toggle(self, choice: str) -> None:
        """Choose it, or in another way, or leave it out again."""

    @abstractmethod
    def picked(self) -> PickedT:
        """What is given back."""

    def keys(self) -> Mapping[str, str]:
        """A space takes a line, unless it is a part of what is typed."""
        return {**super().keys(), **_REORDERS, **({} if self.has_spaces() else {"space": "take"})}

    def take(self, choice: str) -> None:
        """Choose it, or leave it out."""
        self.toggle(choice)
        self.clear(choice)

    def action_enter(self) -> None:
        """Take what is typed; where nothing is any more, apply: of two in one burst the second."""
        if self.line.value.strip():
            self.take_typed()
        else:
            self.dismiss(self.picked())

    def take_typed(self) -> None:
        """Take what typing narrowed the list to."""
        self.action_take()

    def action_reorder(self, places: int) -> None:
        """What is under the cursor, so many places on among the chosen."""
        choice = self.at_cursor
        if choice not in self.chosen or self.line.value:
            self.notify("only what is chosen has an order, and all of it: space chooses", markup=False)
            return
        place = self.chosen.index(choice)
        other = place + places
        if 0 <= other < len(self.chosen) and self.may_swap(place, other):
            self.chosen[place], self.chosen[other] = self.chosen[other], self.chosen[place]
            self.relist(choice)
        else:
            self.notify("no further that way", markup=False)

    def may_swap(self, place: int, other: int) -> bool:  # noqa: ARG002  those that override it look
        """Whether these two of the chosen may change places."""
        return True

    def offered(self, typed: str) -> list[str]:
        """The lines that what is typed leaves, the chosen ones first."""
        every = dict.fromkeys((*self.chosen, *self._choices))
        return narrowed_by({choice: self._choices[choice].searched for choice in every}, typed)

    def shown_as(self, choice: str) -> Content:
        """Its sign, and what it is called."""
        return Content.assemble((f"{one_line(self.sign(choice))} ", "$accent"), self._choices[choice].shown)

    def has_spaces(self) -> bool:
        """Whether a space is a part of what is typed."""
        return False

    def says(self) -> str:
        """What the keys do."""
        return self.TAKES if self.line.value.strip() else self.KEYS
