"""`trackside store …`: make a store, say how it is, build its index again, seal its logs, clear out."""

import os
import time

import click
import msgspec

from trackside.cli import output
from trackside.cli.options import Place, as_json, with_store
from trackside.model.counting import counted

_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.group("store", short_help="Look after a store: init, info, reindex, seal, gc, empty-trash.")
def store_command() -> None:
    """Look after a store."""


@store_command.command("init")
@click.argument("folder", required=False, type=click.Path())
@click.option(
    "--shared",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[GROUP]",
    help="Let the group write: folders are made 2770 and belong to GROUP, where it is given.",
)
@with_store
def init(place: Place, folder: str | None, shared: str | None) -> None:
    """Make a store in FOLDER; without one where --store or $TRACKSIDE_STORE says, else in .trackside."""
    from trackside.store import locate, manifest

    named = folder or place.folder() or os.environ.get(locate.VARIABLE)
    root = locate.folder(named or locate.FOLDER, "the store")
    there = (root / "store.json").exists()
    paths = manifest.create(root, shared=shared)
    output.say(f"{paths.root} {'is a store already' if there else 'is a store now'}")


@store_command.command("info")
@as_json
@with_store
def info(place: Place, json_: bool) -> None:
    """Say where the store and its index are, and what they hold."""
    described = msgspec.to_builtins(place.store().info(), enc_hook=str)
    if json_:
        output.json(described)
        return
    for key, value in described.items():
        output.say(f"{key.replace('_', ' '):<14}  {_worded(value)}".rstrip())


@store_command.command("reindex")
@with_store
def reindex(place: Place) -> None:
    """Throw the index away and build it again from the runs, which loses nothing."""
    store = place.unread_store()
    started = time.monotonic()
    with output.progress("reading runs") as report:
        count = store.reindex(report)
    output.say(f"indexed {counted(count, 'run')} in {time.monotonic() - started:.1f} s")


@store_command.command("gc")
@_dry_run
@as_json
@with_store
def gc(place: Place, dry_run: bool, json_: bool) -> None:
    """Clear out the content of artifacts that no run refers to any more: into the trash, and after a week for good."""
    from trackside.services import clearing_out

    store = place.store()
    with output.progress("reading references") as report:
        collected = clearing_out.gc(store, report, dry_run=dry_run)
    document = clearing_out.collected_document(collected, dry_run=dry_run)
    output.tell(document, clearing_out.collected_sentences(collected, dry_run=dry_run), as_json=json_)


@store_command.command("empty-trash")
@_dry_run
@as_json
@with_store
def empty_trash(place: Place, dry_run: bool, json_: bool) -> None:
    """Delete the runs that have been in the trash for a week. Until then `trackside restore` brings them back."""
    from trackside.services import clearing_out

    store = place.store()
    with output.progress("deleting runs") as report:
        done = clearing_out.empty_trash(store, report, dry_run=dry_run)
    output.tell(done, clearing_out.emptied_sentences(done), as_json=json_)


@store_command.command("seal")
@with_store
def seal(place: Place) -> None:
    """Pack finished logs of more than 1 MiB into columns, which are smaller and read faster."""
    store = place.store()
    with output.progress("sealing runs") as report:
        sealed = store.seal(report)
    output.say(f"sealed {counted(sealed, 'log')}")


def _worded(value: object) -> str:
    if value in (None, {}, []):
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{part} {said}" for part, said in value.items())
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
