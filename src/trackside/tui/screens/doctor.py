"""Doctor: verify all that a store holds, and save what can be saved where a person says so."""

import time
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.worker import Worker, WorkerCancelled, WorkerState, get_current_worker

from trackside.services import doctor
from trackside.services.doctor import Examined
from trackside.store.store import Store
from trackside.tui.keys.actions import DOCTOR, bindings
from trackside.tui.keys.changing import changing
from trackside.tui.keys.moves import Moves
from trackside.tui.terminal import one_line
from trackside.tui.widgets.lines import Line, Lines
from trackside.tui.widgets.prompt import Confirm


class DoctorScreen(Moves, ModalScreen[None]):
    """It looks while it is open; a repair that has begun is brought to its end."""

    CSS = """
    DoctorScreen { align: center middle; }
    DoctorScreen Lines { width: 96%; height: auto; min-height: 5; max-height: 80%; padding: 0 0 0 1;
                         border: round $primary; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DOCTOR)]
    TOLD_EVERY: ClassVar[float] = 0.25

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._examined: Examined | None = None

    def compose(self) -> ComposeResult:
        """What was found, a line each."""
        shown = Lines()
        shown.border_subtitle = Content("R repair   esc back")
        yield shown

    def on_mount(self) -> None:
        """Begin."""
        self.moved.focus()
        self._say(f"verifying {self._store.root}")
        self._examine(repair=False)

    @property
    def moved(self) -> Lines:
        """The list."""
        return self.query_one(Lines)

    @work(thread=True, exit_on_error=False)
    def _examine(self, *, repair: bool) -> None:
        told, worker = 0.0, get_current_worker()

        def progress(done: int, total: int) -> None:
            nonlocal told
            if worker.is_cancelled and not repair:
                raise WorkerCancelled
            if time.monotonic() - told >= self.TOLD_EVERY:
                told = time.monotonic()
                self.call_later(self._say, f"verifying {done:,} of {total:,}")

        self.call_later(self._arrived, doctor.doctor(self._store, progress, repair=repair))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What stood in the way is told."""
        if event.state is WorkerState.ERROR:
            self._say("not verified")
            self.moved.show([Line.of(one_line(str(event.worker.error)), "bad", hang=2)])

    def _arrived(self, examined: Examined) -> None:
        self._examined = examined
        *found, last = doctor.examined_sentences(self._store, examined, repairs="R")
        self._say(f"doctor: {self._store.root}")
        self.moved.show(
            [Line.of(last, "bad" if examined.damaged else "good"), *(Line.of(one, hang=2) for one in found)]
        )

    @changing
    def action_repair(self) -> None:
        """Ask, then save what can be saved."""
        if self._examined is None:
            self.notify("still verifying", markup=False)
            return
        repairable = [finding for finding, _ in self._examined.findings if finding.repair is not None]
        if not repairable:
            self.notify("there is nothing to repair", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._say("repairing")
                self._examined = None
                self._examine(repair=True)

        asks = f"Repair {len(repairable):,} of them? What was damaged is kept in folders named aside."
        self.app.push_screen(Confirm(asks), answered)

    def action_back(self) -> None:
        """Close it."""
        self.dismiss()

    def _say(self, what: str) -> None:
        self.moved.border_title = Content(one_line(what))
