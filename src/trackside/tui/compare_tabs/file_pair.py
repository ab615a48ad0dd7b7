"""Two files side by side: one of the baseline, one of a candidate, each below the name of its run."""

from collections.abc import Callable
from functools import partial

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from trackside.services.artifacts import artifact_view
from trackside.services.artifacts.artifact_view import ArtifactView
from trackside.services.comparison.examples.logged_files import LoggedFile
from trackside.tui.context import Context
from trackside.tui.pace import Pace
from trackside.tui.terminal import inert, one_line
from trackside.tui.widgets.file_view import FileView

_SECONDS = 0.05
"""Between two readings while a key is held."""

Files = tuple[LoggedFile | None, LoggedFile | None]


class _Wanted(msgspec.Struct, frozen=True):
    """The files of both sides; `nothing` is said where there is none."""

    files: Files
    nothing: str

    def content(self) -> tuple[object, ...]:
        """What is shown: which run's, which bytes, and when they were written, where they lie in another's folder."""
        return self.nothing, *(
            file and (file.run.id, file.artifact.files[file.path], file.artifact.time) for file in self.files
        )


class _Side(Vertical):
    """A file below the name of its run."""

    DEFAULT_CSS = """
    _Side { height: 1fr; width: 1fr; }
    _Side > Static { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.file = FileView()

    def compose(self) -> ComposeResult:
        """The name above the file."""
        yield Static(markup=False)
        yield self.file

    def call(self, name: str) -> None:
        """Say whose file it is."""
        self.query_one(Static).update(one_line(name))


class FilePair(Horizontal):
    """Shows one pair after another; the last stays until the next is read. One of both may be opened alone."""

    DEFAULT_CSS = """
    FilePair { height: 1fr; width: 1fr; }
    FilePair > _Side { margin: 0 1 0 0; }
    """

    def __init__(self, context: Context, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.context = context
        self._sides = _Side(), _Side()
        self._alone = 0
        self._wanted: _Wanted | None = None
        self._pace = Pace(self, self._start, _SECONDS)

    def compose(self) -> ComposeResult:
        """The baseline's, then the candidate's."""
        yield from self._sides

    def open_next(self) -> None:
        """One of both alone, then the other, then both again."""
        self._open((self._alone + 1) % 3)

    def close(self) -> bool:
        """Both again; False where both are shown."""
        was_open = self._alone > 0
        self._open(0)
        return was_open

    def _open(self, alone: int) -> None:
        self._alone = alone
        for number, side in enumerate(self._sides, start=1):
            side.display = alone in (0, number)

    def scroll_lines(self, lines: int) -> bool:
        """Scroll the lines of both by so many; whether there are more of them than can be seen."""
        every = [side.file.lines for side in self._sides]
        for shown in every:
            shown.scroll_to(y=shown.scroll_offset.y + lines, animate=False)
        return any(shown.max_scroll_y for shown in every)

    def scroll_pages(self, pages: float) -> bool:
        """The same, by so many of their heights."""
        return self.scroll_lines(round(pages * max(1, self._sides[0].file.lines.size.height - 1)))

    def show(self, names: tuple[str, str], files: Files, nothing: str) -> None:
        """Show these files below the names of their sides; `nothing` where a side has none."""
        called = [name if file is None else file.run.name for name, file in zip(names, files, strict=True)]
        for side, name in zip(self._sides, (f"{called[0]} (baseline)", called[1]), strict=True):
            side.call(name)
        wanted = _Wanted(files, nothing)
        if self._wanted is None or wanted.content() != self._wanted.content() or self._pace.has_failed:
            self._wanted = wanted
            self._pace.due(at_once=True)

    def _start(self) -> Callable[[], None] | None:
        return None if self._wanted is None else partial(self._load, self._wanted)

    def _load(self, wanted: _Wanted) -> None:
        self.call_later(self._arrived, wanted, [self._read(file, wanted.nothing) for file in wanted.files])

    def _read(self, file: LoggedFile | None, nothing: str) -> ArtifactView:
        if file is None:
            return ArtifactView("words", nothing)
        return artifact_view.view(self.context.store, file.run.id, file.artifact, file.path)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be read is told; what was shown before stays."""
        if event.state is WorkerState.ERROR:
            self.notify(inert(f"These files cannot be shown: {event.worker.error}"), severity="error", markup=False)

    def _arrived(self, wanted: _Wanted, seen: list[ArtifactView]) -> None:
        if wanted is self._wanted:
            for side, view in zip(self._sides, seen, strict=True):
                side.file.show(view)
            self.set_class(any(view.rows for view in seen), "-tables")
