"""Screens that are made of tabs: one of them is in front, and keys or a click bring another there."""

from abc import abstractmethod
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher, Static

from trackside.tui.keys.moves import Moves
from trackside.tui.messages import Told
from trackside.tui.own_line import OwnLine
from trackside.tui.tabs.pane import Pane
from trackside.tui.targets import Target
from trackside.tui.terminal import one_line
from trackside.tui.widgets.cells_table import CellsTable
from trackside.tui.widgets.console_view import ConsoleView
from trackside.tui.widgets.lines import Lines
from trackside.tui.widgets.tab_bar import TabBar

PaneT = TypeVar("PaneT", bound=Pane)


class Tabbed(Moves, OwnLine, Generic[PaneT]):
    """A screen of tabs, with a line below them that tells what was found, done or went wrong."""

    DEFAULT_CSS = """
    Tabbed TabBar { height: 1; padding: 0 1; background: $surface; }
    Tabbed ContentSwitcher { height: 1fr; padding: 0 1; margin: 1 0 0 0; }
    Tabbed #says { height: 1; padding: 0 1; color: $text-muted; }
    """

    _panes: tuple[PaneT, ...] = ()
    _number = 0

    @abstractmethod
    def show_in_front(self) -> None:
        """Show what is known in the tab that has come to the front."""

    def compose_tabs(self, *panes: PaneT) -> ComposeResult:
        """The line of tabs, the tabs, the line below them."""
        self._panes = panes
        yield TabBar([pane.label for pane in panes])
        with ContentSwitcher(initial=panes[0].id):
            yield from panes
        yield Static(id="says", markup=False)

    @property
    def tab(self) -> PaneT:
        """The tab in front."""
        return self._panes[self._number]

    @property
    def moved(self) -> PaneT:
        """The tab in front."""
        return self.tab

    def to_pane(self, kind: type[Pane]) -> None:
        """Bring the tab of this kind to the front."""
        self.to_tab(next(number for number, pane in enumerate(self._panes) if isinstance(pane, kind)))

    def to_tab(self, number: int) -> None:
        """Bring a tab to the front."""
        self._number = number
        self.query_one(ContentSwitcher).current = self.tab.id
        self.query_one(TabBar).show(number)
        self.say("")
        self.tab.target.focus()
        self.show_in_front()

    def action_next_tab(self) -> None:
        """The tab to the right, around the end."""
        self.to_tab((self._number + 1) % len(self._panes))

    def action_previous_tab(self) -> None:
        """The tab to the left, around the end."""
        self.to_tab((self._number - 1) % len(self._panes))

    def action_tab(self, number: int) -> None:
        """A tab by its number, counted from 1, if there are so many."""
        if number <= len(self._panes):
            self.to_tab(number - 1)
        else:
            self.say(f"there are {len(self._panes)} tabs")

    @abstractmethod
    def lead(self, target: Target) -> None:
        """Open the screen to which something leads."""

    @on(Lines.Opened)
    @on(CellsTable.Opened)
    @on(ConsoleView.Opened)
    def action_open(self) -> None:
        """Open what is under the cursor: another screen at once, so that keys that were typed ahead go there."""
        target = self.tab.to_open
        if target is None:
            self.tab.open()
        else:
            self.lead(target)

    @on(Told)
    def _told(self, message: Told) -> None:
        self.say(message.text)

    @on(TabBar.Chosen)
    def _tab_clicked(self, message: TabBar.Chosen) -> None:
        self.to_tab(message.number)

    def show_line(self) -> None:
        """In the line above the keys."""
        self.query_one("#says", Static).update(one_line(self.line))
