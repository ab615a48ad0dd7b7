"""What every tab of the Run screen is: it is shown one overview after another and finds text in what it shows."""

from abc import abstractmethod
from typing import ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from trackside.model.counting import counted
from trackside.services.run.overview import RunOverview
from trackside.services.sharing.export import Export
from trackside.tui.context import Context
from trackside.tui.keys.moves import Movable
from trackside.tui.messages import Told
from trackside.tui.tabs.pane import Pane
from trackside.tui.targets import Target
from trackside.tui.widgets.lines import Line, Lines


class Tab(Pane):
    """A tab. `show` is called when it comes to the front, and again when its run changed while it is there."""

    finds: ClassVar[str] = "search"

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context)
        self.run_id = run_id
        self.looked_for = ""

    def look_for(self, text: str) -> None:
        """Find `text`, and tell what was found."""
        self.looked_for = text
        self.post_message(Told(self.find(text)))

    @abstractmethod
    def show(self, view: RunOverview) -> None:
        """Show this state of the run."""

    @abstractmethod
    def find(self, text: str) -> str:
        """Look for `text`, or narrow to it; returns what to say of what was found."""

    def to_match(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) place found."""

    def to_line_found(self, lines: Lines, direction: int) -> None:
        """Go to the next or previous line found; that there is none is told."""
        if not self.looked_for:
            self.post_message(Told("nothing was searched for yet: / does"))
        elif not lines.to_match(direction):
            self.post_message(Told(f"no line has {self.looked_for}"))

    def copied(self) -> str | None:
        """The text under the cursor; None where there is none."""
        return None

    def to_save(self) -> Export | None:
        """The file that is shown; None where the tab shows none."""
        return None

    def step_back(self) -> bool:
        """Leave what was opened inside the tab; False where nothing was."""
        return False


class LinesTab(Tab):
    """A tab that is a list of lines. Subclasses fill it."""

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.sheet = Lines()

    def compose(self) -> ComposeResult:
        """The sheet alone."""
        yield self.sheet

    @property
    def target(self) -> Widget:
        """The sheet."""
        return self.sheet

    @property
    def moved(self) -> Movable:
        """The sheet."""
        return self.sheet

    def find(self, text: str) -> str:
        """Look for `text` in the lines."""
        return lines_found(self.sheet.search(text), text)

    def to_match(self, direction: int) -> None:
        """Go to the next or previous line found."""
        self.to_line_found(self.sheet, direction)

    @property
    def to_open(self) -> Target | None:
        """Where the line under the cursor leads."""
        target = self.sheet.target
        return target if isinstance(target, Target) else None

    def open(self) -> None:
        """Tell that the line under the cursor leads nowhere."""
        self.post_message(Told("this line leads nowhere"))

    def copied(self) -> str | None:
        """The line under the cursor."""
        lines = self.sheet.lines
        return lines[self.sheet.cursor].plain if lines else None


class OverviewLinesTab(LinesTab):
    """Lines that are made from the overview alone."""

    @abstractmethod
    def lines(self, view: RunOverview) -> list[Line]:
        """What to say of the run."""

    def show(self, view: RunOverview) -> None:
        """Show what the run's lines are now."""
        self.sheet.show(self.lines(view))


def lines_found(found: int, text: str) -> str:
    """How many lines have `text`; nothing where nothing was looked for."""
    return f"{counted(found, 'line')} {'has' if found == 1 else 'have'} {text}" if text else ""
