"""Runs in groups on the Runs screen: by which keys, which groups are unfolded, and what keys mean on a group's row."""

import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from msgspec.structs import replace

from trackside.services.table.rows import REPLICATES, Row, title
from trackside.services.table.view import rows_of
from trackside.tui.keys.changing import changing
from trackside.tui.screens.runs_filter import RunsFilter
from trackside.tui.widgets.row_pages import Source

if TYPE_CHECKING:
    from collections.abc import Collection

    from trackside.services.grouping.group_rows import GroupRows
    from trackside.services.table.rows import DrawnCurve
    from trackside.services.table.view import Found
    from trackside.tui.small_curves import SmallCurves

_NONE = ""
_TELLING = ("group", "project", "status", "tags", "seed", "user", "host", "source", "primary")
_TOLD = {REPLICATES: "runs that differ in nothing but the seed", "tags": "all tags of a run together"}


class RunsGroups(RunsFilter):
    """Its actions come before those of a plain table: on a group, they are about all of its runs."""

    curves: "SmallCurves"
    unfolded: frozenset[str] = frozenset()
    _rows: "GroupRows | None" = None

    @abstractmethod
    def show_found(self, found: "Found") -> None:
        """Show what was found in the table."""

    def source_of(self, found: "Found") -> Source:
        """The rows that the table shows of what was found: runs, or groups where these were asked for."""
        if found.groups is None:
            self._rows = None
            return _runs_of(found, self.curves.text)
        from trackside.services.grouping.group_rows import GroupRows

        self._rows = GroupRows(found.groups, self.unfolded, found.columns, time.time(), self.curves.text)
        return Source(self._rows.count, self._rows.rows, self._rows.place)

    def show_marks(self) -> None:
        """Mark the runs in the table and the groups that have marked ones; star baselines, and groups that have one."""
        groups = None if self.found is None else self.found.groups
        baselines = frozenset() if self.found is None else self.found.baselines
        self.table.mark(self.marks, {} if groups is None else groups.marked(self.marks))
        self.table.star(baselines if groups is None else baselines.union(groups.marked(baselines)))

    def runs_at_cursor(self) -> list[str]:
        """All runs of a group; a run by itself."""
        if self._rows is not None and self._folded_at_cursor() is not None:
            return self._rows.runs_at(self.table.cursor)
        return super().runs_at_cursor()

    def remark_at_cursor(self) -> str:
        """What must be known of a group's means; nothing of a run."""
        if self._rows is None or self._folded_at_cursor() is None:
            return ""
        return self._rows.remark_at(self.table.cursor)

    def several(self, count: int) -> str:
        """The runs of a group go by its name."""
        row = self.table.row(self.table.cursor)
        if self.marks or row is None or row.folded is None:
            return super().several(count)
        return f"the {count:,} runs of {row.cells[0].text}"

    def runs_above(self) -> tuple[list[str], int]:
        """The runs down to the one under the cursor, those of folded groups too; and how many of them are under it."""
        groups = None if self.found is None else self.found.groups
        if groups is None:
            return super().runs_above()
        own = self.runs_at_cursor()
        found = groups.of_run(own[-1]) if own else None
        end = 0 if found is None else int(groups.starts[found[0]]) + found[1] + 1
        return groups.view.ids(0, end), len(own)

    def action_group_by(self) -> None:
        """Choose a key to group by; one that is chosen already is left out again."""
        if (found := self.found_by_now()) is None:
            return
        from trackside.tui.screens.picker import Choice, Picker

        by = self.asked.by
        chosen = [Choice(key, f"{place}  {title(key)}") for place, key in enumerate(by, start=1)]
        known = [key for key in (REPLICATES, *_TELLING, *found.known_columns) if key not in by]
        offered = dict.fromkeys(key for key in known if key in (REPLICATES, *_TELLING) or key.startswith("param."))
        nothing = [Choice(_NONE, "no groups")] if by else []
        self.app.push_screen(
            Picker(
                f"group by {' '.join(map(title, by))}, and" if by else "group by",
                [*nothing, *chosen, *(Choice(key, title(key), _TOLD.get(key, "")) for key in offered)],
            ),
            self._group_by,
        )

    def _group_by(self, key: str | None) -> None:
        by = self.asked.by
        if key is not None:
            others = tuple(other for other in by if other != key)
            self.unfolded = frozenset()
            self.ask(replace(self.asked, by=() if key == _NONE else others if key in by else (*by, key)))

    def action_open(self) -> None:
        """The run under the cursor; a group is unfolded, or folded."""
        folded = self._folded_at_cursor()
        if folded is None:
            super().action_open()
        else:
            self._fold(not folded)

    @changing
    def action_set_baseline(self) -> None:
        """Of a group, which stands for no single run, the newest; it is told which that is."""
        row = self.table.row(self.table.cursor)
        if row is None or row.folded is None:
            super().action_set_baseline()
            return
        from trackside.services.project.decisions import set_baseline_among

        runs, called, store = self.runs_at_cursor(), row.cells[0].text, self.context.store
        self.edit(lambda: set_baseline_among(store, runs, called))

    def action_left(self) -> None:
        """Columns to the left; where these are the first, the group is folded."""
        if self._in_group() and self.table.is_at_first_column and self._folded_at_cursor() is not True:
            self._fold(folded=True)
        else:
            super().action_left()

    def action_right(self) -> None:
        """Unfold the group; columns to the right."""
        if self._in_group() and self._folded_at_cursor():
            self._fold(folded=False)
        else:
            super().action_right()

    def show_run(self, run_id: str) -> None:
        """Unfold the group of a run, so that the cursor can be on it."""
        groups = None if self.found is None else self.found.groups
        found = None if groups is None else groups.of_run(run_id)
        if groups is not None and found is not None:
            self._show_unfolded(self.unfolded | {groups.id(found[0])})

    def _in_group(self) -> bool:
        return self._rows is not None and not self.facets.has_focus and bool(self.table.count)

    def _folded_at_cursor(self) -> bool | None:
        row = self.table.row(self.table.cursor)
        return None if row is None else row.folded

    def _fold(self, folded: bool) -> None:
        """The group under the cursor, which then is on the group's own row."""
        if self._rows is None:
            return
        group = self._rows.group_at(self.table.cursor)
        place = self._rows.place(group)
        if place is not None:
            self.table.move_to(place)
        self._show_unfolded(self.unfolded - {group} if folded else self.unfolded | {group})

    def _show_unfolded(self, unfolded: "Collection[str]") -> None:
        self.unfolded = frozenset(unfolded)
        self.keep()
        if self.found is not None:
            self.show_found(self.found)


def _runs_of(found: "Found", curve: "DrawnCurve") -> Source:
    def fetch(start: int, end: int) -> list[Row]:
        return rows_of(found, start, end, time.time(), curve)

    return Source(len(found.view), fetch, found.view.position)
