"""`trackside config`, and what the other commands make of the configuration file."""

import json
from pathlib import Path

import pytest

from trackside.config import paths, reading
from trackside.config.settings import Settings
from trackside.services.conventions import adopt
from trackside.tui.keys.actions import ACTIONS


@pytest.fixture
def configure():
    def write(text: str) -> Path:
        file = paths.config_file()
        file.parent.mkdir(parents=True)
        file.write_text(text)
        return file

    yield write
    adopt(Settings())


def test_the_first_file_is_written_once_and_is_right(call):
    assert "is not there; `trackside config --init` writes one" in call("config").out
    assert call("config", "--init").out == f"{paths.config_file()} explains every setting\n"
    assert call("config").status == 0
    again = call("config", "--init")
    assert (again.status, again.err) == (
        2,
        f"trackside: {paths.config_file()} is there already; `trackside config` shows what holds\n",
    )


def test_what_holds_is_shown_as_a_configuration_file_with_every_mistake(call, configure, tmp_path):
    file = configure('theme = "light"\nsmoothing = 2\n[keys]\nsotr = "s"\n')
    said = call("config")
    assert said.status == 2
    assert said.err.splitlines() == [
        f"{file}:2: smoothing is to be a number < 1.0",
        f"{file}:4: keys.sotr is no action; did you mean sort?",
    ]
    (tmp_path / "shown.toml").write_text(said.out)
    assert reading.read(ACTIONS, tmp_path / "shown.toml") == reading.Read(Settings(theme="light"))
    document = json.loads(call("config", "--json").out)
    assert document["file"] == str(file)
    assert document["settings"]["theme"] == "light"
    assert [mistake["line"] for mistake in document["mistakes"]] == [2, 4]


def test_columns_are_checked_against_the_store_or_it_is_said_who_checks_them(call, configure, store):
    file = configure('[columns]\ndigits = [\n  "name",\n  "val/acuracy",\n]\n')
    said = call("config")
    assert said.status == 2
    assert said.err.startswith(f"{file}:4: columns.digits")
    assert "did you mean" in said.err
    alone = call("config", on=None)
    assert alone.status == 0
    assert "columns are checked by the app, and here with --store: no store at " in alone.err


def test_curves_are_smoothed_as_it_is_configured_where_nothing_else_is_said(call, configure, store):
    raw = call("curve", "val/accuracy", "brisk-heron").out
    configure("smoothing = 0.9\n")
    smoothed = call("curve", "val/accuracy", "brisk-heron").out
    assert smoothed != raw
    assert call("curve", "val/accuracy", "brisk-heron", "--smooth", "0.9").out == smoothed
    assert call("curve", "val/accuracy", "brisk-heron", "--smooth", "0").out == raw


def test_the_actions_are_listed_with_the_keys_that_hold(call, configure):
    configure('[keys]\nfind = "ctrl+f"\n')
    rows = {line.split()[0]: line.split()[1] for line in call("config", "--keys").out.splitlines()}
    assert (rows["find"], rows["sort"]) == ("ctrl+f", "s")


def test_a_mistaken_file_is_told_once_and_commands_go_on(call, configure, store):
    file = configure("[numbers]\ndigits = 2\nthousands = 3\n[store\n")
    said = call("ls", "--columns", "name,min(train/loss)")
    assert said.status == 0
    assert said.err.count("\n") == 1
    assert f"{file}:3: numbers.thousands is to be a text in quotes" in said.err
    assert "brisk-heron" in said.out


def test_times_are_shown_by_the_zone_that_was_chosen(call, configure, store):
    configure('time_zone = "Asia/Tokyo"\n')
    tokyo = call("show", "brisk-heron").out
    paths.config_file().write_text('time_zone = "utc"\n')
    universal = call("show", "brisk-heron").out
    hours = [int(text.partition("started")[2].split()[1].split(":")[0]) for text in (tokyo, universal)]
    assert (hours[0] - hours[1]) % 24 == 9
