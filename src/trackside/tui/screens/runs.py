"""Home: the runs of the store, filtered, sorted, live. It owns what is asked for; workers find it; widgets show it."""

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.model.counting import counted
from trackside.services import loading
from trackside.services.table.asked import NEWEST_FIRST, Asked, Change, SortKey
from trackside.services.table.rows import first_columns, rows_of_runs, title
from trackside.services.table.view import Found, find
from trackside.tui.context import Context
from trackside.tui.keys.actions import bindings
from trackside.tui.messages import CatchingUp, PassedOver, Previewed, StoreFailed
from trackside.tui.once import after
from trackside.tui.own_line import OwnLine
from trackside.tui.pace import READING, Pace
from trackside.tui.screens.runs_kept import RunsKept
from trackside.tui.small_curves import SmallCurves
from trackside.tui.terminal import inert, is_plain
from trackside.tui.widgets.facets import Facets
from trackside.tui.widgets.filter_bar import FilterBar
from trackside.tui.widgets.keys_footer import KeysFooter
from trackside.tui.widgets.row_pages import Source
from trackside.tui.widgets.runs_table import RunsTable
from trackside.tui.widgets.said import Said, sentences, welcome
from trackside.tui.widgets.status_line import RunsStatus, place_name, status_text
from trackside.tui.widgets.table_columns import Columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trackside.model.run import Run
    from trackside.services.table.facets import Facets as Counted

FIRST_PAGE = 100
_NO_RUNS_FOUND = "nothing here is known as a run so far; trackside looks again every few seconds"
_SKIPPED_SHOWN = 3
_CHANGES: dict[Change, str] = {"value": "", "delta": "Δ to the baseline", "percent": "Δ% to the baseline"}


class RunsScreen(RunsKept, OwnLine):
    """The table of runs, its facets, its preview."""

    LIVE: ClassVar[float] = 1.0
    LOADED: ClassVar[float] = 1.0
    DRAWN: ClassVar[float] = 0.1
    AGES: ClassVar[float] = 5.0
    AGAIN: ClassVar[float] = 3.0
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-even"), (190, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    CSS_PATH = "runs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("runs")]

    def __init__(self, context: Context, asked: Asked | None = None) -> None:
        """It comes as it was left, but where something else is `asked` for."""
        super().__init__(context, asked)
        self._mistaken_columns: tuple[tuple[str, int, str], ...] = ()
        self.found: Found | None = None
        self.caught_up = context.live.is_far or context.live.is_foreign
        self._has_returned = False
        self._reading = self._trouble = self._away = ""
        self.skipped: tuple[str, ...] = ()
        self.key_at = self._read_at = 0.0
        self.aged_at = time.monotonic()
        self._previews = False
        self._status: RunsStatus | None = None
        self.pace = Pace(self, lambda: self._find, self.LIVE)
        self.curves = SmallCurves(self, context.store, self._curves_drawn, ascii_only=is_plain())

    def compose(self) -> ComposeResult:
        """What stands where; the rest is the style sheet's."""
        yield Static(id="status", markup=False)
        yield FilterBar(id="filter")
        with Horizontal(id="body"):
            yield Facets(id="facets")
            with Container(id="middle"):
                yield RunsTable(id="table")
                yield Container(id="preview")
        yield KeysFooter()

    def on_mount(self) -> None:
        """Show the newest runs at once, as the index has them; everything else follows."""
        self.table.ascii_only = is_plain()
        self.facets.folded = self.folded
        self.table.focus()
        self.show_marks()
        self.query_one("#preview").display = self.preview_on
        if self.context.live.is_far:
            self._read_first()
        anything = self.show_first()
        self.show_status()
        self.call_after_refresh(self._load_preview)
        if anything or not self.context.live.is_foreign:
            self.call_after_refresh(self.load)
        else:
            self.pace.due(not_before=time.monotonic() + self.LIVE)
        self.set_interval(self.AGES, self.grow_older)
        self.call_later(self.send_held)

    def after_edit(self) -> None:
        """Show it at once."""
        self.load()

    def after_undo(self, runs: "Sequence[str]") -> None:
        """The cursor goes to the first of the runs that come back."""
        back = next((run_id for run_id in runs if not self.table.has(run_id)), None)
        if back is not None:
            self.table.go_to(back)

    def ask(self, asked: Asked) -> None:
        """Find something else."""
        self.asked = asked
        self.restored = False
        self.load()
        self.keep()

    @on(CatchingUp)
    def _catching_up(self, message: CatchingUp) -> None:
        done = message.done == message.total
        self._read_at = time.monotonic()
        self._reading = "" if done else f"reading {message.done:,} of {counted(message.total, 'run')}"
        self.show_status()

    @on(PassedOver)
    def _something_passed_over(self, message: PassedOver) -> None:
        self.skipped = message.lines
        self.show_status()
        if self.found is not None and not self.found.total:
            self.load()

    @property
    def is_reading(self) -> bool:
        """Whether there are no rows yet, and nothing that was told stands in their way."""
        return self.is_finding and not self.table.count

    @property
    def is_finding(self) -> bool:
        """Whether not all runs have been looked at yet, and nothing that was told stands in the way."""
        return self.found is None and not (self._away or self._trouble)

    def _says_when_empty(self, found: Found) -> "list[Said]":
        """Why no run is shown, and what helps."""
        if found.first_steps is not None:
            return welcome(found.first_steps)
        if found.total:
            return sentences(found.why_empty)
        return sentences((_NO_RUNS_FOUND, *(f"skipped {line}" for line in self.skipped[:_SKIPPED_SHOWN])))

    @on(StoreFailed)
    def _store_failed(self, message: StoreFailed) -> None:
        self._away = message.why
        self.show_status()
        if message.why:
            self.call_off_held()

    def _find(self) -> None:
        from trackside.services.table.facets import facets
        from trackside.services.table.selecting import every_tag

        context, known = self.context, self.table.count
        configured = context.settings.columns
        found = find(context.store, self.asked, is_foreign=context.live.is_foreign, configured=configured)
        self.call_later(self._arrived, found, known)
        # The table waits for rows alone: to count takes as long again.
        counts = facets(found.view, found.asked.filter, time.time(), is_short=context.store.is_short())
        self.call_later(self._counted, found, counts)
        every_tag(found.view.frame)  # what the tag picker opens with
        if found.mistaken_columns != self._mistaken_columns:
            self._mistaken_columns = found.mistaken_columns
            self._tell_of_columns(found.mistaken_columns)

    def _tell_of_columns(self, mistaken: "Sequence[tuple[str, int, str]]") -> None:
        """What of the columns in the configuration file names none, by its line."""
        from trackside.config.reading import mistake_at

        for project, place, why in mistaken:
            said = inert(str(mistake_at(("columns", project, place), f": {why}")))
            self.call_later(partial(self.notify, said, severity="warning", markup=False))

    @work(thread=True, group="first preview", exit_on_error=False)
    def _load_preview(self) -> None:
        """What reads and draws curves, once the first rows are painted."""
        from trackside.charts import picture  # noqa: F401
        from trackside.services.metrics import curves  # noqa: F401
        from trackside.tui.widgets import preview  # noqa: F401

        def loaded() -> None:
            self._previews = True
            self.show_preview()

        self.call_later(loaded)

    @work(thread=True, group="load", exit_on_error=False)
    def _load_what_keys_open(self) -> None:
        """So that the first press of a key is no slower than the next."""
        from trackside.query import derived
        from trackside.tui.screens import columns_picker, compare, help, picker, run, sort_picker, tags  # noqa: A004, F401

        derived.derived("=0", {})

    def _arrived(self, found: Found, known: int) -> None:
        """Show what was found, unless something else is asked for by now, or more rows came than were `known` then."""
        stale = self.found is None and not found.total and (self.table.count > known or not self.caught_up)
        if found.asked != self.asked or stale or not self.is_attached:
            return
        if self.found is None:
            self._load_what_keys_open()
            after(self.LOADED, self, loading.end)
        others = self.found is None or self.found.asked != found.asked
        self.found = found
        self._trouble = ""
        self.table.says_when_empty = self._says_when_empty(found)
        self.query_one("#preview").display = self.preview_on and bool(found.total)
        self.set_class(not found.total, "-empty")
        self.show_found(found)
        self.returns_to = None
        self.show_marks()
        if others:
            self.table.new_above = 0
        self.go_to_newest()
        self.show_status()
        self.show_preview()

    def show_found(self, found: Found) -> None:
        """Show what was found in the table, in groups where these were asked for."""
        asked = found.asked
        self._show_rows(self.source_of(found), Columns(found.columns, found.pinned, found.change, _order(asked)))

    def _show_rows(self, source: Source, columns: Columns) -> None:
        """Until somebody moves, the cursor returns to where it was left, or is on the first while runs are read."""
        moved = self.key_at or self.table.scroll_offset.y
        self.table.show(source, columns)
        self.call_later(self.send_held)
        if moved:
            return
        if self.returns_to is not None and self.table.return_to(self.returns_to):
            self.returns_to, self._has_returned = None, True
        elif not self._has_returned and time.monotonic() - self._read_at < self.SETTLE:
            self.table.to_edge(end=False)

    def show_first(self) -> bool:
        """Show the newest runs as the index of this machine has them, if none are shown; whether any came."""
        if self.table.count or self.context.live.is_far:
            return False
        return self._show_first(self.context.store.first_page(FIRST_PAGE))

    @work(thread=True, group="first", exit_on_error=False)
    def _read_first(self) -> None:
        first = self.context.store.first_page(FIRST_PAGE)

        def arrived() -> None:
            if self.found is None and not self.table.count:
                self._show_first(first)
                self.show_status()

        self.call_later(arrived)

    def _show_first(self, newest: "Sequence[Run]") -> bool:
        """Show them, unless others are asked for; whether there are any."""
        runs = [run for run in newest if not run.archived]
        if self.asked != Asked(columns=self.asked.columns, pinned=self.asked.pinned):
            return bool(runs)
        columns = list(self.asked.columns or first_columns(runs))
        places = {run.id: place for place, run in enumerate(runs)}
        self._show_rows(
            Source(len(runs), lambda start, end: rows_of_runs(runs[start:end], columns, time.time()), places.get),
            Columns(tuple(columns), self.asked.pinned),
        )
        return bool(runs)

    def _counted(self, found: Found, facets: "Counted") -> None:
        """Show how many runs each value would show, unless by now something else is shown."""
        if found is self.found:
            self.facets.show(facets)

    def _curves_drawn(self) -> None:
        self.table.tick()

    def _fail(self, why: str) -> None:
        self._trouble = why
        self.show_status()
        self.call_off_held()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told in a line; runs that could not be found are looked for again."""
        if event.state is WorkerState.ERROR:
            self._fail(str(event.worker.error))
            if event.worker.group == READING:
                after(self.AGAIN, self, self._look_again)

    def _look_again(self) -> None:
        """A store that was away for a moment is back unnoticed; one that is known to be away is waited for."""
        if self._trouble and not self._away:
            self.load()

    def show_status(self) -> None:
        """Tell in the top line how things stand."""
        found, marks = self.found, self.marks
        typing = self.query_one(FilterBar).is_open
        mistake = "" if typing or found is None or found.mistake is None else found.mistake.says
        status = RunsStatus(
            store=place_name(self.context.store.addresses),
            shown=self._shown(),
            total=None if found is None else found.total,
            running=None if found is None else found.running,
            new=self.table.new_above,
            filter=self.asked.filter,
            mistaken=found is not None and found.mistake is not None,
            restored=self.restored,
            marked=len(marks),
            hidden=0 if found is None else found.view.absent(marks),
            marks_restored=self.marks_restored,
            sort=_sorted(self.asked),
            change="" if found is None else _CHANGES[found.change],
            groups=None if found is None or found.groups is None else len(found.groups),
            by=" ".join(map(title, self.asked.by)),
            following=self.following is not None,
            missed=None if self.missed is None else len(self.missed),
            skipped=len(self.skipped),
            says=self._away or self._trouble or mistake or self._reading,
            told=self.line,
        )
        if status != self._status:
            self._status = status
            self._write_status()

    def show_line(self) -> None:
        """In the top line."""
        self.show_status()

    def _write_status(self) -> None:
        if self._status is not None:
            line = self.query_one("#status", Static)
            line.update(status_text(self._status, line.content_size.width or self.size.width), layout=False)

    def on_resize(self) -> None:
        """The top line says as much as there is room for."""
        self.call_after_refresh(self._write_status)

    def _shown(self) -> int | None:
        """How many runs; None where that is not known yet."""
        if self.found is not None:
            return len(self.found.view)
        return self.table.count or None

    @on(RunsTable.NewSeen)
    def _new_seen(self) -> None:
        self.show_status()

    @on(RunsTable.Opened)
    def _opened(self) -> None:
        self.action_open()

    def show_preview(self, *, at_once: bool = False) -> None:
        """Preview the run under the cursor, or the runs of a group; what is new of them `at_once`, or in its time."""
        found = self.found
        if self.preview_on and self._previews and (found is not None or self.table.count):
            live = found is None or found.running > 0
            self.preview.show(self.runs_at_cursor(), self.metric, self.remark_at_cursor(), live=live, at_once=at_once)

    @on(Previewed)
    def _previewed(self) -> None:
        """The first curve is about to be drawn; then everything else is found."""
        if self.found is None:
            after(self.DRAWN, self, self.load)

    def go_to_baseline(self, run_id: str) -> None:
        """The cursor, to a run that a filter may hide: then the filter goes."""
        filtered_out = not self.table.has(run_id)
        self.show_run(run_id)
        self.table.go_to(run_id)
        if filtered_out:
            self.refilter("")

    def marks_changed(self) -> None:
        """Other runs are marked."""
        self.show_marks()
        self.marks_restored = False
        self.show_status()
        self.keep()


def _order(asked: Asked) -> tuple[SortKey, ...]:
    """What heads say of the order; nothing of the usual one."""
    return () if asked.sort == NEWEST_FIRST else asked.sort


def _sorted(asked: Asked) -> str:
    """The order in words, nothing for the usual one."""
    return ", ".join(f"{title(key.key)} {'↓' if key.descending else '↑'}" for key in _order(asked))
