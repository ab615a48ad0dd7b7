"""One line of tabs, the shown one bright. The names give way to numbers where the line is too short for them."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

_GAPS = (2, 1)


class TabBar(Static):
    """Numbered names. A click asks for a tab; which is shown is said by `active`."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, labels: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._gap = _GAPS[0]
        self._labels = tuple(labels)
        self._active = 0

    def show(self, active: int) -> None:
        """Make another tab the bright one."""
        self._active = active
        self._draw()

    def on_resize(self) -> None:
        """Names or numbers, as there is room."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Ask for the tab under the pointer."""
        right = 0
        for number, text in enumerate(self._texts()):
            right += cell_len(text) + self._gap
            if event.x < right:
                self.post_message(self.Chosen(number))
                return

    def _draw(self) -> None:
        parts: list[tuple[str, str] | str] = []
        for number, text in enumerate(self._texts()):
            parts += [(text, "bold $accent" if number == self._active else "$foreground-muted"), " " * self._gap]
        self.update(Content.assemble(*parts[:-1]))

    def _texts(self) -> list[str]:
        """The names with the widest gap that there is room for, or only their beginnings."""
        full = [f"{number} {label}" for number, label in enumerate(self._labels, start=1)]
        for gap in _GAPS:
            self._gap = gap
            if sum(map(cell_len, full)) + gap * (len(full) - 1) <= self.content_size.width:
                return full
        short = [f"{number} {label[:4]}" for number, label in enumerate(self._labels, start=1)]
        short[self._active] = full[self._active]
        return short
