"""What two runs logged under one name, side by side at the same step: keys go from step to step.

Up and down go through several images of one step, or through the rows of tables.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from trackside.services.comparison.examples.logged_files import LoggedFile, LoggedPair, Step
from trackside.tui.compare_tabs.file_pair import FilePair
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.terminal import one_line

_ALL_SEEN = "there is no other file here, and all of these is in sight"


class LoggedPane(Vertical, can_focus=True):
    """A line that says where one is, and the files.

    The step is the last that both have, until keys choose one; that stays, wherever there is something at it.
    """

    DEFAULT_CSS = """
    LoggedPane { height: 1fr; width: 1fr; }
    LoggedPane > Static { height: auto; max-height: 2; margin: 0 0 1 0; color: $text-muted; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._files = FilePair(context)
        self._pair: LoggedPair | None = None
        self._names = "", ""
        self._chosen: Step = None
        self._step: Step = None
        self._number = 0

    def compose(self) -> ComposeResult:
        """The line above the files."""
        yield Static(markup=False)
        yield self._files

    def show(self, pair: LoggedPair, names: tuple[str, str]) -> None:
        """Show this pair, whose sides have these names."""
        if self._pair is None or pair.name != self._pair.name:
            self._number = 0
        self._pair, self._names = pair, names
        self._step = self._chosen if self._chosen in pair.steps else pair.best_step
        self._show()

    def sideways(self, steps: int) -> None:
        """Go to a later step, or an earlier one."""
        if self._pair is not None:
            known = self._pair.steps
            self._go_to(known[min(max(0, known.index(self._step) + steps), len(known) - 1)])

    def to_edge(self, end: bool) -> None:
        """Go to the first or the last step."""
        if self._pair is not None:
            self._go_to(self._pair.steps[-1 if end else 0])

    def move(self, lines: int) -> None:
        """Go to another image of this step, or through rows."""
        before = self._number
        self._number += lines
        self._show()
        if not self._files.scroll_lines(lines) and self._number == before:
            self.post_message(Told(_ALL_SEEN))

    def page(self, pages: float) -> None:
        """Go on by pages of rows."""
        if not self._files.scroll_pages(pages):
            self.post_message(Told(_ALL_SEEN))

    def open(self) -> None:
        """One side alone, then the other, then both again."""
        self._files.open_next()

    def step_back(self) -> bool:
        """Back to both sides."""
        return self._files.close()

    def _go_to(self, step: Step) -> None:
        if step == self._step:
            self.post_message(Told("no step lies further there"))
        self._step = self._chosen = step
        self._show()

    def _show(self) -> None:
        pair = self._pair
        if pair is None:
            return
        ours, theirs = pair.at(self._step)
        count = max(len(ours), len(theirs))
        self._number = min(max(0, self._number), count - 1)
        self.query_one(Static).update(one_line(" · ".join(self._where(pair, count))))
        files = _nth(ours, self._number), _nth(theirs, self._number)
        self._files.show(self._names, files, f"nothing at {_step_text(self._step)}")

    def _where(self, pair: LoggedPair, count: int) -> list[str]:
        """`image/samples`, `step 300, 4 of 8 (h, l)`, `file 2 of 3 (j, k)`."""
        steps = pair.steps
        said = [pair.name]
        if len(steps) > 1:
            said.append(f"{_step_text(self._step)}, {steps.index(self._step) + 1:,} of {len(steps):,} (h, l)")
        elif self._step is not None:
            said.append(_step_text(self._step))
        if count > 1:
            said.append(f"file {self._number + 1:,} of {count:,} (j, k)")
        return said


def _step_text(step: Step) -> str:
    return "no step" if step is None else f"step {step:,}"


def _nth(files: tuple[LoggedFile, ...], number: int) -> LoggedFile | None:
    return files[number] if number < len(files) else None
