"""A list to choose from that is moved about in from where one types, at any moment."""

from textual._widget_navigation import Direction
from textual.widgets import OptionList


class Options(OptionList):
    """Textual's, which has no pages before it is laid out: Textual looks for lines that are not there yet."""

    def _move_page(self, direction: Direction) -> None:
        if self.scrollable_content_region:
            super()._move_page(direction)
