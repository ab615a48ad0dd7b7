"""Artifacts: the files that the run made or used on the left, and what the chosen one shows on the right."""

from typing import NamedTuple

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.worker import Worker

from trackside.model.counting import counted
from trackside.model.run import Artifact
from trackside.services.artifacts import artifact_files, artifact_view
from trackside.services.artifacts.artifact_view import ArtifactView
from trackside.services.run.overview import RunOverview
from trackside.services.sharing.export import ANY_END, Export
from trackside.tui.context import Context
from trackside.tui.messages import Told
from trackside.tui.pace import has_failed
from trackside.tui.tabs.tab import Tab, lines_found
from trackside.tui.widgets.file_view import FileView
from trackside.tui.widgets.lines import Line, Lines


class Place(NamedTuple):
    """A file: the name of its artifact, and its path in it."""

    name: str
    path: str


class ArtifactsTab(Tab):
    """A list and a preview. Enter moves into the preview to read on, escape or tab back to the list."""

    label = "Artifacts"
    DEFAULT_CSS = """
    ArtifactsTab > Horizontal > #artifact-list { width: 38%; max-width: 56; border-right: solid $border-blurred; }
    """

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self.listing = Lines(id="artifact-list")
        self.file = FileView()
        self.preview = self.file.lines
        self._reads = False
        """Whether keys go to the preview; while something is typed into the search, to the side that had them."""
        self._artifacts: dict[str, Artifact] = {}
        self._shown: tuple[Place, str] | None = None
        """The file that is to be previewed, and which content of it."""
        self._reading: Worker[None] | None = None
        self._previewed: Place | None = None
        """The file whose preview is there."""

    def compose(self) -> ComposeResult:
        """List left, preview right."""
        with Horizontal():
            yield self.listing
            yield self.file

    def show(self, view: RunOverview) -> None:
        """List the run's artifacts and preview the chosen one."""
        self._artifacts = view.run.artifacts
        if self._artifacts:
            self.listing.show(line for artifact in self._artifacts.values() for line in _listed(artifact))
        else:
            self.listing.show([Line.of("This run kept no artifacts.", "dim")])
        self._preview()

    def find(self, text: str) -> str:
        """Look for `text` in the side that has the focus."""
        return lines_found(self.file.search(text) if self._reads else self.listing.search(text), text)

    def to_match(self, direction: int) -> None:
        """Go to the next or previous line found."""
        self.to_line_found(self.moved, direction)

    def sideways(self, steps: int) -> None:
        """Fold and unfold, or scroll the preview."""
        if not self.file.sideways(steps):
            self.post_message(Told("nothing folds, and no line is cut off here"))

    def open(self) -> None:
        """Read on in the preview; there, fold and unfold."""
        if not self._reads and self.file.is_picture:
            self.post_message(Told("all of the image is seen: there is nothing to move in"))
        elif not self._reads:
            self.preview.focus()
        elif not self.file.open():
            self.post_message(Told("nothing folds here"))

    def step_back(self) -> bool:
        """From the preview to the list."""
        inside = self._reads
        if inside:
            self.listing.focus()
        return inside

    def copied(self) -> str | None:
        """The line under the cursor."""
        side = self.moved
        return side.lines[side.cursor].plain if side.lines else None

    def to_save(self) -> Export | None:
        """The file under the cursor, whether its preview is there yet or not."""
        if (place := self._place) is None:
            return None
        artifact, path = self._artifacts[place.name], place.path
        store, run_id, digest = self.context.store, self.run_id, artifact.files[path][0]
        called = artifact_files.named(artifact, path)
        return Export(called, artifact_files.file_name(called), {ANY_END: lambda: store.content(run_id, digest)})

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Whoever was clicked or opened has the keys."""
        self._reads = event.widget is self.preview

    @property
    def target(self) -> Widget:
        """The side that has the keys."""
        return self.moved

    @property
    def moved(self) -> Lines:
        """The side that has the keys."""
        return self.preview if self._reads else self.listing

    @property
    def _place(self) -> Place | None:
        """The file under the cursor of the list."""
        target = self.listing.lines[self.listing.cursor].target if self.listing.lines else None
        return target if isinstance(target, Place) else None

    @on(Lines.Moved)
    def _preview(self) -> None:
        """Load the file under the cursor, unless it is shown already."""
        if (place := self._place) is None:
            self.file.show(None)
            self._shown = self._previewed = None
            return
        artifact = self._artifacts[place.name]
        shown = (place, artifact.files[place.path][0])
        if shown != self._shown or has_failed(self._reading):
            self._shown = shown
            self._reading = self._load(artifact, shown)

    @work(thread=True, exclusive=True, group="artifact", exit_on_error=False)
    def _load(self, artifact: Artifact, shown: tuple[Place, str]) -> None:
        seen = artifact_view.view(self.context.store, self.run_id, artifact, shown[0].path)
        self.call_later(self._arrived, shown, seen)

    def _arrived(self, shown: tuple[Place, str], seen: ArtifactView) -> None:
        if shown == self._shown:
            place, _ = shown
            name = artifact_files.named(self._artifacts[place.name], place.path)
            saves = [Line.of(""), Line.of("e saves it, and so does", "dim")]
            saves.append(Line.of(f"  {artifact_files.command(self.run_id, name)}", hang=4))
            self.file.show(seen, saves if seen.kind == "words" else [])
            if self._reads and self.file.is_picture:
                self.listing.focus()
            if place != self._previewed:
                self._previewed = place
                self.preview.to_line(0)


def _listed(artifact: Artifact) -> list[Line]:
    """An artifact of one file as one line; of several, a line for it and one for each file."""
    files = list(artifact.files.items())
    step = "" if artifact.step is None else f" at step {artifact.step:,}"
    if len(files) == 1:
        ((path, (_, size)),) = files
        words = f"  {artifact.kind}, {size:,} bytes{step}"
        return [Line(((artifact.name, ""), (words, "dim")), Place(artifact.name, path), hang=2)]
    head = Line(((artifact.name, "head"), (f"  {artifact.kind}, {counted(len(files), 'file')}{step}", "dim")), hang=2)
    inside = [
        Line(((f"  {path}", ""), (f"  {size:,} bytes", "dim")), Place(artifact.name, path), hang=4)
        for path, (_, size) in sorted(files)
    ]
    return [head, *inside]
