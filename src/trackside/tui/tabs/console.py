"""Console: the end of what the run printed."""

from textual import work

from trackside.services import console
from trackside.services.overview import RunOverview
from trackside.tui.tabs.tab import LinesTab
from trackside.tui.widgets.lines import Line


class ConsoleTab(LinesTab):
    """The last lines, followed while the cursor is on the last one. Control characters are made visible."""

    label = "Console"
    follows = True

    def show(self, view: RunOverview) -> None:  # noqa: ARG002  # the console is not in the index
        """Read the console again."""
        self._load()

    @work(thread=True, exclusive=True, group="console", exit_on_error=False)
    def _load(self) -> None:
        store = self.context.store
        tail = console.tail(store.console_files(self.run_id))
        self.call_later(self.sheet.show, _lines(tail))


def _lines(tail: console.Tail) -> list[Line]:
    if not tail.lines:
        return [Line.of("No console was captured for this run.", "dim")]
    head = [Line.of(f"… {tail.left_out:,} bytes before this are not shown", "dim")] if tail.left_out else []
    return head + [Line.of(line) for line in tail.lines]
