"""Groups as rows of the table, with the runs of those that are unfolded below them; only what is on screen is made."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from trackside.compare.pivot import FOLDS, MIXED, UNLIKE
from trackside.model.counting import counted, listed
from trackside.services import cells
from trackside.services.cells import Cell
from trackside.services.grouping.groups import TIMES, Fact, Groups, Measured
from trackside.services.pivot.figures import figures_of
from trackside.services.table.rows import (
    CHANGE,
    GROUP_SIZE,
    ON_OTHER_DATA,
    REPLICATES,
    Cells,
    DrawnCurve,
    Row,
    is_measured,
    marked,
    no_curve,
    rows_of_view,
    title,
)

_INDENT = "  "
_MARKS = {MIXED: " mixed", UNLIKE: " mixed", FOLDS: " folds"}
"""Why a mean has no interval, as its cell says it."""


class GroupRows:
    """Rows by their places. `unfolded` are ids of groups; those that are not there any more count for nothing."""

    def __init__(
        self,
        groups: Groups,
        unfolded: Collection[str],
        columns: Sequence[str],
        now: float,
        curve: DrawnCurve = no_curve,
    ) -> None:
        self._groups = groups
        self._columns = tuple(columns)
        self._now = now
        self._curve = curve
        numbers = [number for one in unfolded if (number := groups.number(one)) is not None]
        self._unfolded = frozenset(numbers)
        lines = np.ones(len(groups), dtype=np.int64)
        lines[numbers] += groups.sizes[numbers]
        self._first = np.cumsum(lines) - lines
        self.count = int(lines.sum())

    def rows(self, start: int, end: int) -> list[Row]:
        """The rows from place `start` to before `end`."""
        found: list[Row] = []
        place, end = start, min(end, self.count)
        while place < end:
            number = self._number_at(place)
            first, last = int(self._first[number]), self._first_after(number)
            if place == first:
                found.append(self._row(number))
                place += 1
            else:
                stop = min(end, last)
                offset = int(self._groups.starts[number]) - first - 1
                found += map(_indented, self._runs(place + offset, stop + offset))
                place = stop
        return found

    def place(self, row_id: str) -> int | None:
        """Where a group stands, or a run; of a run that is folded away, its group."""
        number = self._groups.number(row_id)
        if number is not None:
            return int(self._first[number])
        found = self._groups.of_run(row_id)
        if found is None:
            return None
        number, place = found
        return int(self._first[number]) + (place + 1 if number in self._unfolded else 0)

    def group_at(self, place: int) -> str:
        """The group that stands there, or whose run does."""
        return self._groups.id(self._number_at(place))

    def runs_at(self, place: int) -> list[str]:
        """The runs of that group."""
        return self._groups.runs(self._number_at(place))

    def remark_at(self, place: int) -> str:
        """Which means of that group have no interval and why, where that is not for the number of its seeds."""
        number = self._number_at(place)
        if why := self._groups.why_no_interval(number):
            return f"{why}: no mean has an interval"
        unlike = self._groups.unlike(number)
        named = [title(column) for column in self._columns if column in unlike]
        return f"{UNLIKE}: no interval of {listed(named, 1)}" if named else ""

    def _number_at(self, place: int) -> int:
        return int(np.searchsorted(self._first, place, side="right")) - 1

    def _first_after(self, number: int) -> int:
        return int(self._first[number + 1]) if number + 1 < len(self._groups) else self.count

    def _runs(self, start: int, end: int) -> list[Row]:
        groups = self._groups
        return rows_of_view(
            groups.view,
            start,
            end,
            self._columns,
            self._now,
            change=groups.change,
            baselines=groups.baselines,
            curve=self._curve,
        )

    def _row(self, number: int) -> Row:
        def cell(place: int) -> Cell:
            return group_cell(self._groups, number, self._columns[place], self._now)

        shown = Cells(len(self._columns), cell)
        return Row(self._groups.id(number), "", shown, folded=number not in self._unfolded)


def group_cell(groups: Groups, number: int, column: str, now: float) -> Cell:
    """What a column says of a group: a mean with its interval, or its change; what all runs have, or that they vary."""
    if column == "name":
        return Cell(group_label(groups, number))
    if column == GROUP_SIZE:
        return Cell(f"{groups.sizes[number]:,}", "right")
    if column == "status":
        return _status(groups.statuses(number))
    size, change = int(groups.sizes[number]), groups.change_of(number)
    if change != "value" and is_measured(column):
        differs = groups.measured(number, f"{CHANGE}{column}")
        unlike = groups.fact(number, f"{ON_OTHER_DATA}{column}")
        text = "" if differs is None else change_text(differs, size, percent=change == "percent")
        return Cell(marked(text, unlike=unlike is not None and unlike.high), "point")
    measured = groups.measured(number, column)
    if measured is not None:
        return Cell(measured_text(measured, size), "point")
    fact = groups.fact(number, column)
    return Cell() if fact is None else _fact(column, fact, now)


def group_label(groups: Groups, number: int) -> str:
    """What a group is called: the values of its keys; replicates by the group they were recorded in, else the first."""
    named = groups.values(number).items()
    return " ".join(
        groups.called(number) if key == REPLICATES else f"{title(key)}={_plain(key, value) or 'none'}"
        for key, value in named
    )


def measured_text(measured: Measured, size: int) -> str:
    """`0.93 ± 0.012`; of two seeds both values; `0.93 mixed` of what are no replicates, `0.93 folds` of several folds.

    How many seeds count is told where they are not as many as the runs.
    """
    mark = "" if measured.values else _MARKS.get(measured.why_not, "")
    text = figures_of(measured.mean, measured.half_width, measured.values).text
    return _counted(f"{text}{mark}", measured, size)


def change_text(measured: Measured, size: int, *, percent: bool) -> str:
    """`+0.012`, how far the mean is from another; of two seeds how far both are.

    Without an interval: the spread of the other's seeds would be a part of it.
    """
    differences = measured.values or (measured.mean,)
    return _counted(", ".join(cells.change(one, percent=percent) for one in differences), measured, size)


def _counted(text: str, measured: Measured, size: int) -> str:
    return text if measured.n == size else f"{text} ({measured.n:,})"


def _plain(column: str, value: Any) -> str:
    return value if isinstance(value, str) else cells.cell(column, value, 0.0).text


def _status(counts: dict[str, int]) -> Cell:
    worst = next((status for status in ("running", "crashed", "failed", "killed") if counts.get(status)), "finished")
    text = worst if len(counts) == 1 else ", ".join(f"{count:,} {status}" for status, count in counts.items())
    return Cell(text, "left", cells.cell("status", worst, 0.0).tone)


def _fact(column: str, fact: Fact, now: float) -> Cell:
    if fact.high is None:
        return cells.cell(column, None, now)
    if column in TIMES:
        return cells.cell(column, fact.high, now)
    least = Cell(fact.low) if column in ("tags", "health") else cells.cell(column, fact.low, now)
    if fact.different == 1:
        return Cell(least.text, least.align, "warn" if column == "health" else least.tone)
    if isinstance(fact.low, str | bool):
        return Cell(counted(fact.different, "value"), least.align, "dim")
    most = cells.cell(column, fact.high, now)
    text = f"{least.text} or none" if fact.low == fact.high else f"{least.text}…{most.text}"
    return Cell(text, "right", "dim")


def _indented(row: Row) -> Row:
    def cell(place: int) -> Cell:
        own = row.cells[place]
        return own if place else own._replace(text=f"{_INDENT}{own.text}")

    return Row(row.id, row.status, Cells(len(row.cells), cell))
