"""Verbs that need a store of trackside's own say what a place is that is none, and what can be done with it."""

import json
from pathlib import Path

import pytest

NEED_A_STORE = (
    ["doctor"],
    ["store", "info"],
    ["store", "gc"],
    ["store", "reindex"],
    ["export", "version_0", "--out", "digits.trackside"],
)


@pytest.fixture
def runs(tmp_path) -> Path:
    """A folder with a run of Lightning's CSVLogger."""
    folder = tmp_path / "runs"
    (folder / "version_0").mkdir(parents=True)
    (folder / "version_0" / "metrics.csv").write_text("step,train_loss\n0,0.5\n1,0.25\n")
    return folder


@pytest.mark.parametrize("arguments", NEED_A_STORE)
def test_of_runs_of_another_system_it_is_said_that_import_takes_them(call, runs, arguments):
    said = call(*arguments, on=runs)
    assert said.status == 1
    assert said.err.startswith(f"trackside: {runs} holds runs of lightning,")
    assert f"`trackside import {runs}`" in said.err
    assert "store init" not in said.err


def test_a_merge_with_runs_of_another_system_says_the_same(call, runs):
    assert "holds runs of lightning" in call("merge", str(runs)).err


def test_a_merge_with_a_server_says_what_takes_its_runs(call):
    said = call("merge", "http://me:secret@localhost:1")
    assert said.err.startswith("trackside: http://localhost:1 holds runs of mlflow,")
    assert "`trackside import http://localhost:1`" in said.err


def test_of_a_folder_around_a_store_the_store_is_named(call, store):
    said = call("doctor", on=store.parent)
    assert said.err.startswith(f"trackside: {store.parent} is no store; it holds one, {store}")


def test_of_a_bundle_it_is_said_that_import_takes_it(call, tmp_path):
    file = tmp_path / "heron.trackside"
    call("export", "brisk-heron", "--out", str(file))
    assert f"is a bundle and no store; `trackside import {file}`" in call("doctor", on=file).err


@pytest.mark.parametrize("arguments", [["ls"], *NEED_A_STORE])
def test_of_a_folder_with_other_things_nobody_is_told_to_make_a_store_in_it(call, tmp_path, arguments):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "photo.png").write_bytes(b"\x89PNG")
    said = call(*arguments, on=tmp_path / "data")
    assert said.err == f"trackside: no store at {tmp_path}/data, and no run of another system; name another folder\n"


def test_of_a_folder_whose_runs_cannot_be_read_it_is_said_why(call, tmp_path):
    (tmp_path / "aim" / ".aim").mkdir(parents=True)
    (tmp_path / "aim" / ".aim" / "run_metadata.sqlite").write_bytes(b"")
    said = call("doctor", on=tmp_path / "aim")
    assert "no run of another system: skipped 1 file: " in said.err
    assert "only Aim itself reads its store" in said.err


def test_an_import_into_a_folder_of_runs_writes_nothing_there(call, runs, tmp_path):
    (tmp_path / "more.jsonl").write_text(json.dumps({"step": 0, "loss": 0.5}) + "\n")
    before = sorted(runs.rglob("*"))
    assert "holds runs of lightning" in call("import", str(tmp_path / "more.jsonl"), on=runs).err
    assert sorted(runs.rglob("*")) == before
