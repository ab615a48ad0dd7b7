"""The views of a store that a person keeps: opened, kept under a name, replaced, renamed, thrown away."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from trackside.config import state
from trackside.config.state import View
from trackside.model.counting import counted
from trackside.model.errors import UsageError
from trackside.services.table.asked import asked_by
from trackside.services.table.rows import title
from trackside.tui.colours.plain import plain_text
from trackside.tui.in_order import InOrder
from trackside.tui.keys.actions import VIEWS, bindings
from trackside.tui.keys.moves import Moves
from trackside.tui.terminal import is_plain, one_line
from trackside.tui.widgets.keys_footer import KeysFooter
from trackside.tui.widgets.prompt import Confirm, Prompt

_NONE = "no view is kept yet: n keeps what is shown now under a name"
_LONGEST_NAME = 60
_AROUND = 3
"""Lines of the box that are no names: its border, and the keys."""


class _List(OptionList):
    """Names, moved about in by the keys of every list."""

    def move(self, lines: int) -> None:
        """The cursor, so many lines down."""
        if self.option_count:
            self.highlighted = max(0, min((self.highlighted or 0) + lines, self.option_count - 1))

    def page(self, pages: float) -> None:
        """The cursor, so many screens down."""
        self.move(int(self.size.height * pages))

    def to_edge(self, end: bool) -> None:
        """The cursor, to the first or the last line."""
        self.move(self.option_count if end else -self.option_count)

    def sideways(self, steps: int) -> None:
        """There is nothing beside them."""


class ViewsScreen(Moves, ModalScreen[View | None]):
    """Gives back the view that was opened, None where none was. `shown` is what the screen below shows."""

    DEFAULT_CSS = """
    ViewsScreen { align: center middle; }
    ViewsScreen > Vertical { width: 84; max-width: 100%; max-height: 70%; background: $panel; }
    ViewsScreen > Vertical { border: round $primary; }
    ViewsScreen OptionList { height: 1fr; border: none; background: $panel;
                                text-wrap: nowrap; text-overflow: ellipsis; }
    ViewsScreen Static { height: 1; padding: 0 1; color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEWS)]

    def __init__(self, file: Path, shown: View) -> None:
        super().__init__()
        self._file = file
        self._shown = shown
        self._views: dict[str, View] = {}
        self._changes = InOrder("views")

    def compose(self) -> ComposeResult:
        """The names, what is said where there are none, what the keys do."""
        box = Vertical()
        box.border_title = "views"
        with box:
            names = _List()
            names.can_focus = False
            yield names
            yield Static(_NONE)
            yield KeysFooter()

    def on_mount(self) -> None:
        """Those that are kept: a small file, read before a key asks for one of them."""
        self._show(state.load_views(self._file), None)

    @property
    def moved(self) -> _List:
        """The list."""
        return self.query_one(_List)

    @property
    def at_cursor(self) -> str | None:
        """The name under the cursor."""
        at = self.moved.highlighted
        return None if at is None else list(self._views)[at]

    def action_back(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    @on(OptionList.OptionSelected)
    def action_open(self) -> None:
        """Show the view under the cursor."""
        name = self._named()
        if name is not None:
            self.dismiss(self._views[name])

    def action_keep_view(self) -> None:
        """Keep what is shown, under a name that is asked for."""

        def named(name: str | None) -> None:
            if name is not None:
                self._change(lambda views: views | {name.strip(): self._shown}, name.strip())

        self.app.push_screen(Prompt("keep what is shown as", check=self._check, needs="a view needs a name"), named)

    def action_replace_view(self) -> None:
        """What is shown, in place of the view under the cursor."""
        name = self._named()

        def answered(yes: bool | None) -> None:
            if yes and name is not None:
                self._change(lambda views: views | {name: self._shown}, name)

        if name is not None:
            self.app.push_screen(Confirm(f"Replace {name} by what is shown?"), answered)

    def action_rename(self) -> None:
        """The view under the cursor."""
        former = self._named()

        def named(name: str | None) -> None:
            if name is not None and former is not None and name.strip() != former:
                self._change(lambda views: _renamed(views, former, name.strip()), name.strip())

        if former is not None:
            prompt = Prompt("rename", former, check=partial(self._check, former=former), needs="a view needs a name")
            self.app.push_screen(prompt, named)

    def action_trash(self) -> None:
        """Throw the view under the cursor away."""
        name = self._named()

        def answered(yes: bool | None) -> None:
            if yes:
                self._change(lambda views: {other: view for other, view in views.items() if other != name}, None)

        if name is not None:
            self.app.push_screen(Confirm(f"Throw the view {name} away?"), answered)

    def _named(self) -> str | None:
        """The name under the cursor; None, and why is told, where no view is kept yet."""
        if self.at_cursor is None:
            self.notify(_NONE, markup=False)
        return self.at_cursor

    def _check(self, name: str, former: str | None = None) -> None:
        if name.strip() in self._views and name.strip() != former:
            raise UsageError(f"there is a view {name.strip()}; w replaces it")
        if len(name.strip()) > _LONGEST_NAME:
            raise UsageError(f"a name has at most {_LONGEST_NAME} characters")

    def _change(self, change: Callable[[dict[str, View]], dict[str, View]], at: str | None) -> None:
        self._changes.do(self, lambda: self.call_later(self._show, state.change_views(self._file, change), at))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be kept is told."""
        if event.state is WorkerState.ERROR:
            self.notify(one_line(str(event.worker.error)), severity="error", markup=False)

    def _show(self, views: dict[str, View], at: str | None) -> None:
        self._views = dict(sorted(views.items(), key=lambda named: named[0].casefold()))
        names = self.moved
        names.clear_options()
        names.add_options([Option(_line(name, view)) for name, view in self._views.items()])
        if self._views:
            names.highlighted = list(self._views).index(at) if at in self._views else 0
        names.display = bool(self._views)
        self.query_one(Static).display = not self._views
        self.query_one(Vertical).styles.height = max(1, len(self._views)) + _AROUND


def _renamed(views: dict[str, View], former: str, name: str) -> dict[str, View]:
    return {name if other == former else other: view for other, view in views.items()}


def _line(name: str, view: View) -> Content:
    """A name, and in short what the view asks for."""
    asked = asked_by(view)
    order = ", ".join(f"{title(key.key)} {'↓' if key.descending else '↑'}" for key in asked.sort) if view.sort else ""
    parts = [
        asked.filter,
        f"in groups by {' '.join(map(title, asked.by))}" if asked.by else "",
        f"by {order}" if order else "",
        counted(len(asked.columns), "column") if asked.columns else "",
        {"value": "", "delta": "Δ", "percent": "Δ%"}[asked.change],
    ]
    said = plain_text("   ".join(part for part in parts if part), plain=is_plain())
    return Content.assemble(one_line(name), (f"   {one_line(said)}", "$foreground-muted"))
