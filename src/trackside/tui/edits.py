"""Edits by keyboard, the same on every screen that shows runs: asked for in a line, made in a worker, undone by `u`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import work
from textual.screen import Screen
from textual.widgets import Input

from trackside.model.errors import TracksideError
from trackside.model.run import Run
from trackside.services import edit
from trackside.services.edit import Undo
from trackside.tui.terminal import inert
from trackside.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from trackside.tui.context import Context


class Edits(Screen[None]):
    """A screen whose runs can be edited. `edited_runs` says which are meant."""

    context: "Context"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a box that is typed into, `/` is a letter."""
        if action == "find" and isinstance(self.focused, Input):
            return False
        return super().check_action(action, parameters)

    def edited_runs(self) -> list[str]:
        """Ids of the runs that an edit is about."""
        raise NotImplementedError

    def after_edit(self) -> None:
        """Something was edited: what is shown may be old."""

    def action_edit_tags(self) -> None:
        """Add and remove tags."""
        runs = self.edited_runs()
        first = self.read_run(runs[:1])
        if first is not None:
            tags = " ".join(first.tags) or "none"
            says = f"now: {tags}   tag adds, -tag removes"
            self._ask(f"tags of {_counted(runs)}", "", says, lambda said: self._tag(runs, said))

    def action_annotate(self) -> None:
        """Write the notes."""
        runs = self.edited_runs()
        first = self.read_run(runs[:1])
        if first is not None:
            asks = f"notes of {_counted(runs)}"
            self._ask(asks, first.notes, "", lambda said: edit.note(self.context.store, runs, said))

    def action_rename(self) -> None:
        """Give the run another name."""
        runs = self.edited_runs()[:1]
        first = self.read_run(runs)
        if first is not None:
            self._ask("name", first.name, "", lambda said: edit.rename(self.context.store, runs, said))

    def action_undo(self) -> None:
        """Take the last edit back."""
        if not self.context.undos:
            self.notify("nothing was edited yet", markup=False)
            return
        last = self.context.undos.pop()
        self._change(last, f"undone: {last.says}")

    def read_run(self, runs: list[str]) -> Run | None:
        """The only one of `runs`; None, and why is told, where there is none or it cannot be read."""
        if not runs:
            return None
        try:
            return self.context.store.run(runs[0])
        except (TracksideError, OSError) as error:
            self.notify(inert(str(error)), severity="error", markup=False)
            return None

    def edit(self, change: Callable[[], Undo]) -> None:
        """Make an edit off the screen's thread, and remember how it is undone."""

        def made() -> None:
            undo = change()
            self.context.undos.append(undo)
            self.app.call_from_thread(self._told, f"{undo.says}   u undoes")
            if remark := self.context.store.remark():
                self.app.call_from_thread(self.notify, inert(remark), markup=False)

        self._change(made, "")

    def _ask(self, asks: str, value: str, says: str, change: Callable[[str], Undo]) -> None:
        def answered(said: str | None) -> None:
            if said is not None and said != value:
                self.edit(lambda: change(said.strip()))

        self.app.push_screen(Prompt(asks, value, says), answered)

    @work(thread=True, group="edits", exit_on_error=False)
    def _change(self, change: Callable[[], Any], said: str) -> None:
        try:
            change()
        except (TracksideError, OSError) as error:
            self.app.call_from_thread(self.notify, inert(str(error)), severity="error", markup=False)
            return
        if said:
            self.app.call_from_thread(self._told, said)

    def _told(self, said: str) -> None:
        self.notify(inert(said), markup=False)
        self.after_edit()

    def _tag(self, runs: list[str], said: str) -> Undo:
        words = said.split()
        add = [word.removeprefix("+") for word in words if not word.startswith("-")]
        remove = [word.removeprefix("-") for word in words if word.startswith("-")]
        return edit.tag(self.context.store, runs, add, remove)


def _counted(runs: list[str]) -> str:
    return "this run" if len(runs) == 1 else f"{len(runs):,} runs"
