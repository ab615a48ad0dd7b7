"""A list to pick one thing from: type to narrow it, enter picks, escape leaves things as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from trackside.tui.narrow import narrowed
from trackside.tui.screens.narrowed_list import AROUND, NarrowedList
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.options import Options


@dataclass(frozen=True, slots=True)
class Choice:
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
        super().__init__()
        self._title = title
        self._choices = [choice if isinstance(choice, Choice) else Choice(choice, choice) for choice in choices]
        self._current = current
        self._accepts = accepts
        self._on_cursor = on_cursor

    def compose(self) -> ComposeResult:
        """What is typed, the names that it leaves, what the keys do."""
        box = Vertical()
        box.border_title = Content(self._title)
        box.styles.height = len(self._choices) + AROUND
        with box:
            line = Input(placeholder="type to narrow", compact=True)
            line.cursor_blink = False
            yield line
            names = Options()
            names.can_focus = False
            yield names
            yield Static("enter picks   escape leaves it as it was")

    def on_mount(self) -> None:
        """All of them, on the one that is in use."""
        self._list(self._choices)
        ids = [choice.id for choice in self._choices]
        if self._current in ids:
            self.query_one(OptionList).highlighted = ids.index(self._current)

    @on(Input.Changed)
    def _narrow(self, message: Input.Changed) -> None:
        found = {choice.searched: choice for choice in self._choices}
        self._list([found[searched] for searched in narrowed(list(found), message.value)], message.value)

    @on(Input.Submitted)
    def _pick(self, message: Input.Submitted) -> None:
        names = self.query_one(OptionList)
        if self._accepts is not None and self._accepts(message.value.strip()):
            self.dismiss(message.value.strip())
        elif names.highlighted is not None:
            self.dismiss(names.get_option_at_index(names.highlighted).id)
        else:
            self.tell_nothing()

    @on(OptionList.OptionHighlighted)
    def _came_to(self, message: OptionList.OptionHighlighted) -> None:
        if self._on_cursor is not None and message.option.id is not None:
            self._on_cursor(message.option.id)

    @on(OptionList.OptionSelected)
    def _picked(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option.id)

    def _list(self, choices: Sequence[Choice], typed: str = "") -> None:
        self.fill([Option(self._marked(choice), id=choice.id) for choice in choices], 0, typed)

    def _marked(self, choice: Choice) -> Content:
        if self._current is None:
            return choice.shown
        mark = "*" if is_plain() else "●"
        return Content.assemble((f"{mark if choice.id == self._current else ' '} ", "$text-accent"), choice.shown)
