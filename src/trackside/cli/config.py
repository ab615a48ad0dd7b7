"""`trackside config`: where the configuration file is, what holds, whether it is right; and a first file."""

import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import click
import msgspec

from trackside.cli import output
from trackside.cli.grid import WORDS, Column
from trackside.cli.options import Place, as_json, with_store
from trackside.config import paths
from trackside.config.mistakes import Mistake
from trackside.config.reading import mistake_at, read
from trackside.model.errors import TracksideError, UsageError
from trackside.tui.keys.actions import ACTIONS

_MISTAKEN = 2


@click.command("config", short_help="Show and check the configuration, or write a first one.")
@click.option("--init", is_flag=True, help="Write a file in which every setting is explained and none is set.")
@click.option("--keys", is_flag=True, help="List the actions whose keys can be chosen, by their ids.")
@as_json
@with_store
def config_command(place: Place, init: bool, keys: bool, json_: bool) -> None:
    """Say where the configuration file is and what holds, as TOML; the exit status is 2 where the file is mistaken.

    Whether columns are there is checked against the store.
    """
    if init:
        _write_first()
    elif keys:
        _list_keys()
    else:
        _show(place, json_=json_)


def _show(place: Place, *, json_: bool) -> None:
    file = paths.config_file()
    found = read(ACTIONS)
    mistakes = [*found.mistakes, *_mistaken_columns(place, found.settings.columns)]
    held = msgspec.to_builtins(found.settings)
    if json_:
        output.json({"file": str(file), "settings": held, "mistakes": list(map(_document, mistakes))})
    else:
        import tomlkit

        output.say(f"# {file}" if file.exists() else f"# {file} is not there; `trackside config --init` writes one")
        click.echo(tomlkit.dumps(_set(held)), nl=False)
        for mistake in mistakes:
            output.remark(str(mistake))
    if mistakes:
        sys.exit(_MISTAKEN)


def _mistaken_columns(place: Place, columns: Mapping[str, tuple[str, ...]]) -> list[Mistake]:
    """Which of the columns that are set are none of the store's; without a store it is told who checks them."""
    if not columns:
        return []
    from trackside.services.table.default_columns import mistaken_columns

    try:
        store = place.open()
    except TracksideError as error:
        if place.paths:
            raise
        output.remark(f"columns are checked by the app, and here with --store: {error}")
        return []
    frame = store.frame([word for typed in columns.values() for word in typed])
    return [mistake_at(("columns", project, at), f": {why}") for project, at, why in mistaken_columns(columns, frame)]


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
    columns = [Column("id"), Column("keys"), Column("what it does", least=WORDS)]
    output.table(columns, list(_key_rows()))


def _key_rows() -> Iterator[list[str]]:
    chosen = read(ACTIONS).settings.keys
    for action in ACTIONS:
        if not action.numbered:
            said = f"{action.label}: {action.help}" if action.help else action.label
            yield [action.id, chosen.get(action.id, action.keys), said]
