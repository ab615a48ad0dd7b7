"""Verbs that need a store of trackside's own say what a place is that is none, and what can be done with it."""

import json
import shutil
from pathlib import Path

import pytest
from mlflow_samples import VERSIONS, unpack

from trackside.services.places.no_store import holds_runs

SAMPLES = Path(__file__).parents[1] / "sources" / "samples"

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


def test_the_systems_of_a_folder_are_told_as_a_list(call, tmp_path):
    for name in ("a.jsonl", "metrics.csv"):
        (tmp_path / "mixed").mkdir(exist_ok=True)
        (tmp_path / "mixed" / name).write_text(
            "step,loss\n0,0.5\n" if name.endswith("csv") else '{"step": 0, "loss": 1}\n'
        )
    assert "holds runs of csv and jsonl, and is no store" in call("doctor", on=tmp_path / "mixed").err
    assert holds_runs("here", ["a", "b", "c"]).startswith("here holds runs of a, b and c, and is no store")


def test_an_import_into_a_folder_of_runs_writes_nothing_there(call, runs, tmp_path):
    (tmp_path / "more.jsonl").write_text(json.dumps({"step": 0, "loss": 0.5}) + "\n")
    before = sorted(runs.rglob("*"))
    assert "holds runs of lightning" in call("import", str(tmp_path / "more.jsonl"), on=runs).err
    assert sorted(runs.rglob("*")) == before


@pytest.mark.parametrize("arguments", [["ls"], *NEED_A_STORE])
def test_of_a_path_that_is_not_there_the_name_that_was_meant_is_said_and_no_store_is_spoken_of(call, runs, arguments):
    said = call(*arguments, on=runs.with_name("rusn"))
    assert said.status == 1
    assert said.err == f"trackside: there is no {runs.parent}/rusn; did you mean {runs}?\n"
    assert call(*arguments, on=runs / "x" / "y").err == f"trackside: there is no {runs}/x/y\n"


def test_an_import_of_what_is_not_there_says_what_was_meant_and_leaves_no_new_store(call, runs, tmp_path):
    said = call("import", str(runs.with_name("rums")), on=tmp_path / "new")
    assert said.err == f"trackside: there is no {runs.parent}/rums; did you mean {runs}?\n"
    assert not (tmp_path / "new").exists()


def test_an_import_that_fails_after_another_keeps_what_that_took(call, runs, tmp_path):
    assert call("import", str(runs), str(tmp_path / "nowhere"), on=tmp_path / "new").status == 2
    assert [run["source"] for run in json.loads(call("ls", "--json", on=tmp_path / "new").out)] == ["lightning"]


@pytest.mark.parametrize("made", ["link", "copy"])
def test_the_latest_run_of_wandb_is_opened_where_it_is_named_itself(call, tmp_path, made):
    shutil.copytree(SAMPLES / "wandb" / "0.31.0" / "whole", tmp_path / "whole")
    (run,) = (tmp_path / "whole" / "wandb").iterdir()
    latest = run.with_name("latest-run")
    if made == "link":
        latest.symlink_to(run.name)
    else:
        shutil.copytree(run, latest)
    assert [run["name"] for run in json.loads(call("ls", "--json", on=latest).out)] == ["run whole"]


@pytest.mark.parametrize(
    "address", ["sqlite:///mlflow.db", "sqlite:////{}/mlflow.db", "sqlite+pysqlite:///mlflow.db?timeout=5"]
)
def test_a_database_is_opened_as_mlflow_names_it(call, tmp_path, monkeypatch, address):
    place = unpack(VERSIONS[0], "database", tmp_path)
    monkeypatch.chdir(next(place.rglob("mlflow.db")).parent)
    by_path = call("ls", "--json", on=Path.cwd() / "mlflow.db")
    named = call("ls", "--json", on=address.format(str(Path.cwd()).lstrip("/")))
    assert json.loads(named.out) == json.loads(by_path.out) != []
    assert call("import", address.format(str(Path.cwd()).lstrip("/")), on=tmp_path / "new").status == 0


@pytest.mark.parametrize("beginning", ["file://", "file:", "file://localhost"])
def test_a_folder_is_opened_as_mlflow_names_it(call, runs, beginning):
    folder = runs.rename(runs.with_name("my runs"))
    named = call("ls", "--json", on=f"{beginning}{str(folder).replace(' ', '%20')}")
    assert [run["source"] for run in json.loads(named.out)] == ["lightning"]
