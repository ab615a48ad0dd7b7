"""`trackside store …`, and opening the app."""

import json
import shutil
import sys
from types import SimpleNamespace

import pytest


def test_init_makes_a_store_and_leaves_an_existing_one(call, tmp_path):
    folder = tmp_path / "new"
    assert call("store", "init", str(folder), on=None).out == f"{folder} is a store now\n"
    uuid = json.loads((folder / "store.json").read_text())["uuid"]
    assert call("store", "init", str(folder), on=None).out == f"{folder} is a store already\n"
    assert json.loads((folder / "store.json").read_text())["uuid"] == uuid
    assert json.loads(call("ls", "--json", on=folder).out) == []


def test_init_without_a_folder_makes_one_that_is_found_from_below(call, tmp_path, monkeypatch):
    assert call("store", "init", on=None).status == 0
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert json.loads(call("store", "info", "--json", on=None).out)["root"] == str(tmp_path / ".trackside")


def test_init_without_a_folder_makes_the_store_that_is_named_otherwise(call, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_STORE", str(tmp_path / "variable"))
    assert call("store", "init", on=None).out == f"{tmp_path / 'variable'} is a store now\n"
    assert call("store", "init", on=tmp_path / "option").out == f"{tmp_path / 'option'} is a store now\n"
    assert not (tmp_path / ".trackside").exists()


def test_init_shared_lets_the_group_in(call, tmp_path):
    assert call("store", "init", str(tmp_path / "new"), "--shared", on=None).status == 0
    assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o2770
    assert "no group" in call("store", "init", str(tmp_path / "other"), "--shared=nobody-has-this", on=None).err


def test_info_counts_what_the_store_holds(call, store):
    said = json.loads(call("store", "info", "--json").out)
    assert said["root"] == str(store)
    assert said["runs"] == 3
    assert sorted(said["projects"]) == ["digits", "words"]
    assert said["statuses"] == {"finished": 2, "failed": 1}
    assert "digits" in call("store", "info").out


def test_info_leaves_out_what_is_in_the_trash(call):
    failed = next(run["id"] for run in json.loads(call("ls", "--json").out) if run["status"] == "failed")
    call("rm", failed)
    call("rm", "calm-otter")
    said = json.loads(call("store", "info", "--json").out)
    assert said["runs"] == 1
    assert said["statuses"] == {"finished": 1}


def test_reindex_and_the_loss_of_the_index_lose_nothing(call, store):
    before = json.loads(call("ls", "--json").out)
    assert call("store", "reindex").out.startswith("indexed 3 runs")
    assert json.loads(call("ls", "--json").out) == before
    shutil.rmtree(store / "index", ignore_errors=True)
    assert json.loads(call("ls", "--json").out) == before


def test_seal_leaves_small_logs_as_they_are(call):
    assert call("store", "seal").out == "sealed 0 logs\n"


def test_the_app_opens_on_the_store_that_was_named(call, store, monkeypatch):
    opened = []
    app = SimpleNamespace(run=lambda live, **_: opened.append(live.store.root) or 0)
    monkeypatch.setitem(sys.modules, "trackside.tui.app", app)
    monkeypatch.setattr("trackside.cli.main._has_terminal", lambda: True)
    assert call(str(store), on=None).status == 0
    assert call().status == 0
    assert call(on=None).status == 0
    assert opened[:2] == [store, store]
    assert (opened[2] / "store.json").exists()


def test_the_app_without_a_terminal_says_so(call):
    said = call()
    assert said.status == 1
    assert "needs a terminal" in said.err


def test_what_looks_after_one_store_refuses_several(call, store):
    assert "one store at a time" in call("--store", str(store), "--store", str(store), "doctor", on=None).err


@pytest.mark.parametrize("arguments", [["--help"], ["ls", "--help"], ["store", "--help"], ["--version"]])
def test_help_ends_with_0(call, arguments):
    assert call(*arguments, on=None).status == 0
