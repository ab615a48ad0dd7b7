"""A tab whose lower part is a file of the run: the patch, the lock. Each is written once, so it is read once."""

from textual import work

from trackside.services.overview import RunOverview
from trackside.tui.context import Context
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line


class WithFileTab(LinesTab):
    """Lines from the overview, above those of a file. Subclasses say which, and how the file's text is shown."""

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._file: list[Line] | None = None

    def read(self) -> str | None:
        """The file's text; None while there is none. Called in a worker thread."""
        raise NotImplementedError

    def file_lines(self, text: str) -> list[Line]:
        """What to show of the file."""
        raise NotImplementedError

    def show(self, view: RunOverview) -> None:
        """Show what is known, and look for the file as long as it was not there."""
        self.sheet.show(self.lines(view) + (self._file or []))
        if self._file is None:
            self._load(view)

    @work(thread=True, exclusive=True, group="file", exit_on_error=False)
    def _load(self, view: RunOverview) -> None:
        text = self.read()
        if text:
            self.call_later(self._arrived, view, self.file_lines(text))

    def _arrived(self, view: RunOverview, lines: list[Line]) -> None:
        self._file = lines
        self.sheet.show(self.lines(view) + lines)
