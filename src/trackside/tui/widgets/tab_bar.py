"""One line of tabs, the shown one bright. The names give way to numbers where the line is too short for them."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

_GAPS = (2, 1)


class TabBar(Widget):
    """Numbered names. A click asks for a tab; which is shown is said by `active`."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, labels: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._labels = tuple(labels)
        self._active = 0

    def show(self, active: int) -> None:
        """Make another tab the bright one."""
        self._active = active
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Ask for the tab under the pointer."""
        texts, gap = self._fitting()
        right = 0
        for number, text in enumerate(texts):
            right += cell_len(text) + gap
            if event.x < right:
                self.post_message(self.Chosen(number))
                return

    def render(self) -> Content:
        """Names or numbers, as there is room."""
        texts, gap = self._fitting()
        parts: list[tuple[str, str] | str] = []
        for number, text in enumerate(texts):
            parts += [(text, "bold $accent" if number == self._active else "$foreground-muted"), " " * gap]
        return Content.assemble(*parts[:-1])

    def _fitting(self) -> tuple[list[str], int]:
        """The names with the widest gap that there is room for, or only their beginnings."""
        full = [f"{number} {label}" for number, label in enumerate(self._labels, start=1)]
        for gap in _GAPS:
            if sum(map(cell_len, full)) + gap * (len(full) - 1) <= self.content_size.width:
                return full, gap
        short = [f"{number} {label[:4]}" for number, label in enumerate(self._labels, start=1)]
        short[self._active] = full[self._active]
        return short, _GAPS[-1]
