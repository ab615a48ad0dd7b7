"""The command `trackside`: finds the verb, opens the app where none is given, and turns errors into one line.

Each family of verbs lies in a file of its own, which is imported when one of its verbs is called.
"""

import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trackside.cli.options import Place
from trackside.model.errors import TracksideError, UsageError
from trackside.model.nearest import meant
from trackside.model.visible import beginning, visible
from trackside.store.locate import config_file, is_address

if TYPE_CHECKING:
    from trackside.services.places.opening import Opening
    from trackside.services.sharing.seen import Seen

VERBS = {
    "run": "run",
    "ls": "runs",
    "show": "show",
    "curve": "curve",
    "compare": "compare",
    "check": "compare",
    "why": "why",
    "table": "pivot",
    "correlate": "correlate",
    "tag": "organise",
    "note": "organise",
    "rename": "organise",
    "regroup": "organise",
    "archive": "organise",
    "rm": "organise",
    "restore": "organise",
    "baseline": "decide",
    "goal": "decide",
    "project": "decide",
    "export": "export",
    "import": "imports",
    "merge": "upkeep",
    "doctor": "upkeep",
    "demo": "demo",
    "watch": "watch",
    "serve": "serve",
    "store": "store",
    "config": "config",
    "agent": "agent",
    "completion": "completion",
}
_OPEN = ("open", "config")
"""They read the configuration themselves, and tell its mistakes in their own way."""

_STDERR = 2
_LONGEST = 10_000
"""Characters of a complaint that are printed."""

_INTERRUPTED = 130
_READER_GONE = 1


class Verbs(click.Group):
    """A group that imports a verb's module when the verb is asked for, and takes a folder for a store to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All verbs, in the order in which the help shows them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb, imported now; None where there is no such verb."""
        module = VERBS.get(cmd_name)
        if module is None:
            return None
        command = getattr(importlib.import_module(f"trackside.cli.{module}"), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A verb with its arguments; a word that is no verb but a folder is a store for the app."""
        word = args[0]
        if word in VERBS or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        if os.sep in word or word.startswith((".", "~")) or is_address(word) or Path(word).exists():
            return "open", open_command, args
        hint = meant(word, VERBS) or ", `trackside --help` lists them"
        raise click.UsageError(f"no command or store {word!r}{hint}")


_OPENS = click.option("--open", "opens", metavar="LINK", help="In the app, show first what `y l` copied there.")
_READ_ONLY = click.option("--read-only", is_flag=True, help="In the app, nothing can be edited.")


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
)
@click.option(
    "--store",
    type=click.Path(readable=False),
    metavar="PLACE",
    multiple=True,
    help="A store, or a folder with runs of another system; else $TRACKSIDE_STORE, else the nearest. Several are one.",
)
@_OPENS
@_READ_ONLY
@click.version_option(package_name="trackside", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, store: tuple[str, ...], opens: str | None, read_only: bool) -> None:
    """Browse, watch and organise training runs. Without a command: open the app."""
    context.obj = Place(store)
    if context.invoked_subcommand is None:
        open_app(store, opens, read_only=read_only)
        return
    if read_only or opens is not None:
        raise click.UsageError("--open and --read-only are for the app, which a command does not open.")
    if context.invoked_subcommand not in _OPEN:
        _set_up()


@click.command("open", hidden=True)
@click.argument("places", nargs=-1, required=True)
@_OPENS
@_READ_ONLY
def open_command(places: tuple[str, ...], opens: str | None, read_only: bool) -> None:
    """Open the app on stores, and on folders with runs of other systems."""
    open_app(places, opens, read_only=read_only)


def _set_up() -> None:
    """Have what is printed as this person set it up. What is mistaken in the file is told, and the rest holds."""
    if not config_file().is_file():
        return
    from trackside.config.reading import read
    from trackside.services.conventions import adopt
    from trackside.tui.keys.actions import ACTIONS

    found = read(ACTIONS)
    adopt(found.settings)
    if found.mistakes:
        print("trackside:", visible(found.in_short()), file=sys.stderr)


def open_app(places: tuple[str, ...], opens: str | None = None, *, read_only: bool = False) -> None:
    """Run the app until it is left, on all these places as one, or on the store that is meant without."""
    from trackside.services import loading
    from trackside.tui import memory

    loading.begin()
    from trackside.services.places.begun import begun

    reading = begun(places) if _has_terminal() else {}
    from trackside.services.places.opening import open_places

    shown = None if opens is None else _parsed(opens)
    opened = open_places(places, create=not places, apart=reading)
    if not _has_terminal():
        raise TracksideError("the app needs a terminal; `trackside ls` prints the runs, `trackside --help` the rest")
    if os.environ.get("TERM") == "dumb":
        raise TracksideError(
            "the app needs a terminal whose cursor moves, and TERM is dumb; `trackside ls` prints the runs"
        )
    if shown is not None:
        shown = _found(shown, opened)
    live = opened.live()
    memory.share_one_heap()
    from trackside.tui.app import run

    sys.exit(run(live, opens=shown, read_only=read_only))


def _parsed(text: str) -> "Seen":
    from trackside.services.sharing.links import parse

    return parse(text)


def _found(shown: "Seen", opened: "Opening") -> "Seen":
    """What a link shows, with runs that are there; a store that does not know them yet is read first."""
    from trackside.cli import output
    from trackside.services.sharing.resolving import resolved

    try:
        return resolved(shown, opened.store)
    except UsageError:
        with output.progress("reading runs") as report:
            opened.catch_up(report)
        return resolved(shown, opened.store)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave: 0 done, 1 failed, 2 the call is mistaken; errors are one line on standard error."""
    _stand_in_for_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        result = cli.main(arguments, prog_name="trackside", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        sys.exit(_complain(_of_click(error), error.exit_code))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output is gone; the interpreter would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_READER_GONE)
    except TracksideError as error:
        sys.exit(_complain(_pointed(error), error.exit_status))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(_complain(f"{where}{error.strerror or error}", 1))
    sys.exit(result if isinstance(result, int) else 0)


def _stand_in_for_closed_streams() -> None:
    """Where a standard stream is closed, no file of ours gets its number, and what is said there goes nowhere."""
    while (descriptor := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)) <= _STDERR:
        pass
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  open to the end


def _has_terminal() -> bool:
    """Whether somebody can see the app: at a terminal, or in a browser, for which Textual's variable is set."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())


def _complain(message: str, status: int) -> int:
    first, *pointers = message.split("\n")
    print("trackside:", visible(beginning(first, _LONGEST)), file=sys.stderr)
    if sys.stderr.isatty():
        for line in pointers:
            print(visible(beginning(line, _LONGEST)), file=sys.stderr)
    return status


def _of_click(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    context: Any = getattr(error, "ctx", None)
    command = f"{context.command_path} --help" if context is not None else "trackside --help"
    return message if "`trackside" in message or "did you mean" in message.lower() else f"{message} See `{command}`."


def _pointed(error: TracksideError) -> str:
    """The error's line; of a mistake in a filter also, for a terminal, the filter with a caret below the mistake."""
    line = " ".join(str(error).split("\n"))
    pointed = getattr(error, "pointed", None)
    return line if pointed is None else f"{line}\n{pointed()}"
