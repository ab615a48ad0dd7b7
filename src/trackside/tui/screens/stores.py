"""The stores that are open: a list to read, from which one can be shown alone, and verified."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.worker import Worker, WorkerState

from trackside.model.counting import counted
from trackside.services.places.stores import OpenStore, open_stores
from trackside.tui.context import Context
from trackside.tui.keys.actions import STORES, bindings
from trackside.tui.keys.moves import Moves
from trackside.tui.messages import StoreChanged
from trackside.tui.pace import Pace
from trackside.tui.terminal import inert
from trackside.tui.widgets.lines import Line, Lines, table

_HEADS = ("name", "kind", "runs", "running", "state", "where")
_NUMBERS = frozenset({2, 3})
_UNREAD = "the stores have not been read yet"
_NOT_ON_ONE = "there is no store under the cursor"


class StoresScreen(Moves, ModalScreen[OpenStore | None]):
    """Gives back the store that is to be shown alone, None where it was left."""

    CSS = """
    StoresScreen { align: center middle; }
    StoresScreen Lines { width: 96%; height: auto; min-height: 5; max-height: 80%; border: round $primary;
                         background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(STORES)]
    LIVE: ClassVar[float] = 1.0

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._stores: Sequence[OpenStore] = ()
        self._pace = Pace(self, lambda: self._read, self.LIVE)

    def compose(self) -> ComposeResult:
        """A line each."""
        shown = Lines()
        shown.border_subtitle = Content("⏎ show alone   D doctor   esc back")
        yield shown

    def on_mount(self) -> None:
        """Read them."""
        self.moved.focus()
        self._pace.due(at_once=True)

    @property
    def moved(self) -> Lines:
        """The list."""
        return self.query_one(Lines)

    @on(StoreChanged)
    def _store_changed(self) -> None:
        self._pace.due()

    def _read(self) -> None:
        self.call_later(self._arrived, open_stores(self.context.store))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told."""
        if event.state is WorkerState.ERROR:
            self.notify(inert(str(event.worker.error)), severity="error", markup=False)

    def _arrived(self, stores: Sequence[OpenStore]) -> None:
        first = not self._stores
        self._stores = stores
        rows = [(one.name, one.kind, f"{one.runs:,}", f"{one.running:,}", one.state, one.address) for one in stores]
        head, *lines = table([_HEADS, *rows], right=_NUMBERS)
        self.moved.border_title = Content(counted(len(stores), "store"))
        self.moved.show(
            [
                Line.of(head, "dim", hang=None),
                *(Line.of(line, target=one, hang=None) for line, one in zip(lines, stores, strict=True)),
            ]
        )
        if first:
            self.moved.to_line(1)

    def _chosen(self) -> OpenStore | None:
        """The store under the cursor; None, and why is told, where there is none."""
        if isinstance(self.moved.target, OpenStore):
            return self.moved.target
        self.notify(_NOT_ON_ONE if self._stores else _UNREAD, markup=False)
        return None

    @on(Lines.Opened)
    def action_open(self) -> None:
        """Show the store under the cursor alone."""
        chosen = self._chosen()
        if chosen is not None:
            self.dismiss(chosen)

    def action_doctor(self) -> None:
        """Verify the store under the cursor."""
        chosen = self._chosen()
        if chosen is None:
            return
        if chosen.store is None:
            self.notify(f"{inert(chosen.name)} is no store of trackside's own on this machine", markup=False)
            return
        from trackside.tui.screens.doctor import DoctorScreen

        self.app.push_screen(DoctorScreen(chosen.store))

    def action_back(self) -> None:
        """Close it."""
        self.dismiss(None)
