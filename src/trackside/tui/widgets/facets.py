"""Facets: how many runs each project, tag, group and status would show. Choosing one writes the filter.

Long lists fold; all of them are narrowed by what is typed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec
from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trackside.tui.colours.tones import Toned
from trackside.tui.keys.actions import FACETS, bindings
from trackside.tui.messages import Told
from trackside.tui.narrow import narrowed
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.columns import arrow

if TYPE_CHECKING:
    from trackside.services.table.facets import Facet
    from trackside.services.table.facets import Facets as Counted

_MOST = 12
_LEAST_LEFT = 3
"""A list is not folded for fewer values than these."""

_RARER = "rarer ones: / filters"
_NOT_READ = "curves not read yet"

HEADS = {
    "project": "PROJECTS",
    "store": "STORES",
    "source": "SOURCES",
    "status": "STATUS",
    "health": "NEEDS ATTENTION",
    "tag": "TAGS",
    "group": "GROUPS",
}


class _Line(msgspec.Struct, frozen=True):
    """A value of a facet with its count; without a value, its head, or what tells how many `more` there are.

    A `remark` stands below the last value and says which are not counted.
    """

    facet: str
    value: str = ""
    count: int = 0
    more: int = 0
    remark: str = ""

    @property
    def place(self) -> tuple[str, str, bool]:
        """What stays when counts change."""
        return self.facet, self.value, bool(self.more)


class Facets(ScrollView, Toned, can_focus=True, inherit_bindings=False):
    """A list in sections. It tells which value was chosen and leaves the rest to its screen.

    The counts change with every letter of a filter, so a line is drawn as it stands, without a widget's machinery.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FACETS)]
    DEFAULT_CSS = """
    Facets { width: 28; height: 1fr; background: $surface; padding: 0 1; overflow-x: hidden;
             scrollbar-size-vertical: 0; }
    """

    class Chosen(Message):
        """A value of a facet; `out` where its runs are to be left out."""

        def __init__(self, facet: str, value: str, *, out: bool = False) -> None:
            super().__init__()
            self.facet = facet
            self.value = value
            self.out = out

    class Folded(Message):
        """Other sections are folded."""

    class Left(Message):
        """The keys are to go elsewhere."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.folded: frozenset[str] = frozenset()
        self.narrowed = ""
        self._whole: frozenset[str] = frozenset()
        self._highlighted: int | None = None
        self._facets: Counted = {}
        self._lines: list[_Line] = []
        self._styles: dict[str, Style] = {}

    def show(self, facets: "Counted") -> None:
        """These counts; what the filter asks for, or excludes, is marked. The cursor stays on its value."""
        if facets == self._facets:
            return
        self._facets = facets
        self._lay_out()

    def narrow(self, typed: str) -> None:
        """Show only the values that hold what is typed; all of them where nothing is."""
        self.narrowed = typed
        self._lay_out()
        if typed:
            self._highlighted = None
            self.move(1)

    def go_to(self, facet: str, value: str = "") -> None:
        """The cursor, to a value, or to the head of its facet."""
        self._highlighted = self._nearest((facet, value, False))
        self._keep_in_sight()

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
        self.move(len(self._lines) if end else -len(self._lines))

    def sideways(self, steps: int) -> None:
        """Fold the section under the cursor, or unfold it: first its first values, then all of them."""
        line = self._at_cursor()
        if line is None:
            return
        name = line.facet
        if steps > 0 and name not in self.folded:
            self._whole |= {name}
        elif steps < 0:
            self._whole -= {name}
        self.folded = self.folded | {name} if steps < 0 else self.folded - {name}
        self._lay_out()
        self.post_message(self.Folded())
        if steps < 0:
            self.go_to(name)

    def action_choose(self) -> None:
        """Tell the value under the cursor; where a long list is cut, show all of it."""
        line = self._at_cursor()
        if line is not None and line.value:
            self.post_message(self.Chosen(line.facet, line.value))
        elif line is not None:
            self.sideways(1)

    def action_next_match(self) -> None:
        """The cursor, to the next value in sight that holds what was typed."""
        self._to_match(1)

    def action_previous_match(self) -> None:
        """To the one before."""
        self._to_match(-1)

    def _to_match(self, direction: int) -> None:
        values = [place for place, line in enumerate(self._lines) if line.value]
        if not self.narrowed or not values:
            self.post_message(Told("n and N go through the values that / finds"))
            return
        at = -1 if self._highlighted is None else self._highlighted
        ahead = [place for place in values if (place - at) * direction > 0]
        self._highlighted = (ahead or values)[0 if direction > 0 else -1]
        self._keep_in_sight()

    def action_exclude(self) -> None:
        """Tell that the runs of the value under the cursor are to be left out."""
        line = self._at_cursor()
        if line is None or not line.value:
            self.post_message(Told("- leaves out the runs of a value; there is none under the cursor"))
        else:
            self.post_message(self.Chosen(line.facet, line.value, out=True))

    def action_back(self) -> None:
        """Tell that the keys are to go back to the table."""
        self.post_message(self.Left())

    def on_focus(self) -> None:
        """The cursor shows whose keys they are."""
        if self._highlighted is None:
            self._step(1)
        self.refresh()

    def on_blur(self) -> None:
        """The cursor goes with the keys."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; a head folds its section, and unfolds it."""
        place = int(self.scroll_offset.y) + event.y
        if place >= len(self._lines):
            return
        self._highlighted = place
        line = self._lines[place]
        if line.value or line.more:
            self.action_choose()
        else:
            self.sideways(1 if line.facet in self.folded else -1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """One paint looks its styles up once."""
        ground, tones = self.rich_style, self.tones
        self._styles = {name: ground + tones[name] for name in ("", "dim", "chosen")}
        self._styles["cursor"] = ground + tones["cursor"] + tones["strong"]
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """A head, a value and its count, or how many more there are."""
        width = self.size.width
        place = int(self.scroll_offset.y) + y
        if place >= len(self._lines):
            says = self._says_when_empty() if place == 0 else ""
            return Strip([Segment(set_cell_size(says, width), self._styles["dim"])], width)
        line = self._lines[place]
        at_cursor = place == self._highlighted and self.has_focus
        plain, dim = self._styles["cursor" if at_cursor else ""], self._styles["cursor" if at_cursor else "dim"]
        if said := f"{line.more:,} more" if line.more else line.remark:
            return Strip([Segment(set_cell_size(f"  … {said}", width), dim)], width)
        if not line.value:
            sign = arrow("▸" if line.facet in self.folded else "▾", plain=is_plain())
            return Strip([Segment(set_cell_size(f"{sign} {HEADS[line.facet]}", width), dim)], width)
        mark = f"{_sign(self._facets[line.facet], line.value)} "
        count = f" {line.count:,}"
        name = _fitted(one_line(line.value), width - len(mark) - len(count))
        marked = self._styles["cursor" if at_cursor else "chosen"]
        return Strip([Segment(mark, marked), Segment(name, plain), Segment(count, dim)], width)

    def _says_when_empty(self) -> str:
        """Why there is no value; nothing before any was counted."""
        if self.narrowed:
            return _fitted(f"no value has {one_line(self.narrowed)}", self.size.width)
        return "no run matches" if self._facets else ""

    def _lay_out(self) -> None:
        before, line = self._lines, self._at_cursor()
        self._lines = [line for name in HEADS if name in self._facets for line in self._section(name)]
        self._highlighted = None if line is None or not self._lines else self._nearest(line.place)
        if len(before) != len(self._lines):
            self.virtual_size = Size(self.size.width, len(self._lines))
        self.refresh()

    def _section(self, name: str) -> Sequence[_Line]:
        """The head of a facet, its values, of many the most frequent, and what is not counted; or nothing at all."""
        counts = dict(self._facets[name].counts)
        if self.narrowed:
            counts = {value: counts[value] for value in narrowed(list(counts), self.narrowed)}
        facet = self._facets[name]
        remarks = [_Line(name, remark=_NOT_READ)] if facet.is_short and not self.narrowed else []
        if not counts and not remarks:
            return ()
        every = [_Line(name, value, count) for value, count in counts.items()]
        if name in self.folded:
            return (_Line(name),)
        marked = facet.chosen | facet.excluded
        shown = [line for place, line in enumerate(every) if place < _MOST or line.value in marked]
        more = len(every) - len(shown)
        if name in self._whole or self.narrowed or more < _LEAST_LEFT:
            return (_Line(name), *every, *([_Line(name, remark=_RARER)] if facet.is_cut else []), *remarks)
        return (_Line(name), *shown, _Line(name, more=more), *remarks)

    def _at_cursor(self) -> _Line | None:
        return None if self._highlighted is None or not self._lines else self._lines[self._highlighted]

    def _step(self, by: int) -> None:
        """To the next line that can be chosen, or unfolded."""
        place = (-1 if by > 0 else len(self._lines)) if self._highlighted is None else self._highlighted
        while 0 <= (place := place + by) < len(self._lines):
            line = self._lines[place]
            if line.value or line.more or line.facet in self.folded:
                self._highlighted = place
                return

    def _nearest(self, wanted: tuple[str, str, bool]) -> int:
        """Where a value stands; the head of its facet, or the first line, where it does not occur any more."""
        places = [line.place for line in self._lines]
        head = (wanted[0], "", False)
        return next((places.index(candidate) for candidate in (wanted, head) if candidate in places), 0)

    def _keep_in_sight(self) -> None:
        if self._highlighted is not None:
            self.scroll_to_region(Region(0, self._highlighted, self.size.width, 1), animate=False, immediate=True)
        self.refresh()


def _sign(facet: "Facet", value: str) -> str:
    if value in facet.chosen:
        return "*" if is_plain() else "●"
    if value in facet.excluded:
        return "-" if is_plain() else "−"
    return " "


def _fitted(text: str, width: int) -> str:
    fitted = set_cell_size(text, width)
    return fitted if fitted.rstrip() == text.rstrip() else set_cell_size(text, width - 1) + "…"
