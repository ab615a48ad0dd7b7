"""Edits of runs: tags, notes, names, groups, archive, trash.

Every edit returns an `Undo`, so that the app's `u` and the command line share one set of words, in which the runs are
`called` what whoever chose them calls them. An edit is written beside the run and reaches the index, and every screen,
with the next refresh. It knows no screen.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from trackside.model.counting import counted
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.store.any_store import AnyStore

LONGEST_NAME = 200
LONGEST_TAG = 100


class Undo(msgspec.Struct, frozen=True):
    """What an edit did, in words (“archived the 3 marked runs”), to which runs, and how it is taken back."""

    says: str
    runs: tuple[str, ...]
    back: Callable[[], None]

    def __call__(self) -> None:
        """Take the edit back; what somebody else edited since is overwritten."""
        self.back()


def tag_changes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The tags that `+this -that` adds, and those that it removes. UsageError for what is no such change.

    A word without a sign is none: on the command line it may as well be another run.
    """
    for word in words:
        if len(word) < 2 or word[0] not in "+-":
            raise UsageError(f"{word!r} is no change of a tag: +TAG adds one, -TAG removes one")
    if not words:
        raise UsageError("no change: +TAG adds a tag, -TAG removes one")
    add, remove = ([word[1:] for word in words if word[0] == sign] for sign in "+-")
    for name in (*add, *remove):
        _check_tag(name)
    if both := set(add) & set(remove):
        raise UsageError(f"the tag {min(both)!r} is both added and removed")
    return add, remove


def tag(
    store: AnyStore, runs: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = (), *, called: str = ""
) -> Undo:
    """Add and remove tags, as `tag_changes` gives them. Undo leaves the tags that a run had before alone."""
    editor = store.editor()
    backs: list[tuple[str, list[str], list[str]]] = []
    for run in store.runs(list(runs)):
        added = [name for name in add if name not in run.tags]
        removed = [name for name in remove if name in run.tags]
        if added or removed:
            editor.tags(run.id, added, removed)
            backs.append((run.id, removed, added))

    def back() -> None:
        for run_id, again, away in backs:
            editor.tags(run_id, again, away)

    signs = " ".join([f"+{name}" for name in add] + [f"-{name}" for name in remove])
    return Undo(f"tagged {called or _counted(runs)} {signs}", tuple(run_id for run_id, _, _ in backs), back)


def note(store: AnyStore, runs: Sequence[str], text: str, *, append: bool = False, called: str = "") -> Undo:
    """Replace the notes, or add a line to them."""

    def noted(run: Run) -> str:
        return f"{run.notes.rstrip()}\n{text}" if append and run.notes.strip() else text

    return _set(store, runs, {"notes": noted}, f"wrote the notes of {called or _named(store, runs)}")


def note_at(store: AnyStore, run_id: str, step: int, text: str) -> Undo:
    """Mark a step with a note, which charts show."""
    if not text.strip():
        raise UsageError("a note at a step needs a text")
    editor = store.editor()
    note = editor.mark(run_id, step, text)
    return Undo(f"noted at step {step:,}", (run_id,), lambda: editor.unmark(run_id, note))


def rename(store: AnyStore, runs: Sequence[str], name: str) -> Undo:
    """Give runs another name; several runs may share one."""
    check_name(name)
    return _set(store, runs, {"name": lambda _: name}, f"renamed {_counted(runs)} to {name}")


def regroup(store: AnyStore, runs: Sequence[str], group: str | None) -> Undo:
    """Put runs into a group, or with None into none."""
    if group is not None:
        check_name(group, "a group's name")
    said = f"moved {_counted(runs)} into group {group}" if group else f"took {_counted(runs)} out of any group"
    return _set(store, runs, {"group": lambda _: group}, said)


def archive(store: AnyStore, runs: Sequence[str], archived: bool = True, *, called: str = "") -> Undo:
    """Hide runs from tables, or show them again."""
    verb = "archived" if archived else "brought back"
    return _set(store, runs, {"archived": lambda _: archived}, f"{verb} {called or _named(store, runs)}")


def trash(store: AnyStore, runs: Sequence[str], *, called: str = "") -> Undo:
    """Move runs to the trash, from which `restore` brings them back."""
    return _set(store, runs, {"trashed": lambda _: True}, f"trashed {called or _named(store, runs)}")


def restore(store: AnyStore, runs: Sequence[str]) -> Undo:
    """Bring runs back from the trash."""
    return _set(store, runs, {"trashed": lambda _: False}, f"restored {_named(store, runs)}")


def _set(store: AnyStore, runs: Sequence[str], fields: Mapping[str, Callable[[Run], Any]], said: str) -> Undo:
    editor = store.editor()
    befores: list[tuple[str, dict[str, Any]]] = []
    for run in store.runs(list(runs)):
        before = {field: getattr(run, field) for field in fields}
        after = {field: value(run) for field, value in fields.items()}
        if before != after:
            editor.set_fields(run.id, after)
            befores.append((run.id, before))

    def back() -> None:
        for run_id, before in befores:
            editor.set_fields(run_id, before)

    return Undo(said, tuple(run_id for run_id, _ in befores), back)


def _named(store: AnyStore, runs: Sequence[str]) -> str:
    """The run by its name, several by their number."""
    return _counted(runs) if len(runs) != 1 else next((run.name for run in store.runs(list(runs))), _counted(runs))


def _counted(runs: Sequence[str]) -> str:
    return counted(len(runs), "run")


def check_name(name: str, what: str = "a run's name") -> None:
    """UsageError for what is empty, too long or not to be printed."""
    if not name.strip():
        raise UsageError(f"{what} may not be empty")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"{what} may have {LONGEST_NAME} characters, this has {len(name):,}")
    if not name.isprintable():
        raise UsageError(f"{what} may not hold control characters: {name!r}")


def _check_tag(name: str) -> None:
    if not name.strip() or "," in name or not name.isprintable():
        raise UsageError(f"a tag is a text without commas and control characters, this is {name!r}")
    if len(name) > LONGEST_TAG:
        raise UsageError(f"a tag may have {LONGEST_TAG} characters, this has {len(name):,}")
