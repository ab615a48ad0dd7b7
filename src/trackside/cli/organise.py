"""`tag`, `note`, `rename`, `regroup`, `archive`, `rm`, `restore`: each for one RUN or those of a filter."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trackside.cli import output
from trackside.cli.completion import complete_filter, complete_run, complete_tag_changes
from trackside.cli.options import Place, remark_on_edits, with_store
from trackside.model.visible import beginning

if TYPE_CHECKING:
    from trackside.services.edit import Undo
    from trackside.store.any_store import AnyStore

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST = 60
_AT_STEP = re.compile(r"(?P<run>.+)@(?P<step>-?\d+)")


def _filtered(command: Command) -> Command:
    option = click.option(
        "--filter", "filter_", metavar="FILTER", help="All runs of a filter.", shell_complete=complete_filter
    )
    return option(command)


@click.command("tag", context_settings={"ignore_unknown_options": True}, short_help="Add and remove tags.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="RUN +TAG -TAG", shell_complete=complete_tag_changes)
@_filtered
@with_store
def tag_command(place: Place, words: tuple[str, ...], filter_: str | None) -> None:
    """Add and remove tags of RUN or of all runs of a filter: `trackside tag @last +baseline -draft`."""
    from trackside.services import edit

    run, changes = _run_and_rest(words, filter_)
    add, remove = edit.tag_changes(changes)
    store = place.open()
    _done(store, edit.tag(store, _chosen(store, run, filter_), add, remove))


@click.command("note", short_help="Write why a run was run, or what happened at a step.")
@click.argument("words", nargs=-1, metavar="RUN[@STEP] TEXT", shell_complete=complete_run)
@click.option("--append", is_flag=True, help="Add a line to the notes instead of replacing them.")
@_filtered
@with_store
def note_command(place: Place, words: tuple[str, ...], append: bool, filter_: str | None) -> None:
    """Replace the notes of RUN, or mark RUN@STEP with TEXT, which charts show at that step."""
    from trackside.services import edit

    run, texts = _run_and_rest(words, filter_)
    if not texts:
        raise click.UsageError("no text: `trackside note RUN TEXT`.")
    store = place.open()
    text = " ".join(texts)
    at_step = _AT_STEP.fullmatch(run) if run and not store.ids_matching(run) else None
    if at_step:
        run_id = _chosen(store, at_step["run"], None)[0]
        _done(store, edit.note_at(store, run_id, int(at_step["step"]), text))
        return
    chosen = _chosen(store, run, filter_)
    replaced = [] if append else [run.notes for run in store.runs(chosen) if run.notes.strip() and run.notes != text]
    _done(store, edit.note(store, chosen, text, append=append))
    _remark_on_replaced(replaced)


@click.command("rename", short_help="Give a run another name.")
@click.argument("words", nargs=-1, metavar="RUN NAME", shell_complete=complete_run)
@_filtered
@with_store
def rename_command(place: Place, words: tuple[str, ...], filter_: str | None) -> None:
    """Give RUN another name; runs may share one."""
    from trackside.services import edit

    run, (name,) = _run_and(words, filter_, 1, "NAME")
    store = place.open()
    _done(store, edit.rename(store, _chosen(store, run, filter_), name))


@click.command("regroup", short_help="Put a run into a group.")
@click.argument("words", nargs=-1, metavar="RUN GROUP", shell_complete=complete_run)
@click.option("--none", "none", is_flag=True, help="Take it out of its group.")
@_filtered
@with_store
def regroup_command(place: Place, words: tuple[str, ...], none: bool, filter_: str | None) -> None:
    """Put RUN into GROUP, or out of any with --none."""
    from trackside.services import edit

    run, rest = _run_and(words, filter_, 0 if none else 1, "GROUP")
    store = place.open()
    _done(store, edit.regroup(store, _chosen(store, run, filter_), None if none else rest[0]))


@click.command("archive", short_help="Hide runs from tables.")
@click.argument("words", nargs=-1, metavar="RUN", shell_complete=complete_run)
@click.option("--undo", is_flag=True, help="Show it in tables again.")
@_filtered
@with_store
def archive_command(place: Place, words: tuple[str, ...], undo: bool, filter_: str | None) -> None:
    """Hide RUN from tables whose filter does not ask for `archived:true`; nothing is lost."""
    from trackside.services import edit

    run, _ = _run_and(words, filter_, 0)
    store = place.open()
    chosen = _chosen(store, run, _archived(filter_) if undo else filter_)
    _done(store, edit.archive(store, chosen, archived=not undo))


@click.command("rm", short_help="Move runs to the trash.")
@click.argument("words", nargs=-1, metavar="RUN", shell_complete=complete_run)
@_filtered
@with_store
def rm_command(place: Place, words: tuple[str, ...], filter_: str | None) -> None:
    """Move RUN to the trash; `trackside restore` brings it back."""
    from trackside.services import edit

    run, _ = _run_and(words, filter_, 0)
    store = place.open()
    chosen = _chosen(store, run, filter_)
    _done(store, edit.trash(store, chosen))
    output.remark(f"`trackside restore {' '.join(chosen)}` brings {'it' if len(chosen) == 1 else 'them'} back")


@click.command("restore", short_help="Bring a run back from the trash.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@with_store
def restore_command(place: Place, runs: tuple[str, ...]) -> None:
    """Bring each RUN back from the trash."""
    from trackside.services import edit
    from trackside.services.lookup import resolve_trashed

    store = place.open()
    _done(store, edit.restore(store, [resolve_trashed(store, text) for text in runs]))


def _remark_on_replaced(notes: list[str]) -> None:
    """Tell a person which notes are gone, in a line, and how they would have stayed."""
    from trackside.services.cells import first_line

    if len(notes) == 1:
        output.remark(f"in place of {beginning(first_line(notes[0]), _LONGEST)!r}; --append adds a line instead")
    elif notes:
        output.remark(f"in place of {len(notes):,} that were there; --append adds a line instead")


def _run_and_rest(words: tuple[str, ...], filter_: str | None) -> tuple[str | None, tuple[str, ...]]:
    if filter_ is not None:
        return None, words
    if not words:
        raise click.UsageError("neither RUN nor --filter: say which runs are meant.")
    return words[0], words[1:]


def _run_and(words: tuple[str, ...], filter_: str | None, count: int, what: str = "") -> tuple[str | None, Any]:
    run, rest = _run_and_rest(words, filter_)
    if len(rest) != count:
        expected = f"{'' if filter_ is not None else 'RUN '}{what}".strip() or "no RUN beside --filter"
        raise click.UsageError(f"expected {expected}, got {len(words)} arguments.")
    return run, rest


def _chosen(store: "AnyStore", run: str | None, filter_: str | None) -> list[str]:
    from trackside.services.lookup import chosen

    return chosen(store, () if run is None else (run,), filter_, remark=output.remark)


def _archived(filter_: str | None) -> str | None:
    return None if filter_ is None else f"archived:true ({filter_})" if filter_.strip() else "archived:true"


def _done(store: "AnyStore", undo: "Undo") -> None:
    output.say(undo.says if undo.runs else f"{undo.says}: nothing to change")
    remark_on_edits(store)
