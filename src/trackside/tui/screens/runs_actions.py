"""What the keys of the Runs screen do. What they act on is the screen's."""

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from textual import events

from trackside.services import edit
from trackside.services.rows import title
from trackside.services.runs_view import Asked, Found
from trackside.tui.edits import Edits
from trackside.tui.terminal import copy
from trackside.tui.widgets.facets import Facets
from trackside.tui.widgets.filter_bar import FilterBar
from trackside.tui.widgets.prompt import Confirm
from trackside.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from trackside.tui.widgets.preview import Preview

_ASCENDING = frozenset({"name", "project", "group", "status", "user", "host"})
_COPIED = {"y": "value", "r": "row", "i": "id", "c": "command"}


class RunsActions(Edits):
    """The actions of the Runs screen."""

    asked: Asked
    found: Found | None
    metric: str | None
    preview_on: bool
    _copying = False

    @property
    def table(self) -> RunsTable:
        """The table."""
        return self.query_one(RunsTable)

    @property
    def facets(self) -> Facets:
        """The facets."""
        return self.query_one(Facets)

    @property
    def preview(self) -> "Preview":
        """The preview, made when it is first asked for: the first paint does not wait for what draws curves."""
        place = self.query_one("#preview")
        if not place.children:
            from trackside.tui.widgets.preview import Preview

            place.mount(Preview(self.context))
        return cast("Preview", place.children[0])

    def ask(self, asked: Asked) -> None:
        """Find something else."""
        raise NotImplementedError

    def go_to_baseline(self, run_id: str) -> None:
        """The cursor, to a run that a filter may hide."""
        raise NotImplementedError

    def marks_changed(self) -> None:
        """Other runs are marked."""
        raise NotImplementedError

    def edited_runs(self) -> list[str]:
        """The marked runs, else the one under the cursor."""
        if self.table.marks:
            return sorted(self.table.marks)
        return [self.table.cursor_id] if self.table.cursor_id else []

    def refilter(self, filter_: str) -> None:
        """Ask for other runs, in the same order."""
        self.ask(replace(self.asked, filter=filter_))

    def action_cursor_down(self) -> None:
        """One row down."""
        self.facets.action_cursor_down() if self.facets.has_focus else self.table.move(1)

    def action_cursor_up(self) -> None:
        """One row up."""
        self.facets.action_cursor_up() if self.facets.has_focus else self.table.move(-1)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self.table.move(self.table.page_rows() // 2)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self.table.move(-(self.table.page_rows() // 2))

    def action_page_down(self) -> None:
        """A page down."""
        self.table.move(self.table.page_rows())

    def action_page_up(self) -> None:
        """A page up."""
        self.table.move(-self.table.page_rows())

    def action_top(self) -> None:
        """The first row."""
        self.facets.action_first() if self.facets.has_focus else self.table.move_to(0)

    def action_bottom(self) -> None:
        """The last row."""
        self.facets.action_last() if self.facets.has_focus else self.table.move_to(self.table.count - 1)

    def action_left(self) -> None:
        """Columns to the left, or fold."""
        self._sideways(-1)

    def action_right(self) -> None:
        """Columns to the right, or unfold."""
        self._sideways(1)

    def action_next_pane(self) -> None:
        """From the table to the facets and back."""
        if self.facets.has_focus:
            self.remove_class("-facets")
            self.table.focus()
        else:
            self.add_class("-facets")
            self.facets.focus()

    def action_previous_pane(self) -> None:
        """As there are two, the same."""
        self.action_next_pane()

    def action_open(self) -> None:
        """The run under the cursor."""
        if self.table.cursor_id is not None:
            from trackside.tui.screens.run import RunScreen

            self.app.push_screen(RunScreen(self.context, self.table.cursor_id))

    def action_full_screen(self) -> None:
        """The curve of the preview, alone."""
        from trackside.services.preview import chosen_metric
        from trackside.tui.screens.chart import ChartScreen

        runs = self.edited_runs()
        metric = chosen_metric(self.context.store.run(runs[0]), self.metric) if runs else None
        if metric is not None:
            self.app.push_screen(ChartScreen(self.context, runs, metric))

    def action_find(self) -> None:
        """Open the filter bar."""
        self.query_one(FilterBar).open(self.asked.filter)

    def action_clear(self) -> None:
        """Peel off one layer: the facets, the filter, the marks."""
        if self.facets.has_focus:
            self.action_next_pane()
        elif self.asked.filter:
            self.refilter("")
        elif self.table.marks:
            self.action_unmark_all()

    def action_quit_app(self) -> None:
        """Leave."""
        self.app.exit(0)

    def action_pick_tags(self) -> None:
        """Filter by tags."""
        from trackside.query.edit import values_of
        from trackside.tui.screens.tags import Picked, TagPicker

        def picked(choice: Picked | None) -> None:
            if choice is not None:
                self.refilter(choice.written_into(self.asked.filter))

        if self.found is not None:
            known = dict(self.found.all_tags)
            self.app.push_screen(TagPicker(list(known.items()), values_of(self.asked.filter, "tag")), picked)

    def action_sort(self) -> None:
        """By one of the columns; the same again turns it round."""
        if self.found is None:
            return
        keys = {title(key): key for key in (*self.found.columns, "created", "duration_s") if key != "progress"}
        self._pick("sort by", list(keys), title(self.asked.sort), lambda name: self._sort_by(keys[name]))

    def action_columns(self) -> None:
        """Show a column, or take one away."""
        if self.found is None:
            return
        shown = self.found.columns
        known = [*shown, *(key for key in self.found.known_columns if key not in shown)]
        names = {f"{'●' if key in shown else '○'} {key}": key for key in known}

        def chosen(name: str) -> None:
            key = names[name]
            after = tuple(other for other in shown if other != key) if key in shown else (*shown, key)
            self.ask(replace(self.asked, columns=after or None))

        self._pick("columns", list(names), None, chosen)

    def action_metric(self) -> None:
        """The metric of the preview."""
        if self.found is not None:
            self._pick("metric", list(self.found.metrics), self.metric, self._show_metric)

    def action_preview(self) -> None:
        """On, off."""
        self.preview_on = not self.preview_on
        self.query_one("#preview").display = self.preview_on
        if self.preview_on:
            self.preview.show(self.table.cursor_id, self.metric)

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark away, and go on."""
        if self.table.cursor_id is not None:
            self._mark(self.table.marks ^ {self.table.cursor_id})
            self.table.move(1)

    def action_mark_range(self) -> None:
        """From the nearest marked run above to this one."""
        rows = self.table.rows_between(0, self.table.cursor + 1)
        marked = [place for place, row in enumerate(rows) if row.id in self.table.marks]
        start = marked[-1] if marked else self.table.cursor
        self._mark(self.table.marks | {row.id for row in rows[start:]})

    def action_unmark_all(self) -> None:
        """No run is marked."""
        self._mark(frozenset())

    def action_overlay(self) -> None:
        """The marked runs over one another."""
        from trackside.tui.screens.overlay import OverlayScreen

        if self.edited_runs():
            self.app.push_screen(OverlayScreen(self.context, self.edited_runs(), self.metric))

    def action_set_baseline(self) -> None:
        """Make the run under the cursor its project's baseline."""
        if self.table.cursor_id is not None:
            run = self.context.store.run(self.table.cursor_id)
            self.edit(lambda: edit.set_baseline(self.context.store, run.project, run.id))

    def action_go_to_baseline(self) -> None:
        """To the baseline of the project of the run under the cursor."""
        if self.table.cursor_id is None:
            return
        run = self.context.store.run(self.table.cursor_id)
        baseline = self.context.store.project(run.project).baseline
        if baseline is None:
            self.notify(f"{run.project} has no baseline yet; b makes this run one", markup=False)
        else:
            self.go_to_baseline(baseline)

    def action_archive(self) -> None:
        """Hide the runs, unless a filter asks for them."""
        runs = self.edited_runs()
        if runs:
            self.edit(lambda: edit.archive(self.context.store, runs))

    def action_trash(self) -> None:
        """Ask, then put the runs into the trash."""
        runs = self.edited_runs()

        def answered(yes: bool | None) -> None:
            if yes:
                self.edit(lambda: edit.trash(self.context.store, runs))
                self._mark(self.table.marks - set(runs))

        if runs:
            self.app.push_screen(Confirm(f"Put {len(runs):,} into the trash?"), answered)

    def action_copy(self) -> None:
        """The next key says what."""
        self._copying = True
        self.notify("y value   r row   i id   c command line", markup=False)

    def key_escape(self) -> None:
        """A copy that was begun is not made."""
        self._copying = False

    async def _on_key(self, event: events.Key) -> None:
        if self._copying:
            self._copying = False
            if event.key in _COPIED:
                event.stop()
                event.prevent_default()
                self._copy(_COPIED[event.key])

    def _copy(self, what: str) -> None:
        row = self.table.row(self.table.cursor)
        if row is None:
            return
        import shlex

        run = self.context.store.run(row.id)
        primary = run.metrics.get(run.primary or "")
        texts = {
            "id": run.id,
            "row": "\t".join(cell.text for cell in row.cells),
            "command": shlex.join(run.command),
            "value": "" if primary is None else repr(primary.last),
        }
        self.notify(f"{what}: {copy(self.app, texts[what])}", markup=False)

    def _sideways(self, by: int) -> None:
        if not self.facets.has_focus:
            self.table.shift(by)
        elif self.facets.fold(folded=by < 0) and self.found is not None:
            self.facets.show(self.found.facets, {})

    def _mark(self, marks: frozenset[str]) -> None:
        self.table.mark(marks)
        self.marks_changed()

    def _sort_by(self, key: str) -> None:
        descending = not self.asked.descending if key == self.asked.sort else key not in _ASCENDING
        self.ask(replace(self.asked, sort=key, descending=descending))

    def _show_metric(self, metric: str) -> None:
        self.metric = metric
        self.preview.show(self.table.cursor_id, metric)

    def _pick(self, title_: str, names: list[str], current: str | None, chosen: "Callable[[str], None]") -> None:
        from trackside.tui.screens.picker import Picker

        self.app.push_screen(Picker(title_, names, current), lambda name: None if name is None else chosen(name))
