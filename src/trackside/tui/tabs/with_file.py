"""A tab whose lower part is files of the run: the patch, the lock. They are read again when the run says others."""

from abc import abstractmethod
from typing import Generic, TypeVar

from textual import work
from textual.worker import Worker

from trackside.services.run.overview import RunOverview
from trackside.tui.context import Context
from trackside.tui.pace import has_failed
from trackside.tui.tabs.tab import OverviewLinesTab
from trackside.tui.widgets.lines import Line

FileT = TypeVar("FileT")


class WithFileTab(OverviewLinesTab, Generic[FileT]):
    """Lines from the overview, above those of files. Subclasses say which, and how their text is shown."""

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.view: RunOverview | None = None
        self.file: FileT | None = None
        self._named: object = None
        self._reading: Worker[None] | None = None

    @abstractmethod
    def named(self, view: RunOverview) -> object:
        """What the run says of its files; None while it says nothing."""

    @abstractmethod
    def read(self) -> FileT:
        """What the files say, frozen. Called in a worker thread."""

    @abstractmethod
    def file_lines(self, file: FileT) -> list[Line]:
        """What to show of them."""

    def show(self, view: RunOverview) -> None:
        """Show what is known, and read the files that are new."""
        self.view = view
        self.show_lines()
        if self.named(view) != self._named or has_failed(self._reading):
            self._named = self.named(view)
            self._reading = self._load(self._named)

    def show_lines(self) -> None:
        """Show what there is now."""
        if self.view is not None:
            self.sheet.show(self.lines(self.view) + ([] if self.file is None else self.file_lines(self.file)))

    @work(thread=True, exclusive=True, group="file", exit_on_error=False)
    def _load(self, named: object) -> None:
        file = self.read()
        self.call_later(lambda: self.arrived(file) if named == self._named else None)

    def arrived(self, file: FileT) -> None:
        """Show the files that were read."""
        self.file = file
        self.show_lines()
