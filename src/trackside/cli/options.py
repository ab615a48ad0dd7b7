"""Options and arguments that several verbs share, and the store that a command works on.

Help of completion lies with the arguments it completes. It loads neither polars nor textual.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """Which store a command was told to work on, None where it was not told."""

    path: str | None = None

    def open(self, *, create: bool = False) -> "AnyStore":
        """The store, caught up with all that was written; what takes longer than a second shows its progress."""
        from trackside.cli.output import progress
        from trackside.services.lookup import open_store

        store = open_store(self.path, create=create)
        click.get_current_context().call_on_close(store.close)
        with progress("reading runs") as report:
            store.refresh(report)
        return store


def with_store(command: Command) -> Command:
    """Give a verb `--store` too, and pass it the `Place` as its first argument."""

    def chosen(context: click.Context, _: click.Parameter, path: str | None) -> None:
        if path is not None:
            context.obj = Place(path)

    option = click.option(
        "--store",
        type=click.Path(readable=False),
        metavar="STORE",
        expose_value=False,
        callback=chosen,
        is_eager=True,
        hidden=True,
    )
    return option(click.make_pass_decorator(Place, ensure=True)(command))  # type: ignore[return-value]


def as_json(command: Command) -> Command:
    """`--json`: one document on standard output and nothing else."""
    return click.option("--json", "json_", is_flag=True, help="Print one JSON document.")(command)
