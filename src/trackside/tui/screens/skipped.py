"""What could not be read where runs are looked for, and why: a list to read."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from trackside.tui.keys.actions import SKIPPED, bindings
from trackside.tui.keys.moves import Moves
from trackside.tui.widgets.lines import Line, Lines


class SkippedScreen(Moves, ModalScreen[None]):
    """A line for each file that was skipped, to be scrolled."""

    CSS = """
    SkippedScreen { align: center middle; }
    SkippedScreen Lines { width: 96%; height: auto; max-height: 80%; padding: 0 0 0 1; border: round $primary;
                          background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SKIPPED)]

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = [Line.of(line, hang=2) for line in lines]

    def compose(self) -> ComposeResult:
        """The lines."""
        shown = Lines()
        shown.border_title = Content(f"skipped: {len(self._lines):,}")
        shown.border_subtitle = Content("esc back")
        yield shown

    def on_mount(self) -> None:
        """From the first."""
        self.moved.show(self._lines)
        self.moved.focus()

    @property
    def moved(self) -> Lines:
        """The list."""
        return self.query_one(Lines)

    def action_back(self) -> None:
        """Close it."""
        self.dismiss()
