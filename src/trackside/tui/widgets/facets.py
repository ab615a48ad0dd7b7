"""Facets: how often each project, tag, group and status occurs among the runs shown. Choosing one writes the filter."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trackside.tui.terminal import one_line

_MOST = 12
HEADS = {
    "project": "PROJECTS",
    "source": "SOURCES",
    "status": "STATUS",
    "health": "NEEDS ATTENTION",
    "tag": "TAGS",
    "group": "GROUPS",
}

Counted = Mapping[str, Sequence[tuple[str, int]]]


class Facets(ScrollView, can_focus=True, inherit_bindings=False):
    """A list in sections. It tells which value was chosen and leaves the rest to its screen.

    The counts change with every letter of a filter, so a line is drawn as it stands, without a widget's machinery.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Choose", show=False)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"facets--dim", "facets--chosen", "facets--cursor"}
    DEFAULT_CSS = """
    Facets { width: 28; height: 1fr; background: $surface; padding: 0 1; overflow-x: hidden;
             scrollbar-size-vertical: 0; }
    Facets > .facets--dim { color: $foreground-muted; background: $surface; }
    Facets > .facets--chosen { color: $accent; background: $surface; }
    Facets > .facets--cursor { background: $primary 30%; text-style: bold; }
    """

    class Chosen(Message):
        """A value of a facet."""

        def __init__(self, facet: str, value: str) -> None:
            super().__init__()
            self.facet = facet
            self.value = value

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.folded: frozenset[str] = frozenset()
        self.highlighted: int | None = None
        self._facets: Counted = {}
        self._chosen: Mapping[str, Sequence[str]] = {}
        self._values: list[tuple[str, str]] = []
        self._counts: list[int] = []
        self._styles: dict[str, Style] = {}

    def show(self, facets: Counted, chosen: Mapping[str, Sequence[str]]) -> None:
        """These counts; what the filter already asks for is marked. The cursor stays on its value."""
        before = (self._values, self._counts, self._chosen)
        at = None if self.highlighted is None else self._values[self.highlighted]
        self._facets, self._chosen = facets, chosen
        self._values, self._counts = self._lines()
        if (self._values, self._counts, chosen) == before:
            return
        self.highlighted = None if at is None or not self._values else self._nearest(at)
        self.virtual_size = Size(self.size.width, len(self._values))
        self.refresh()

    def move(self, lines: int) -> None:
        """So many values down, or up."""
        for _ in range(abs(lines)):
            self._step(1 if lines > 0 else -1)
        self._keep_in_sight()

    def page(self, pages: float) -> None:
        """A screen down, or up."""
        self.move(int(self.size.height * pages))

    def to_edge(self, end: bool) -> None:
        """To the last value, or the first."""
        self.move(len(self._values) if end else -len(self._values))

    def sideways(self, steps: int) -> None:
        """Fold the section under the cursor, or unfold it."""
        if self.highlighted is None:
            return
        name = self._values[self.highlighted][0]
        self.folded = self.folded | {name} if steps < 0 else self.folded - {name}
        self.show(self._facets, self._chosen)
        self.highlighted = self._nearest((name, "")) if steps < 0 else self.highlighted
        self._keep_in_sight()

    def action_choose(self) -> None:
        """Tell the value under the cursor."""
        if self.highlighted is not None and self._values[self.highlighted][1]:
            self.post_message(self.Chosen(*self._values[self.highlighted]))

    def on_focus(self) -> None:
        """The cursor shows whose keys they are."""
        if self.highlighted is None:
            self._step(1)
        self.refresh()

    def on_blur(self) -> None:
        """The cursor goes with the keys."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        place = int(self.scroll_offset.y) + event.y
        if place < len(self._values) and self._values[place][1]:
            self.highlighted = place
            self.action_choose()

    def render_lines(self, crop: Region) -> list[Strip]:
        """One paint looks its styles up once."""
        names = ("dim", "chosen", "cursor")
        self._styles = {name: self.get_component_rich_style(f"facets--{name}") for name in names}
        self._styles[""] = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """A head, or a value and its count."""
        width = self.size.width
        place = int(self.scroll_offset.y) + y
        if place >= len(self._values):
            return Strip.blank(width, self._styles[""])
        facet, value = self._values[place]
        at_cursor = place == self.highlighted and self.has_focus
        plain, dim = self._styles["cursor" if at_cursor else ""], self._styles["cursor" if at_cursor else "dim"]
        if not value:
            sign = "▸" if facet in self.folded else "▾"
            return Strip([Segment(set_cell_size(f"{sign} {HEADS[facet]}", width), dim)], width)
        mark = "● " if value in self._chosen.get(facet, ()) else "  "
        count = f" {self._counts[place]:,}"
        name = _fitted(one_line(value), width - len(mark) - len(count))
        marked = self._styles["cursor" if at_cursor else "chosen"]
        return Strip([Segment(mark, marked), Segment(name, plain), Segment(count, dim)], width)

    def _lines(self) -> tuple[list[tuple[str, str]], list[int]]:
        """Facet and value of each line, no value in a head; and how often each occurs."""
        values, counts = [], []
        for name in HEADS:
            counted = self._facets.get(name, ())
            listed = [] if name in self.folded else counted[:_MOST]
            if counted:
                values += [(name, ""), *((name, value) for value, _ in listed)]
                counts += [0, *(count for _, count in listed)]
        return values, counts

    def _step(self, by: int) -> None:
        """To the next line that can be chosen, or unfolded."""
        place = (-1 if by > 0 else len(self._values)) if self.highlighted is None else self.highlighted
        while 0 <= (place := place + by) < len(self._values):
            if self._values[place][1] or self._values[place][0] in self.folded:
                self.highlighted = place
                return

    def _nearest(self, wanted: tuple[str, str]) -> int:
        """Where a value stands; the head of its facet, or the first line, where it does not occur any more."""
        for candidate in (wanted, (wanted[0], "")):
            if candidate in self._values:
                return self._values.index(candidate)
        return 0

    def _keep_in_sight(self) -> None:
        if self.highlighted is not None:
            self.scroll_to_region(Region(0, self.highlighted, self.size.width, 1), animate=False, immediate=True)
        self.refresh()


def _fitted(text: str, width: int) -> str:
    fitted = set_cell_size(text, width)
    return fitted if fitted.rstrip() == text.rstrip() else set_cell_size(text, width - 1) + "…"
