"""The notes of runs, asked of a person: as many lines as these have."""

from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from trackside.model.visible import visible
from trackside.tui.widgets.prompt import Prompt

MOST_CHARACTERS = 20_000
"""Of more the box takes too long to draw after a key."""

_KEPT = "\n\t\u200c\u200d"
"""Of what does not print: breaks, tabs, and the joiners that letters and emoji are written with."""


class NotesBox(TextArea):
    """Lines that are typed; enter keeps them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+j", "begin_line", "Another line", show=False)]

    class Kept(Message):
        """What stands there is meant."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, text: str) -> None:
        super().__init__(text, compact=True, highlight_cursor_line=False)
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        """Enter keeps, as in every other box."""
        if event.key == "enter":
            event.prevent_default().stop()
            self.post_message(self.Kept(self.text))

    def action_begin_line(self) -> None:
        """Another line below."""
        self.insert("\n")


class NotesPrompt(Prompt):
    """Gives back the lines that were typed, None where it was left with escape."""

    DEFAULT_CSS = """
    NotesPrompt TextArea { padding: 0; height: auto; max-height: 50vh; background: $surface; }
    """

    KEYS: ClassVar[str] = "enter keeps, ctrl+j begins another line, escape leaves it as it was"

    def typeable(self, value: str) -> str:
        """What a terminal acts on made visible, all lines kept. For at most MOST_CHARACTERS."""
        return visible(value.replace("\r\n", "\n"), keep=_KEPT)

    def box(self) -> NotesBox:
        """Where lines are typed."""
        return NotesBox(self.value)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        """The box has the height of its lines."""
        event.text_area.refresh(layout=True)

    @on(NotesBox.Kept)
    def _kept(self, event: NotesBox.Kept) -> None:
        self.keep(event.text)
