"""What every tab is: something with a cursor that fills the screen below the line of tabs, and can say a line."""

from typing import ClassVar

from textual.containers import Vertical
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from trackside.tui.context import Context
from trackside.tui.keys.moves import Movable
from trackside.tui.messages import Told
from trackside.tui.targets import Target
from trackside.tui.widgets.lines import Lines


class Pane(Vertical):
    """A tab, named by its `label`."""

    label: ClassVar[str] = ""
    DEFAULT_CSS = "Pane { height: 1fr; width: 1fr; }"

    def __init__(self, context: Context) -> None:
        super().__init__(id=f"tab-{self.label.lower()}")
        self.context = context

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in a line; the rest of the screen keeps working."""
        if event.state is WorkerState.ERROR:
            self.post_message(Told(str(event.worker.error)))

    @property
    def moved(self) -> Movable | None:
        """What has the cursor that the keys move; None where the tab moves in its own way, or not at all."""
        return None

    def move(self, lines: int) -> None:
        """Move the cursor by so many lines."""
        if (moved := self._to_move) is not None:
            moved.move(lines)

    def page(self, pages: float) -> None:
        """Move the cursor by so many pages."""
        if (moved := self._to_move) is not None:
            moved.page(pages)

    def to_edge(self, end: bool) -> None:
        """Move the cursor to the first or the last line."""
        if (moved := self._to_move) is not None:
            moved.to_edge(end)

    def sideways(self, steps: int) -> None:
        """Move left or right."""
        moved = self._to_move
        if isinstance(moved, Lines) and not moved.max_scroll_x:
            self.post_message(Told("no line is cut off here"))
        elif moved is not None:
            moved.sideways(steps)

    @property
    def _to_move(self) -> Movable | None:
        """What the keys move; that there is nothing is told."""
        if self.moved is None:
            self.post_message(Told("there is no list here to move in"))
        return self.moved

    @property
    def to_open(self) -> Target | None:
        """Where what is under the cursor leads; None where it leads to no other screen."""
        return None

    def open(self) -> None:
        """Open what leads to no other screen inside the tab, or tell that nothing does."""
        self.post_message(Told("there is nothing to open here"))

    @property
    def target(self) -> Widget:
        """What takes the keys."""
        return self

    @property
    def metric(self) -> str | None:
        """The metric under the cursor, if there is one."""
        return None
