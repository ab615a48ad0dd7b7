"""Edits by keyboard, the same on every screen that shows runs: asked for in a line, made in a worker, undone by `u`."""

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from textual.widgets import Input

from trackside.model.errors import TracksideError
from trackside.model.run import Run
from trackside.services import edit
from trackside.services.edit import Undo
from trackside.tui.asking import Asking
from trackside.tui.keys.changing import READ_ONLY, changing
from trackside.tui.terminal import inert
from trackside.tui.widgets.prompt import Confirm, Prompt

Changed = TypeVar("Changed")
_NOTHING_TO_UNDO = "nothing left to undo"
_NOTES_TOO_LONG = "the notes have {:,} characters, and at most {:,} are edited here; `trackside note` replaces them"
_NOTES_DIFFER = "they differ: what is typed takes the place of all, escape leaves them as they were"


class Edits(Asking):
    """A screen whose runs can be edited. `edited_runs` says which are meant."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a box that is typed into, `/` is a letter."""
        if action == "find" and isinstance(self.focused, Input):
            return False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """Why an action can do nothing now; empty where it can."""
        return _NOTHING_TO_UNDO if action == "undo" and not self.context.undos else ""

    @abstractmethod
    def edited_runs(self) -> list[str]:
        """Ids of the runs that an edit is about."""

    def several(self, count: int) -> str:
        """What so many runs are, that an edit is about."""
        return f"the {count:,} marked runs"

    def after_edit(self) -> None:
        """Something was edited: what is shown may be old."""

    def before_trash(self) -> None:
        """The runs are on their way into the trash."""

    def after_trash(self, runs: list[str]) -> None:
        """These runs were put into the trash."""

    def after_undo(self, runs: Sequence[str]) -> None:
        """An edit of these runs was taken back."""

    @changing
    def action_edit_tags(self) -> None:
        """Add and remove tags."""
        runs = self.edited_runs()

        def asked(found: list[Run]) -> None:
            called = self._called(runs, found[0].name)
            says = f"now: {_tags_of(found) or 'none'}   tag or +tag adds, -tag removes"
            changes = partial(edit.tag, self.context.store, runs, called=called)
            asks = Prompt(f"tags of {called}", "", says, check=_typed_tags)
            self._ask(asks, lambda said: changes(*_typed_tags(said)))

        self._with_all(runs, asked)

    @changing
    def action_annotate(self) -> None:
        """Write the notes."""
        runs = self.edited_runs()

        def asked(found: list[Run]) -> None:
            from trackside.tui.widgets.notes_prompt import MOST_CHARACTERS, NotesPrompt

            called, alike = self._called(runs, found[0].name), len({run.notes for run in found}) == 1
            notes = found[0].notes if alike else ""
            if len(notes) > MOST_CHARACTERS:
                self._tell(_NOTES_TOO_LONG.format(len(notes), MOST_CHARACTERS))
                return
            asks = NotesPrompt(f"notes of {called}", notes, "" if alike else _NOTES_DIFFER)
            self._ask(asks, lambda said: edit.note(self.context.store, runs, said, called=called))

        self._with_all(runs, asked)

    @changing
    def action_rename(self) -> None:
        """Give the run another name."""
        runs = self.edited_runs()
        if len(runs) > 1:
            self._tell(f"r renames one run, and {self.several(len(runs))} would all have one name; T tags them alike")
            return

        def asked(run: Run) -> None:
            self._ask(Prompt("name", run.name), lambda said: edit.rename(self.context.store, runs, said))

        self.with_run(runs, asked)

    @changing
    def action_archive(self) -> None:
        """Hide the runs, unless a filter asks for them; bring them back where all of them are hidden."""
        runs, store = self.edited_runs(), self.context.store
        called = self._called(runs)

        def hidden_or_back() -> Undo:
            return edit.archive(store, runs, not all(run.archived for run in store.runs(runs)), called=called)

        if self.are_there(runs):
            self.edit(hidden_or_back)

    @changing
    def action_trash(self) -> None:
        """Ask, then put the runs into the trash."""
        runs = self.edited_runs()

        def asked(first: Run) -> None:
            called = self._called(runs, first.name)

            def answered(yes: bool | None) -> None:
                if yes:
                    trash = partial(edit.trash, self.context.store, runs, called=called)
                    self.edit(trash, lambda: self.after_trash(runs))
                    self.before_trash()

            self.app.push_screen(Confirm(f"Put {called} into the trash?"), answered)

        self.with_run(runs, asked)

    @changing
    def action_undo(self) -> None:
        """Take the last edit back, of those too that are still being made."""

        def undone(last: Undo | None) -> None:
            if last is None:
                self._tell(_NOTHING_TO_UNDO)
                return
            self._tell(f"undone: {last.says}")
            self.after_undo(last.runs)
            self.after_edit()

        self.change(self.context.undos.take_back, undone)

    def edit(self, change: Callable[[], Undo], then: Callable[[], None] = lambda: None) -> None:
        """Make an edit off the screen's thread, and remember how it is undone; where none may be made, say so.

        `then` what follows on it once it is made.
        """
        if self.context.read_only:
            self._tell(READ_ONLY)
            return

        def make() -> tuple[Undo, str]:
            undo = change()
            self.context.undos.add(undo)
            return undo, self.context.store.remark()

        def made(done: tuple[Undo, str]) -> None:
            undo, remark = done
            self._tell("   ".join(filter(None, (undo.says, "u undoes", remark))))
            then()
            self.after_edit()

        self.change(make, made)

    def _with_all(self, runs: Sequence[str], then: Callable[[list[Run]], None]) -> None:
        """`then` with all of `runs`, as `with_run` with the first."""
        if self.are_there(runs):
            store = self.context.store
            self.ask_store(lambda: [store.run(runs[0]), *store.runs(runs[1:])], then, runs=len(runs))

    def _ask(self, prompt: Prompt, change: Callable[[str], Undo]) -> None:
        def answered(said: str | None) -> None:
            if said is not None and said != prompt.value:
                self.edit(lambda: change(said.strip()))

        self.app.push_screen(prompt, answered)

    def change(self, change: Callable[[], Changed], then: Callable[[Changed], None]) -> None:
        """Do what takes time off the screen's thread, `then` what follows on it; what goes wrong is told in a line.

        It is done once all that was asked for before is done, though the screen is left or the app.
        """

        async def in_turn() -> None:
            try:
                changed = await asyncio.shield(asyncio.wrap_future(self.context.editing.submit(change)))
            except (TracksideError, OSError) as error:
                self.tell_error(error)
            else:
                then(changed)

        self.app.run_worker(in_turn(), group="edits", exit_on_error=False)

    def _called(self, runs: Sequence[str], alone: str = "") -> str:
        return self.several(len(runs)) if len(runs) > 1 else alone

    def _tell(self, said: str) -> None:
        """On the screen that is in front by now: an edit goes on where the one that it was made on is left."""
        self.app.screen.notify(inert(said), markup=False)


def _tags_of(runs: Sequence[Run]) -> str:
    """The tags that they have, of several runs with how many have each, the most frequent first."""
    if len(runs) == 1:
        return " ".join(runs[0].tags)
    counts = Counter(tag for run in runs for tag in run.tags)
    return " ".join(f"{tag} ({count:,} of {len(runs):,})" for tag, count in counts.most_common())


def _typed_tags(text: str) -> tuple[list[str], list[str]]:
    """The tags that what was typed adds and removes; a plain word can only be one to add."""
    return edit.tag_changes([word if word[0] in "+-" else f"+{word}" for word in text.split()])
