"""Facets: how often each project, tag, group and status occurs among the runs shown. Choosing one writes the filter."""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from trackside.tui.terminal import one_line

_MOST = 12
_WIDTH = 24
HEADS = {"project": "PROJECTS", "status": "STATUS", "health": "NEEDS ATTENTION", "tag": "TAGS", "group": "GROUPS"}


class Facets(OptionList):
    """A list in sections. It tells which value was chosen and leaves the rest to its screen."""

    DEFAULT_CSS = """
    Facets { width: 28; height: 1fr; border: none; background: $surface; padding: 0 1; scrollbar-size-vertical: 0; }
    Facets:focus { border: none; background: $surface; }
    Facets > .option-list--option-disabled { color: $foreground-muted; text-style: none; }
    """

    class Chosen(Message):
        """A value of a facet."""

        def __init__(self, facet: str, value: str) -> None:
            super().__init__()
            self.facet = facet
            self.value = value

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._values: list[tuple[str, str]] = []
        self._shown: object = None
        self._facets: Mapping[str, Sequence[tuple[str, int]]] = {}
        self._chosen: Mapping[str, Sequence[str]] = {}
        self.folded: frozenset[str] = frozenset()

    def show(self, facets: Mapping[str, Sequence[tuple[str, int]]], chosen: Mapping[str, Sequence[str]]) -> None:
        """These counts; what the filter already asks for is marked. The cursor stays on its value."""
        content = ({name: list(facets.get(name, ())) for name in HEADS}, {k: list(v) for k, v in chosen.items()})
        if (content, self.folded) == self._shown:
            return
        self._shown = (content, self.folded)
        self._facets, self._chosen = facets, chosen
        at = self._values[self.highlighted] if self.highlighted is not None and self._values else None
        options, values = [], []
        for name, head in HEADS.items():
            counted = content[0][name]
            if not counted:
                continue
            folded = name in self.folded
            options.append(
                Option(Content.styled(f"{'▸' if folded else '▾'} {head}", "$foreground-muted"), disabled=not folded)
            )
            values.append((name, ""))
            for value, count in [] if folded else counted[:_MOST]:
                options.append(Option(_line(value, count, chosen=value in chosen.get(name, ()))))
                values.append((name, value))
        self._values = values
        self.clear_options()
        self.add_options(options)
        if at in values:
            self.highlighted = values.index(at)

    def move(self, lines: int) -> None:
        """So many values down, or up."""
        for _ in range(abs(lines)):
            self.action_cursor_down() if lines > 0 else self.action_cursor_up()

    def page(self, pages: float) -> None:
        """A screen down, or up."""
        self.move(int(self.size.height * pages))

    def to_edge(self, end: bool) -> None:
        """To the last value, or the first."""
        self.action_last() if end else self.action_first()

    def sideways(self, steps: int) -> None:
        """Fold the section under the cursor, or unfold it."""
        if self.highlighted is not None and self._values:
            name = self._values[self.highlighted][0]
            self.folded = self.folded | {name} if steps < 0 else self.folded - {name}
            self.show(self._facets, self._chosen)
            self.highlighted = self._values.index((name, "")) if steps < 0 else self.highlighted

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell the value."""
        event.stop()
        facet, value = self._values[event.option_index]
        if value:
            self.post_message(self.Chosen(facet, value))


def _line(value: str, count: int, *, chosen: bool) -> Content:
    number = f"{count:,}"
    name = one_line(value)
    room = _WIDTH - 2 - len(number) - 1
    shown = name if len(name) <= room else name[: room - 1] + "…"
    return Content.assemble(("● " if chosen else "  ", "$accent"), shown.ljust(room + 1), (number, "$foreground-muted"))
