"""What the keys of the Runs screen do. What they act on is the screen's."""

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from trackside.services.cells import unrounded
from trackside.services.table.asked import NEWEST_FIRST, Asked
from trackside.services.table.view import Found
from trackside.tui.copying import LONGEST_COPY, ROW, RUNS_COMMAND, VALUE, Copying, of_run
from trackside.tui.edits import Edits
from trackside.tui.exporting import Exporting
from trackside.tui.keys.changing import changing
from trackside.tui.keys.moves import Movable, Moves
from trackside.tui.screens.runs_arranging import RunsArranging
from trackside.tui.terminal import inert, one_line
from trackside.tui.widgets.facets import Facets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trackside.charts.parallel.spec import Axis
    from trackside.model.run import Run
    from trackside.services.project.baseline import Baseline
    from trackside.services.sharing.export import Export
    from trackside.services.sharing.seen import Runs
    from trackside.services.table.rows import Row
    from trackside.tui.compare_tabs.tab import CompareTab
    from trackside.tui.screens.picker import Choice
    from trackside.tui.widgets.preview import Preview


_ABOUT_A_RUN = frozenset(
    {"open", "full_screen", "mark", "mark_range", "compare", "why", "set_baseline", "go_to_baseline"}
    | {"edit_tags", "annotate", "rename", "archive", "trash"}
)
_NOTHING_SKIPPED = "nothing was skipped"
_NOTHING_MARKED = "no run is marked; space marks"


class RunsActions(RunsArranging, Moves, Copying, Exporting, Edits):
    """The actions of the Runs screen."""

    NO_RUN: ClassVar[str] = "there is no run under the cursor"
    COPIED: ClassVar[dict[str, str]] = {"y": VALUE, "r": ROW, "x": RUNS_COMMAND}

    asked: Asked
    found: Found | None
    metric: str | None
    preview_on: bool
    skipped: tuple[str, ...]
    marks: frozenset[str]
    _preview: "Preview | None" = None

    @property
    def facets(self) -> Facets:
        """The facets."""
        return self.query_one(Facets)

    @property
    def preview(self) -> "Preview":
        """The preview, made when it is first asked for: the first paint does not wait for what draws curves."""
        if self._preview is None:
            from trackside.tui.widgets.preview import Preview

            self._preview = Preview(self.context)
            self.query_one("#preview").mount(self._preview)
        return self._preview

    @abstractmethod
    def go_to_baseline(self, run_id: str) -> None:
        """The cursor, to a run that a filter may hide."""

    @abstractmethod
    def show_preview(self, *, at_once: bool = False) -> None:
        """Preview the run under the cursor."""

    @abstractmethod
    def keep(self) -> None:
        """Keep what was chosen for the next start."""

    @abstractmethod
    def marks_changed(self) -> None:
        """Other runs are marked."""

    @property
    def moved(self) -> Movable:
        """The pane that has the focus."""
        return self.facets if self.facets.has_focus else self.table

    def runs_at_cursor(self) -> list[str]:
        """The run under the cursor, if there is one."""
        return [self.table.cursor_id] if self.table.cursor_id else []

    def runs_above(self) -> tuple[list[str], int]:
        """The runs down to the one under the cursor, and how many of them are under it: one, or none."""
        above = [] if self.found is None else self.found.view.ids(0, self.table.cursor + 1)
        return above, min(1, len(above))

    def edited_runs(self) -> list[str]:
        """The marked runs, else the one under the cursor."""
        return sorted(self.marks) or self.runs_at_cursor()

    def why_not(self, action: str) -> str:
        """Why an action can do nothing now; empty where it can."""
        if action in _ABOUT_A_RUN and not (self.marks or self.runs_at_cursor()):
            return self.NO_RUN
        nothing = {"show_skipped": (self.skipped, _NOTHING_SKIPPED), "unmark_all": (self.marks, _NOTHING_MARKED)}
        there, why = nothing.get(action, (True, ""))
        return super().why_not(action) if there else why

    def after_trash(self, runs: list[str]) -> None:
        """They are not marked any more."""
        self._mark(self.marks - set(runs))

    def shown_here(self) -> "Runs":
        """The table as it is asked for."""
        from trackside.services.sharing.seen import Runs

        asked = self.asked
        sort = () if asked.sort == NEWEST_FIRST else tuple(key.typed for key in asked.sort)
        change = "" if asked.change == "value" else asked.change
        return Runs(asked.filter, sort, asked.columns or (), asked.by, asked.pinned, change)

    def printed(self) -> "Runs":
        """The same, with the columns that it has."""
        return self.shown_here() if self.found is None else replace(self.shown_here(), columns=self.found.columns)

    def copied(self, what: str) -> "str | Callable[[], str | None] | None":
        """Of the run under the cursor, or its row as it stands; without any run yet, the script of a first one."""
        if self.found is not None and self.found.first_steps is not None:
            return "\n".join(self.found.first_steps.script)
        row = self.table.row(self.table.cursor)
        if what == ROW:
            return None if row is None else "\t".join(one_line(cell.text) for cell in row.cells)
        if what == VALUE:
            return None if row is None else self._value_in(row)
        runs = self.runs_at_cursor()[:1]
        return (lambda: of_run(self.context.store.run(runs[0]), what)) if runs else None

    def _value_in(self, row: "Row") -> "str | Callable[[], str | None] | None":
        """The cell under the cursor as it stands, but for a run's own number, which has all its digits."""
        column, change = self.table.column, "value" if self.found is None else self.found.change
        if column is None:
            return None
        shown = one_line(row.cells[self.table.columns.index(column)].text.strip(), LONGEST_COPY) or None
        if row.folded is not None or change != "value":
            return shown
        return lambda: unrounded(self.context.store.run(row.id), column) or shown

    def export(self) -> "Export | None":
        """The table as it stands."""
        from trackside.services.sharing.export import Export

        found = self.found
        if found is None or not len(found.view):
            return None

        made = {f".{form}": partial(_written, found, form) for form in ("csv", "parquet", "md")}
        return Export("the table", "runs.csv", made)

    def refilter(self, filter_: str) -> None:
        """Ask for other runs, in the same order."""
        self.ask(replace(self.asked, filter=filter_))

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
        runs = self.runs_at_cursor()
        if self.are_there(runs):
            from trackside.tui.screens.run import RunScreen

            self.app.push_screen(RunScreen(self.context, runs[0]))

    def _read_console(self, run_id: str, step: float | None) -> None:
        if step is not None:
            from trackside.tui.screens.run import RunScreen

            self.app.push_screen(RunScreen(self.context, run_id, console_at=step))

    def action_full_screen(self) -> None:
        """The curves of the marked runs, or that of the one under the cursor, alone."""
        from trackside.services.run.preview import chosen_metric
        from trackside.tui.screens.chart import ChartScreen

        runs = self.edited_runs()

        def opened(first: "Run") -> None:
            metric = chosen_metric(first, self.metric)
            if metric is not None:
                screen = ChartScreen(self.context, runs, metric, over_baseline=len(runs) == 1)
                self.app.push_screen(screen, lambda _: self._read_console(runs[0], screen.console_at))

        self.with_run(runs, opened)

    def action_quit_app(self) -> None:
        """Leave."""
        self.app.exit(0)

    def action_metric(self) -> None:
        """The metric of the preview."""
        if (found := self.found_by_now()) is not None:
            self._pick("metric", list(found.metrics), self.metric, self._show_metric)

    def action_show_skipped(self) -> None:
        """What could not be read, and why."""
        from trackside.tui.screens.skipped import SkippedScreen

        if self.skipped:
            self.app.push_screen(SkippedScreen(self.skipped))
        else:
            self.notify(_NOTHING_SKIPPED, markup=False)

    def action_stores(self) -> None:
        """The stores that are open; the one that is chosen there is shown alone."""
        from trackside.query.edit import with_any
        from trackside.services.places.stores import OpenStore
        from trackside.store.several import SeveralStores
        from trackside.tui.screens.stores import StoresScreen

        def chosen(one: OpenStore | None) -> None:
            if one is not None and isinstance(self.context.store, SeveralStores):
                self.refilter(with_any(self.asked.filter, "store", [one.name]))

        self.app.push_screen(StoresScreen(self.context), chosen)

    def action_preview(self) -> None:
        """On, off."""
        self.preview_on = not self.preview_on
        self.query_one("#preview").display = self.preview_on
        self.keep()
        if self.preview_on:
            self.show_preview()

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark away, and go on."""
        runs = self.runs_at_cursor()
        if self.are_there(runs):
            self._mark(self.marks.difference(runs) if self.marks.issuperset(runs) else self.marks.union(runs))
            self.table.move(1)

    def action_mark_range(self) -> None:
        """From the nearest marked run above to this one."""
        above, own = self.runs_above()
        marked = [place for place, run_id in enumerate(above) if run_id in self.marks]
        range_ = above[marked[-1] if marked else len(above) - own :]
        if self.are_there(range_) and self.marks.issuperset(range_):
            self.notify("all down to the mark above are marked already", markup=False)
        else:
            self._mark(self.marks.union(range_))

    def action_unmark_all(self) -> None:
        """No run is marked."""
        if self.marks:
            self._mark(frozenset())
        else:
            self.notify(_NOTHING_MARKED, markup=False)

    def action_compare(self) -> None:
        """The marked runs, or the one under the cursor, with the baseline."""
        from trackside.tui.compare_tabs.summary import SummaryTab

        self._compare(self.edited_runs(), SummaryTab)

    def action_why(self) -> None:
        """What could explain how the run under the cursor differs from the baseline."""
        from trackside.tui.compare_tabs.why import WhyTab

        self._compare(self.runs_at_cursor(), WhyTab)

    def action_pivot(self) -> None:
        """A pivot of the runs that match the filter."""
        from trackside.services.pivot.pivot import Asked as PivotAsked
        from trackside.tui.screens.pivot import PivotScreen

        self.app.push_screen(PivotScreen(self.context, PivotAsked(filter=self.asked.filter)))

    def _compare(self, runs: "Sequence[str]", opens: "type[CompareTab]") -> None:
        from trackside.tui.screens.compare import CompareScreen

        if self.are_there(runs):
            self.app.push_screen(CompareScreen(self.context, runs, self.metric, self._narrow, opens))

    def _narrow(self, axes: "Sequence[Axis]") -> None:
        """The filter, to the runs that the brushes of these axes ask for too."""
        from trackside.services.comparison.parallel import filter_of

        self.refilter(filter_of(axes, self.asked.filter))

    @changing
    def action_set_baseline(self) -> None:
        """Make the run under the cursor its project's baseline."""
        from trackside.services.project import decisions

        runs, store = self.runs_at_cursor(), self.context.store
        if self.are_there(runs):
            self.edit(lambda: decisions.set_baseline(store, store.run(runs[0]).project, runs[0]))

    def action_go_to_baseline(self) -> None:
        """To the baseline of the project of the run under the cursor."""
        from trackside.services.project.baseline import baseline_beside

        runs = self.runs_at_cursor()
        if self.are_there(runs):
            asked = partial(baseline_beside, self.context.store, runs[0])
            self.ask_store(asked, partial(self._to_baseline, runs[0]))

    def _to_baseline(self, run_id: str, found: "tuple[str, Baseline | None]") -> None:
        project, baseline = found
        if baseline is None:
            self.notify(inert(f"{project} has no baseline yet; b makes this run one"), markup=False)
        elif baseline.run_id == run_id:
            self.notify("this run is the baseline", markup=False)
        elif baseline.trouble is not None and not self.table.has(baseline.run_id):
            self.notify(inert(baseline.trouble), severity="warning", markup=False)
        else:
            self.go_to_baseline(baseline.run_id)

    def _mark(self, marks: frozenset[str]) -> None:
        self.marks = marks
        self.marks_changed()

    def _show_metric(self, metric: str) -> None:
        self.metric = metric
        self.keep()
        self.show_preview()

    def _pick(
        self, title_: str, choices: "Sequence[str | Choice]", current: str | None, chosen: "Callable[[str], None]"
    ) -> None:
        from trackside.tui.screens.picker import Picker

        self.app.push_screen(
            Picker(title_, choices, current), lambda picked: None if picked is None else chosen(picked)
        )


def _written(found: Found, form: str) -> bytes:
    from trackside.services.sharing import table_files

    return table_files.FORMATS[form](found)
