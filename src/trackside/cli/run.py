"""`trackside run`: record a command that knows nothing of trackside."""

import re
from pathlib import Path
from typing import Any

import click

from trackside.cli.options import Place, with_store
from trackside.model.errors import UsageError

_FOR_A_SHELL = re.compile(r"[\s|&;<>()$`\\\"'*?\[\]#~=%{}!]")


@click.command(
    "run",
    short_help="Record a command.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--project", metavar="NAME", help="The project that it belongs to.")
@click.option("--group", metavar="NAME", help="Runs that belong together.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="What it is for; may be given several times.")
@click.option("--name", metavar="NAME", help="A name; else one is made up.")
@click.option("--notes", default="", metavar="TEXT", help="Why it is run.")
@click.option("--data", multiple=True, metavar="ROLE=PATH", help="Data in a role; several times.")
@click.option("--seed", type=int, metavar="N", help="The seed that the command was given, for the record.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="RULE", help="A metric in its output: 'loss: {train/loss}'."
)
@click.option("--quiet", is_flag=True, help="Say nothing at the end.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND …")
@with_store
def run_command(
    place: Place,
    command: tuple[str, ...],
    data: tuple[str, ...],
    metrics: tuple[str, ...],
    quiet: bool,
    **said: Any,
) -> int:
    """Run COMMAND and record it: what it prints, its exit status, its code, and metrics found in its output.

    One word with spaces or signs of the shell is run by the shell. JSON lines with a step, and the lines of Hugging
    Face's Trainer and of Keras, are found by themselves; --metric finds others: each {name} is a number, {step} the
    step. Exits as COMMAND does, with 128 + n where signal n ended it.
    """
    from trackside.record.command import record
    from trackside.record.console.rules import Template
    from trackside.record.given import Given
    from trackside.record.voice import Voice

    templates = [Template(rule) for rule in metrics]
    voice = Voice()
    given = Given(voice, data=dict(map(_role, data)), **said)
    return record(_shelled(command), given, place.folder(), templates, voice, quiet=quiet)


def _shelled(command: tuple[str, ...]) -> list[str]:
    """The command, run by a shell where it is one word that only a shell understands."""
    (first, *more) = command
    if more or not _FOR_A_SHELL.search(first) or Path(first).is_file():
        return list(command)
    return ["sh", "-c", first]


def _role(text: str) -> tuple[str, str]:
    role, equals, place = text.partition("=")
    if not (role and equals and place):
        raise UsageError(f"--data {text}: it takes ROLE=PATH, such as eval=data/eval.npz")
    return role, place
