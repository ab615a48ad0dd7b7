"""The moves that all screens made of lines share: what they move is the screen's to say."""

from abc import abstractmethod
from typing import Protocol


class Movable(Protocol):
    """Something with a cursor."""

    def move(self, lines: int) -> None:
        """Move the cursor by so many lines."""

    def page(self, pages: float) -> None:
        """Move the cursor by so many screens."""

    def to_edge(self, end: bool) -> None:
        """Move the cursor to the first or the last line."""

    def sideways(self, steps: int) -> None:
        """Move left or right."""


class Moves:
    """The actions of a screen that move a cursor."""

    @property
    @abstractmethod
    def moved(self) -> Movable:
        """What the keys move now."""

    def action_cursor_down(self) -> None:
        """One line down."""
        self.moved.move(1)

    def action_cursor_up(self) -> None:
        """One line up."""
        self.moved.move(-1)

    def action_half_page_down(self) -> None:
        """Half a screen down."""
        self.moved.page(0.5)

    def action_half_page_up(self) -> None:
        """Half a screen up."""
        self.moved.page(-0.5)

    def action_page_down(self) -> None:
        """A screen down."""
        self.moved.page(1)

    def action_page_up(self) -> None:
        """A screen up."""
        self.moved.page(-1)

    def action_top(self) -> None:
        """The first line."""
        self.moved.to_edge(end=False)

    def action_bottom(self) -> None:
        """The last line."""
        self.moved.to_edge(end=True)

    def action_left(self) -> None:
        """To the left."""
        self.moved.sideways(-1)

    def action_right(self) -> None:
        """To the right."""
        self.moved.sideways(1)
