"""The columns of the runs table: what stands above them, how wide they are, which are in sight, which one keys mean.

It knows no rows but for their texts, and nothing of how they are painted.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec
from rich.cells import cell_len
from textual.geometry import clamp

from trackside.services.cells import Align, Cell
from trackside.services.decimals import fraction
from trackside.services.table.asked import Change, SortKey
from trackside.services.table.rows import DERIVED, Cells, heads
from trackside.tui.terminal import one_line
from trackside.tui.widgets.columns import GAP, fitted, furthest, in_sight

_WIDEST = {"name": 32, "tags": 26, "notes": 48, "health": 40, "traceback": 60}
_EDITED = frozenset({"name", "tags", "notes", "group"})
_WIDEST_OTHER = 20
_WIDEST_FORMULA = 40


class Columns(msgspec.Struct, frozen=True):
    """Which columns a table shows, of which the first stay while the others scroll; `order` is what sorts its rows."""

    keys: tuple[str, ...] = ()
    pinned: int = 1
    change: Change = "value"
    order: tuple[SortKey, ...] = ()

    def heads(self) -> list[str]:
        """What stands above them; those that rows are sorted by have an arrow, and one of several its rank."""
        ranks = {key.key: (rank, key.descending) for rank, key in enumerate(self.order, start=1)}
        return [
            one_line(head) + self._arrow(ranks.get(key)) for key, head in zip(self.keys, self._titles(), strict=True)
        ]

    def _titles(self) -> list[str]:
        return heads(self.keys, self.change)

    def _arrow(self, sorted_by: tuple[int, bool] | None) -> str:
        if sorted_by is None:
            return ""
        rank, descending = sorted_by
        return f" {'↓' if descending else '↑'}{rank if len(self.order) > 1 else ''}"


class TableColumns:
    """Where columns stand. `at` is the number of the one that keys mean; `room` is for all of them, in cells."""

    def __init__(self) -> None:
        self.shown = Columns()
        self.heads: list[str] = []
        self.widths: list[int] = []
        self._wholes: list[int] = []
        self._fractions: list[int] = []
        self.at = 0
        self.shift = 0
        self.room = 0
        self._sought: str | None = None

    def show(self, shown: Columns) -> bool:
        """Show these; whether that changes more than rows. What keys mean stays, if it is still among them."""
        if shown == self.shown:
            return False
        former, self.shown = self.shown, shown
        self.heads = shown.heads()
        if former.keys != shown.keys:
            key = former.keys[self.at] if self.at < len(former.keys) else None
            last = max(0, len(shown.keys) - 1)
            self.at = shown.keys.index(key) if key in shown.keys else min(self.at, last)
            self.widths, self._wholes, self._fractions = ([0] * len(shown.keys) for _ in range(3))
        if self._sought in shown.keys:
            self.at, self._sought = shown.keys.index(self._sought), None
        for number, head in enumerate(self.heads):
            self._widen(number, head)
        return True

    def settle(self, texts: Callable[[int], Iterable[tuple[str, Align]]]) -> bool:
        """Bring the column that keys mean into sight, and make room in those in sight for the `texts` of each.

        Whether anything stands elsewhere now. Columns do not shrink, unless by `narrow`.
        """
        before = self.shift, [*self.widths], [*self._fractions]
        self._scroll()
        widened = set[int]()
        while fresh := set(self.in_sight()) - widened:
            for number in fresh:
                for text, align in texts(number):
                    self._widen(number, text)
                    if align == "point":
                        self._widen_around_point(number, text)
            widened |= fresh
            self._scroll()
        return before != (self.shift, self.widths, self._fractions)

    def widest_edited(self, cells: Cells | tuple[Cell, ...]) -> list[int]:
        """The columns in sight that are as wide as the texts of these, which only a person's edit changes."""
        edited = (number for number in self.in_sight() if self.shown.keys[number] in _EDITED)
        return [number for number in edited if cell_len(cells[number].text) >= self.widths[number]]

    def narrow(self, number: int) -> None:
        """The column is as wide as its head, until it is settled again."""
        self.widths[number] = 0
        self._widen(number, self.heads[number])

    def _widen(self, number: int, text: str) -> None:
        if len(text) > self.widths[number] or not text.isascii():
            self.widths[number] = max(self.widths[number], min(cell_len(text), self._widest(number)))

    def _widen_around_point(self, number: int, text: str) -> None:
        behind = fraction(text)
        before = len(text) - behind
        if before > self._wholes[number] or behind > self._fractions[number]:
            self._wholes[number] = max(self._wholes[number], before)
            self._fractions[number] = max(self._fractions[number], behind)
            around = self._wholes[number] + self._fractions[number]
            self.widths[number] = max(self.widths[number], min(around, self._widest(number)))

    def _widest(self, number: int) -> int:
        key = self.shown.keys[number]
        return _WIDEST_FORMULA if key.startswith(DERIVED) else _WIDEST.get(key, _WIDEST_OTHER)

    def fitted(self, number: int, text: str, align: Align) -> str:
        """The text of a cell as wide as its column; a number is not cut for the sake of where its point stands."""
        width = self.widths[number]
        if align == "point":
            text += " " * min(self._fractions[number] - fraction(text), width - len(text))
        return fitted(text, width, right=align != "left")

    def in_sight(self) -> list[int]:
        """The numbers of the columns in sight."""
        return in_sight(self.widths, self.shown.pinned, self.shift, self.room)

    def places(self) -> Iterator[tuple[int, int, int]]:
        """The columns in sight: number, left edge and width in cells."""
        left = 0
        for number in self.in_sight():
            yield number, left, self.widths[number]
            left += self.widths[number] + len(GAP)

    def number_at(self, x: int) -> int | None:
        """The column that is there, so many cells from the first one's left edge."""
        return next((number for number, left, width in self.places() if left <= x < left + width + len(GAP)), None)

    def go(self, at: int) -> None:
        """Keys mean that column, or the nearest that there is; `settle` brings it into sight."""
        self.at = clamp(at, 0, max(0, len(self.shown.keys) - 1))

    def seek(self, key: str) -> None:
        """Keys mean this column as soon as it is shown."""
        self._sought = key

    def _scroll(self) -> None:
        """To the column that keys mean, and never more than it takes to show the last one."""
        place = self.at - self.shown.pinned
        self.shift = clamp(self.shift, 0, furthest(self.widths, self.shown.pinned, self.room))
        if place < 0:
            return
        self.shift = min(self.shift, place)
        while self.at not in self.in_sight() and self.shift < place:
            self.shift += 1

    @property
    def more(self) -> bool:
        """Whether there are columns to the right."""
        shown = self.in_sight()
        return bool(shown) and shown[-1] != len(self.shown.keys) - 1
