"""Rows of cells in aligned columns, read like lines: the first column stays, the others scroll by whole ones."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from trackside.tui.terminal import one_line
from trackside.tui.widgets.columns import GAP, arrow, furthest, in_sight
from trackside.tui.widgets.lines import Line, Lines

_FROZEN = 1
_ARROW = 2
"""Cells at the right edge that are kept for the sign that there are more columns."""


class ColumnsTable(Lines):
    """A head, rows, and lines below them that are no rows. Cells come from runs: they are made inert here."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._cells: list[list[str]] = []
        self._below: tuple[Line, ...] = ()
        self._widths: list[int] = []
        self._shift = 0

    def show_rows(self, rows: Sequence[Sequence[str]], below: Sequence[Line] = ()) -> None:
        """Replace all rows, which have one length; the first is the head. The columns in sight stay."""
        self._cells = [[one_line(cell) for cell in row] for row in rows]
        self._below = tuple(below)
        self._widths = [max(map(cell_len, column)) for column in zip(*self._cells, strict=True)]
        self._show_in_sight()

    def sideways(self, steps: int) -> None:
        """Scroll by so many columns, no further than to the last one."""
        self._shift = max(0, self._shift + steps)
        self._show_in_sight()

    def on_resize(self) -> None:
        """More columns fit, or fewer."""
        self._show_in_sight()
        super().on_resize()

    def _show_in_sight(self) -> None:
        room = max(0, self.scrollable_content_region.width - _ARROW)
        self._shift = min(self._shift, furthest(self._widths, _FROZEN, room))
        columns = in_sight(self._widths, _FROZEN, self._shift, room)
        plain = self.app.console.encoding != "utf-8"
        left = f"{arrow('‹', plain=plain)} " if self._shift else GAP
        more = f" {arrow('›', plain=plain)}" if columns and columns[-1] < len(self._widths) - 1 else ""
        lines = []
        for number, row in enumerate(self._cells):
            texts = [set_cell_size(row[column], self._widths[column]) for column in columns]
            gap = left if number == 0 else GAP
            text = texts[0] + gap + GAP.join(texts[1:]) if len(texts) > 1 else "".join(texts)
            lines.append(Line.of(set_cell_size(text, room) + more if number == 0 else text, _style(number), hang=None))
        self.show((*lines, *self._below))


def _style(number: int) -> str:
    return "head" if number == 0 else ""
