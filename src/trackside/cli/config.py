"""`trackside config`: where the configuration file is, what holds, whether it is right; and a first file."""

import sys
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import click
import msgspec

from trackside.cli import output
from trackside.cli.options import as_json
from trackside.config import paths
from trackside.config.mistakes import Mistake
from trackside.config.reading import read
from trackside.model.errors import UsageError
from trackside.tui.actions import ACTIONS

_MISTAKEN = 2


@click.command("config", short_help="Show and check the configuration, or write a first one.")
@click.option("--init", is_flag=True, help="Write a file in which every setting is explained and none is set.")
@click.option("--keys", is_flag=True, help="List the actions whose keys can be chosen, by their ids.")
@as_json
def config_command(init: bool, keys: bool, json_: bool) -> None:
    """Say where the configuration file is and what holds, as TOML; the exit status is 2 where the file is mistaken."""
    if init:
        _write_first()
    elif keys:
        _list_keys()
    else:
        _show(json_=json_)


def _show(*, json_: bool) -> None:
    file = paths.config_file()
    found = read(ACTIONS)
    held = msgspec.to_builtins(found.settings)
    if json_:
        output.json({"file": str(file), "settings": held, "mistakes": list(map(_document, found.mistakes))})
    else:
        import tomlkit

        output.say(f"# {file}" if file.exists() else f"# {file} is not there; `trackside config --init` writes one")
        click.echo(tomlkit.dumps(_set(held)), nl=False)
        for mistake in found.mistakes:
            output.remark(str(mistake))
    if found.mistakes:
        sys.exit(_MISTAKEN)


def _document(mistake: Mistake) -> dict[str, Any]:
    return {"line": mistake.line, "says": mistake.says}


def _set(held: dict[str, Any]) -> dict[str, Any]:
    """Without what has no value, for which TOML has no word."""
    return {key: _set(value) if isinstance(value, dict) else value for key, value in held.items() if value is not None}


def _write_first() -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(files("trackside.config").joinpath("default.toml").read_text(encoding="utf-8"))
    except FileExistsError:
        raise UsageError(f"{file} is there already; `trackside config` shows what holds") from None
    output.say(f"{file} explains every setting")


def _list_keys() -> None:
    columns = [output.Column("id"), output.Column("keys"), output.Column("what it does", may_shrink=True)]
    output.table(columns, list(_key_rows()))


def _key_rows() -> Iterator[list[str]]:
    chosen = read(ACTIONS).settings.keys
    for action in ACTIONS:
        if not action.numbered:
            said = f"{action.label}: {action.help}" if action.help else action.label
            yield [action.id, chosen.get(action.id, action.keys), said]
