"""Arranging the table of runs by keys: its columns and their order, what rows are sorted by, values or changes."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual import on
from textual.screen import Screen

from trackside.config import paths
from trackside.config.state import View
from trackside.services.table.asked import Asked, Change, asked_by, view_of
from trackside.services.table.rows import CURVE, GROUP_SIZE
from trackside.tui.context import Context
from trackside.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from trackside.services.table.asked import SortKey
    from trackside.services.table.view import Found
    from trackside.tui.screens.columns_picker import PickedColumns

_CHANGES: dict[Change, Change] = {"value": "delta", "delta": "percent", "percent": "value"}


class RunsArranging(Screen[Any]):
    """The actions that change how the same runs are shown."""

    context: Context
    asked: Asked
    found: "Found | None"
    metric: str | None
    unfolded: frozenset[str]

    @property
    def table(self) -> RunsTable:
        """The table."""
        return self.query_one(RunsTable)

    def found_by_now(self) -> "Found | None":
        """What was found; where nothing is yet, that is said."""
        if self.found is None:
            self.notify("the runs are still being read", markup=False)
        return self.found

    @abstractmethod
    def ask(self, asked: Asked) -> None:
        """Find something else."""

    @property
    def arranged(self) -> tuple[str, ...]:
        """The columns as they could be chosen: that a group has is not among them."""
        found = () if self.found is None else self.found.columns
        return self.asked.columns or tuple(column for column in found if column != GROUP_SIZE)

    @on(RunsTable.HeadClicked)
    def action_sort(self) -> None:
        """By the column that keys mean; again, the other way; and again, as usual."""
        from trackside.tui.screens.sort_picker import turned

        column = self.table.column
        if column is None or column == GROUP_SIZE or column.startswith(CURVE):
            self.notify("this column has no order; S sorts by any other", markup=False)
        else:
            self._sort(turned(self.asked.sort, column))

    def action_sort_keys(self) -> None:
        """By several columns."""
        from trackside.tui.screens.sort_picker import SortPicker

        if (found := self.found_by_now()) is not None:
            known = [key for key in (*self.arranged, *found.known_columns) if not key.startswith(CURVE)]
            self.app.push_screen(SortPicker(known, self.asked.sort), self._sort)

    def _sort(self, keys: "tuple[SortKey, ...] | None") -> None:
        if keys is not None:
            self.ask(replace(self.asked, sort=keys))

    def action_columns(self) -> None:
        """Choose the columns, their order, and which stay at the left."""
        from trackside.tui.screens.columns_picker import ColumnsPicker

        if (found := self.found_by_now()) is not None:
            picker = ColumnsPicker(found.view.frame, found.known_columns, self.arranged, self.asked.pinned)
            self.app.push_screen(picker, self._show_columns)

    def _show_columns(self, picked: "PickedColumns | None") -> None:
        if picked is not None:
            fresh = [column for column in picked.columns or () if column not in self.arranged]
            if fresh:
                self.table.seek_column(fresh[-1])
            self.ask(replace(self.asked, columns=picked.columns, pinned=picked.pinned))

    def action_column_left(self) -> None:
        """The column that keys mean, one place to the left."""
        self._move_column(-1)

    def action_column_right(self) -> None:
        """The column that keys mean, one place to the right."""
        self._move_column(1)

    def _move_column(self, places: int) -> None:
        shown, column, pinned = list(self.arranged), self.table.column, self.asked.pinned
        if column not in shown:
            return
        place = shown.index(column)
        other = place + places
        if not 0 <= other < len(shown) or (place < pinned) != (other < pinned):
            self.notify("no further: pinned columns stay at the left; C pins others", markup=False)
            return
        shown[place], shown[other] = shown[other], shown[place]
        self.ask(replace(self.asked, columns=tuple(shown)))

    def action_hide_column(self) -> None:
        """The column that keys mean is shown no more."""
        shown, column = self.arranged, self.table.column
        if column not in shown or len(shown) == 1:
            self.notify("this column stays", markup=False)
            return
        pinned = self.asked.pinned - (shown.index(column) < self.asked.pinned)
        self.ask(replace(self.asked, columns=tuple(key for key in shown if key != column), pinned=pinned))

    def action_views(self) -> None:
        """Open a view that was kept, or keep what is shown as one."""
        from trackside.tui.screens.views import ViewsScreen

        shown = view_of(self.asked, self.metric)
        self.app.push_screen(ViewsScreen(paths.views_file(self.context.store.uuid), shown), self._open_view)

    def _open_view(self, view: View | None) -> None:
        if view is not None:
            self.metric, self.unfolded = view.metric, frozenset()
            self.ask(asked_by(view))

    def action_show_change(self) -> None:
        """Of metrics the value, how it differs from the baseline's, that in percent; of groups their means."""
        if (found := self.found_by_now()) is None:
            return
        if self.asked.change == "value" and not found.baselines:
            self.notify("no project has a baseline yet; b makes the run under the cursor one", markup=False)
        else:
            self.ask(replace(self.asked, change=_CHANGES[self.asked.change]))
