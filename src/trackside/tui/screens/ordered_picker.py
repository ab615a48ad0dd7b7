"""A list in which several things are chosen and put in order: type to narrow, space takes one or leaves it out.

What is chosen comes first, in its order. What it means to be chosen is told by the kinds of this list.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from trackside.tui.narrow import narrowed
from trackside.tui.screens.narrowed_list import NarrowedList
from trackside.tui.screens.picker import Choice
from trackside.tui.terminal import one_line
from trackside.tui.widgets.options import Options

_MOST = 200
"""Lines of the list: nobody reads more, and typing narrows it."""

PickedT = TypeVar("PickedT")


class _Line(Input):
    """A box in which a space is a letter only where `has_spaces` says so of what is typed; else it takes a line.

    It is looked at in its turn among the letters, so that in a burst it is what it would be alone.
    """

    class Taken(Message):
        """A space that is no letter."""

    def __init__(self, has_spaces: Callable[[str], bool]) -> None:
        super().__init__(placeholder="type to narrow", compact=True)
        self._has_spaces = has_spaces

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "space" and not self._has_spaces(self.value):
            event.stop()
            event.prevent_default()
            self.post_message(self.Taken())


class OrderedPicker(NarrowedList[PickedT], Generic[PickedT]):
    """Gives back what was chosen once enter applies it, None where it was left with escape."""

    DEFAULT_CSS = """
    OrderedPicker > Vertical { width: 84; max-width: 100%; height: 80%; max-height: 30; }
    OrderedPicker Static { padding: 0; }
    OrderedPicker #mistake { display: none; color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up,shift+up", "reorder(-1)", show=False, priority=True),
        Binding("alt+down,shift+down", "reorder(1)", show=False, priority=True),
    ]
    TITLE_ = ""
    KEYS = ""
    TAKES = "enter or space takes it   escape leaves all as it was"

    def __init__(self, choices: Sequence[Choice], chosen: Sequence[str]) -> None:
        super().__init__()
        self._choices = {choice.id: choice for choice in choices}
        self.chosen = list(chosen)
        self._listed: list[str] = []

    @abstractmethod
    def sign(self, choice: str) -> str:
        """What stands before a line: whether it is chosen, and how."""

    @abstractmethod
    def toggle(self, choice: str) -> None:
        """Choose it, or in another way, or leave it out again."""

    @abstractmethod
    def picked(self) -> PickedT:
        """What is given back."""

    def compose(self) -> ComposeResult:
        """What is typed, what is mistaken in it, the lines that it leaves, what the keys do."""
        box = Vertical()
        box.border_title = self.TITLE_
        with box:
            line = _Line(self.has_spaces)
            line.cursor_blink = False
            yield line
            yield Static(id="mistake", markup=False)
            lines = Options()
            lines.can_focus = False
            yield lines
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """All of them at first."""
        self._list("")

    @property
    def box(self) -> _Line:
        """Where one types."""
        return self.query_one(_Line)

    @property
    def at_cursor(self) -> str | None:
        """The choice under the cursor."""
        at = self.query_one(OptionList).highlighted
        return self._listed[at] if at is not None and at < len(self._listed) else None

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        """Take what is typed; where nothing is any more, apply: of two in one burst the second."""
        if self.box.value.strip():
            self.take_typed()
        else:
            self.dismiss(self.picked())

    @on(_Line.Taken)
    @on(OptionList.OptionSelected)
    def _taken(self) -> None:
        self.action_take()

    def take_typed(self) -> None:
        """Take what typing narrowed the list to."""
        self.action_take()

    def action_take(self) -> None:
        """Choose what is under the cursor, or leave it out; what was typed to find it has served."""
        choice = self.at_cursor
        if choice is None:
            self.tell_nothing()
        else:
            self.toggle(choice)
            self.clear(choice)

    def action_reorder(self, places: int) -> None:
        """What is under the cursor, so many places on among the chosen."""
        choice = self.at_cursor
        if choice not in self.chosen or self.box.value:
            self.notify("only what is chosen has an order, and all of it: space chooses", markup=False)
            return
        place = self.chosen.index(choice)
        other = place + places
        if 0 <= other < len(self.chosen) and self.may_swap(place, other):
            self.chosen[place], self.chosen[other] = self.chosen[other], self.chosen[place]
            self._list("", choice)
        else:
            self.notify("no further that way", markup=False)

    def may_swap(self, place: int, other: int) -> bool:  # noqa: ARG002  those that override it look
        """Whether these two of the chosen may change places."""
        return True

    def clear(self, at: str) -> None:
        """Nothing is typed any more; the cursor is on that line."""
        with self.prevent(Input.Changed):
            self.box.value = ""
        self._list("", at)

    def offered(self, typed: str) -> list[str]:
        """The lines that what is typed leaves, the chosen ones first."""
        left = [choice for choice in self._choices if choice not in self.chosen]
        found = {self._choices[choice].searched: choice for choice in (*self.chosen, *left)}
        return [found[searched] for searched in narrowed(list(found), typed)]

    def has_spaces(self, typed: str) -> bool:  # noqa: ARG002  those that override it look
        """Whether a space is a part of what is typed."""
        return False

    def says(self, typed: str) -> str:
        """What the keys do."""
        return self.TAKES if typed.strip() else self.KEYS

    def mistake(self, typed: str) -> str:  # noqa: ARG002  those that override it look
        """What is mistaken in what is typed, below the place."""
        return ""

    def _list(self, typed: str, at: str | None = None) -> None:
        every = self.offered(typed)
        self._listed = every[:_MOST]
        lines = [Option(self._line(self._choices[choice])) for choice in self._listed]
        self.fill(lines, self._listed.index(at) if at in self._listed else 0, typed)
        more = len(every) - len(self._listed)
        self.query_one("#keys", Static).update(f"{more:,} more; type to narrow" if more else self.says(typed))
        mistake = self.query_one("#mistake", Static)
        mistake.update(self.mistake(typed))
        mistake.display = bool(mistake.content)

    def _line(self, choice: Choice) -> Content:
        return Content.assemble((f"{one_line(self.sign(choice.id))} ", "$accent"), choice.shown)
