"""Options and arguments that several verbs share, and the store that a command works on.

Help of completion lies with the arguments it completes. It loads neither polars nor textual.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from trackside.cli import output

if TYPE_CHECKING:
    from trackside.sources.walk import Skipped
    from trackside.store.any_store import AnyStore
    from trackside.store.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])


class Place(msgspec.Struct, frozen=True):
    """What a command was told to work on: stores, and places of other systems; nothing where it was not told."""

    paths: tuple[str, ...] = ()

    def open(self) -> "AnyStore":
        """All of it as one store, caught up with what was written; what could not be read is told in a line."""
        from trackside.cli import output
        from trackside.services.places.skipped import skipped_sentence

        store, skipped = self.open_with_skipped()
        if skipped:
            output.remark(skipped_sentence(skipped, store.addresses, all_at="`trackside ls --skipped` lists them"))
        return store

    def open_with_skipped(self) -> "tuple[AnyStore, list[Skipped]]":
        """The same, and what could not be read; what takes over a second shows its progress."""
        from trackside.cli import output
        from trackside.services.places.opening import open_places

        opened = open_places(self.paths)
        click.get_current_context().call_on_close(opened.store.close)
        with output.progress("reading runs") as report:
            skipped = opened.catch_up(report)
        return opened.store, skipped

    def store(self, *, create: bool = False) -> "Store":
        """The one store of trackside's own that is meant, caught up. UsageError where it is anything else."""
        from trackside.cli import output

        store = self.unread_store(create=create)
        with output.progress("reading runs") as report:
            store.refresh(report)
        return store

    def folder(self) -> str | None:
        """The one folder that was named; None where none was. UsageError where several were."""
        if len(self.paths) > 1:
            raise click.UsageError(f"one store at a time, these are {len(self.paths)}")
        return self.paths[0] if self.paths else None

    def unread_store(self, *, create: bool = False) -> "Store":
        """The same, as its index has it."""
        from trackside.services.places.opening import open_store

        store = open_store(self.folder(), create=create)
        click.get_current_context().call_on_close(store.close)
        return store


def with_store(command: Command) -> Command:
    """Give a verb `--store` too, and pass it the `Place` as its first argument."""

    def chosen(context: click.Context, _: click.Parameter, paths: tuple[str, ...]) -> None:
        if paths:
            context.obj = Place(paths)

    option = click.option(
        "--store",
        type=click.Path(readable=False),
        multiple=True,
        metavar="PLACE",
        expose_value=False,
        callback=chosen,
        is_eager=True,
        help="The same as `trackside --store`: a store, or for most verbs a folder with runs of another system too.",
    )
    return option(click.make_pass_decorator(Place, ensure=True)(command))  # type: ignore[return-value]


def as_json(command: Command) -> Command:
    """`--json`: one document on standard output and nothing else."""
    return click.option("--json", "json_", is_flag=True, help="Print one JSON document.")(command)


def remark_on_edits(store: "AnyStore") -> None:
    """Tell a person what is worth knowing about the edits so far: that they are kept for this user alone."""
    if remark := store.remark():
        output.remark(remark)
