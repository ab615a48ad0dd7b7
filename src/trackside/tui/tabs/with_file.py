"""A tab whose lower part is files of the run: the patch, the lock. They are read again when the run says others."""

from abc import abstractmethod

from textual import work

from trackside.services.overview import RunOverview
from trackside.tui.context import Context
from trackside.tui.tabs.tab import OverviewLinesTab
from trackside.tui.widgets.lines import Line


class WithFileTab(OverviewLinesTab):
    """Lines from the overview, above those of files. Subclasses say which, and how their text is shown."""

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._named: object = None
        self._file: list[Line] = []

    @abstractmethod
    def named(self, view: RunOverview) -> object:
        """What the run says of its files; None while it says nothing."""

    @abstractmethod
    def read(self) -> list[Line]:
        """What to show of the files. Called in a worker thread."""

    def show(self, view: RunOverview) -> None:
        """Show what is known, and read the files that are new."""
        self.sheet.show(self.lines(view) + self._file)
        if self.named(view) != self._named:
            self._named = self.named(view)
            self._load(view)

    @work(thread=True, exclusive=True, group="file", exit_on_error=False)
    def _load(self, view: RunOverview) -> None:
        self.call_later(self._arrived, view, self.read())

    def _arrived(self, view: RunOverview, lines: list[Line]) -> None:
        self._file = lines
        self.sheet.show(self.lines(view) + lines)
