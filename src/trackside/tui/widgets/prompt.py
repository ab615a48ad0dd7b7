"""One line asked of a person: a name, tags, or whether something is meant."""

import re
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from trackside.model.errors import UsageError
from trackside.tui.terminal import one_line

_LINE_ENDS = re.compile(r"[\r\n]+")
"""Textual takes quadratic time for a line that has some, and draws them as nothing."""


class Prompt(ModalScreen[str | None]):
    """Gives back what was typed, None where it was left with escape. `check` raises UsageError for what is refused.

    `needs` is said where nothing was typed and something must be.
    """

    DEFAULT_CSS = """
    Prompt { align: center middle; }
    Prompt > Vertical { width: 80%; max-width: 90; height: auto; background: $panel; padding: 0 1; }
    Prompt > Vertical { border: round $primary; }
    Prompt Input { border: none; height: 1; background: $surface; }
    Prompt Static { color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    KEYS: ClassVar[str] = "enter keeps, escape leaves it as it was"

    def __init__(
        self,
        asks: str,
        value: str = "",
        says: str = "",
        *,
        check: Callable[[str], object] | None = None,
        needs: str = "",
    ) -> None:
        super().__init__()
        self.value = self.typeable(value)
        self._asks = asks
        self._says = Content(one_line(says) or self.KEYS)
        self._check = check
        self._needs = needs
        self._is_refused = False

    def compose(self) -> ComposeResult:
        """The question, the box, and what enter does."""
        around = Vertical()
        around.border_title = Content(one_line(self._asks))
        with around:
            yield self.box()
            yield Static(self._says)

    def typeable(self, value: str) -> str:
        """A value as it can be typed: in one line."""
        return _LINE_ENDS.sub(" ", value)

    def box(self) -> Widget:
        """Where it is typed."""
        line = Input(self.value, compact=True)
        line.cursor_blink = False
        return line

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.keep(event.value)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed_on(self) -> None:
        """Why something was refused is not about what is typed since."""
        if self._is_refused:
            self._is_refused = False
            self.query_one(Static).update(self._says)

    def keep(self, typed: str) -> None:
        """Give it back, unless it is refused: then why is said, and what was typed stays."""
        refused = self._refused(typed)
        if refused:
            self._is_refused = True
            self.query_one(Static).update(Content.styled(one_line(refused), "$text-error"))
        else:
            self.dismiss(typed)

    def _refused(self, typed: str) -> str:
        """Why it is, if it is."""
        if not typed.strip():
            return self._needs
        try:
            if self._check is not None:
                self._check(typed)
        except UsageError as error:
            return str(error)
        return ""

    def action_leave(self) -> None:
        """Leave things as they are."""
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """Asks once before something that is not undone by the next key."""

    CSS = """
    Confirm { align: center middle; }
    Confirm > Static { width: auto; max-width: 80; height: auto; background: $panel; padding: 0 2; }
    Confirm > Static { border: round $warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n,escape,q", "answer(False)", "No", show=False),
    ]

    def __init__(self, asks: str) -> None:
        super().__init__()
        self._asks = asks

    def compose(self) -> ComposeResult:
        """The question."""
        yield Static(Content(f"{one_line(self._asks)}   y yes   n no"))

    def action_answer(self, answer: bool) -> None:
        """Give the answer back."""
        self.dismiss(answer)
