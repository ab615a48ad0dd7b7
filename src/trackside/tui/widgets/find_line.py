"""The line on which a person types what to look for. It searches as they type, and never keeps the focus."""

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FindLine(Input):
    """Closed until it is asked for. Enter and down keep what is typed, escape restores what was looked for before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "restore", show=False),
        Binding("down,enter", "keep", show=False),
    ]
    DEFAULT_CSS = """
    FindLine { height: 1; border: none; padding: 0 1; background: $surface; display: none; }
    FindLine.-textual-compact { padding: 0 1; }
    """

    class Typed(Message):
        """What to look for is this now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The line was left: the focus belongs elsewhere."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, compact=True)
        self.cursor_blink = False
        self._before = ""

    def open(self, text: str, placeholder: str) -> None:
        """Ask, beginning with what is looked for now."""
        self._before = text
        self.placeholder = placeholder
        with self.prevent(Input.Changed):
            self.value = text
        self.display = True
        self.screen.set_focus(self)

    def action_keep(self) -> None:
        """Go on with what is typed."""
        self._close()

    def action_restore(self) -> None:
        """Look for what was looked for before."""
        if self.value != self._before:
            self.post_message(self.Typed(self._before))
        self._close()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def _close(self) -> None:
        self.display = False
        self.post_message(self.Closed())
