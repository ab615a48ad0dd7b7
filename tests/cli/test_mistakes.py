"""Calls that are mistaken, and stores that are not as they should be: one line that says what to do."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trackside
from trackside.model.errors import UsageError

PASSWORD = "".join(reversed("2retnuh"))
"""It does not stand here as it is, since a run keeps a patch of what is not committed."""


def one_line(said, status):
    assert said.status == status
    assert said.out == ""
    assert said.err.startswith("trackside: ")
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["lss"], "did you mean ls?"),
        (["frobnicate"], "`trackside --help`"),
        (["ls", "--limit", "many"], "--limit"),
        (["ls", "--frob"], "--frob"),
        (["ls", "--change", "delta"], "--columns"),
        (["show"], "RUN"),
        (["curve", "train/loss"], "RUN"),
        (["curve", "train/loss", "@last", "--json", "--csv"], "one of them"),
        (["curve", "train/loss", "@last", "--superseded"], "--json and --csv"),
        (["curve", "train/loss", "@last", "--json", "--smooth", "0.5"], "--smooth"),
        (["tag", "brisk-heron"], "+TAG"),
        (["tag", "brisk-heron", "debug"], "+TAG"),
        (["tag", "brisk-heron", "+a,b"], "without commas"),
        (["tag", "brisk-heron", "+a", "-a"], "both"),
        (["tag"], "RUN"),
        (["note", "brisk-heron"], "text"),
        (["rename", "brisk-heron"], "NAME"),
        (["rename", "brisk-heron", " "], "empty"),
        (["rename", "brisk-heron", "a\nb"], "control"),
        (["rm"], "RUN"),
        (["rm", "brisk-heron", "--filter", "tag:first"], "--filter"),
        (["baseline", "--clear"], "--project"),
        (["export", "brisk-heron", "--out", "-"], "--csv or --parquet"),
        (["import"], "PLACE"),
        (["import", "nowhere.zip"], "there is no nowhere.zip"),
        (["merge"], "OTHER_STORE"),
        (["export", "--csv", "--out", "-"], "--filter"),
        (["export", "group:lr-sweep", "--csv", "--out", "-"], "; --filter group:lr-sweep means the runs"),
        (["archive", "lr < 0.1"], "; --filter 'lr < 0.1' means the runs"),
        (["completion", "tcsh"], "bash"),
        (["store", "frob"], "frob"),
        (["demo"], "--keep FOLDER"),
        (["a", "--store"], "a"),
    ],
)
def test_a_mistaken_call_is_one_line_and_status_2(call, arguments, expected):
    assert expected in one_line(call(*arguments), 2)


@pytest.mark.parametrize(
    "address",
    [
        "http:/ana:{}@127.0.0.1:9",
        "http://ana:{}@127.0.0.1:9",
        "http:ana:{}@127.0.0.1:9",
        "http:\\\\ana:{}@127.0.0.1:9",
        "https//ana:{}@127.0.0.1:9",
        "ana:{}@127.0.0.1:9",
        "postgresql:/ana:{}@127.0.0.1:9/db",
        "postgresql:/127.0.0.1:9/db?password={}",
        "postgresql//127.0.0.1:9/db?password={}",
        "postgresql:db?password={}",
        "//ana:{}@127.0.0.1:9/db",
    ],
)
def test_a_password_in_an_address_is_neither_shown_nor_kept(call, tmp_path, monkeypatch, address):
    address = address.format(PASSWORD)
    said = [
        call(address, on=None),
        call("ls", on=address),
        call("store", "init", address, on=None),
        call("store", "init", on=address),
        call("store", "info", on=address),
        call("import", address),
        call("import", address, "--json"),
        call("merge", address),
    ]
    monkeypatch.setenv("TRACKSIDE_STORE", address)
    said += [call("ls", on=None), call("store", "init", on=None), call("store", "info", on=None)]
    for one in said:
        assert one.status != 0
        assert PASSWORD not in one.out + one.err
        assert one.err.count("\n") == 1
    with pytest.raises(UsageError) as raised:
        trackside.init(project="p", quiet=True)
    assert PASSWORD not in str(raised.value)
    assert not [path for path in tmp_path.rglob("*") if PASSWORD in str(path)]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]


def test_a_folder_that_is_named_as_an_address_is_named_by_its_path(call, tmp_path):
    assert call("store", "init", "./exp:1@2", on=None).status == 0
    assert (tmp_path / "exp:1@2" / "store.json").exists()
    with trackside.init(project="p", store=Path("./exp:1@2"), quiet=True) as run:
        run.log({"loss": 0.5})
    assert run.id in call("ls", "--json", on="./exp:1@2").out


@pytest.mark.parametrize("verb", [["show"], ["curve", "train/loss"], ["rename"], ["tag"], ["rm"], ["baseline"]])
def test_a_run_that_matches_none_says_the_nearest(call, verb):
    more = {"rename": ["new"], "tag": ["+a"]}.get(verb[0], [])
    assert "did you mean brisk-heron?" in one_line(call(*verb, "brisk-hero", *more), 2)


def test_a_name_of_several_runs_says_which(call):
    call("rename", "calm-otter", "brisk-heron")
    line = one_line(call("show", "brisk-heron"), 2)
    runs = [run["id"] for run in json.loads(call("ls", "name:brisk-heron", "--json").out)]
    assert len(runs) == 2
    assert all(run_id in line for run_id in runs)


def test_a_run_is_found_by_id_prefix_and_suffix(call):
    runs = json.loads(call("ls", "--json").out)
    wanted = runs[1]["id"]
    for text in (wanted, wanted[-8:], wanted[-8:].lower()):
        assert json.loads(call("show", text, "--json").out)["id"] == wanted
    assert "at least 4" in one_line(call("show", wanted[-3:]), 2)
    prefix = wanted[:4]
    assert "3 runs" in one_line(call("show", prefix), 2)


def test_a_metric_that_a_run_lacks_says_the_nearest(call):
    assert "did you mean train/loss?" in one_line(call("curve", "train/los", "brisk-heron", "--json"), 2)
    assert "it has none" in one_line(call("curve", "loss", "@last", "--csv"), 2)


@pytest.mark.parametrize(
    ("place", "expected"),
    [("@frst", "@last"), ("@best:", "@best:METRIC"), ("@best:accuracy", "val/accuracy"), ("@baseline", "has none yet")],
)
def test_a_place_that_is_none_says_what_there_is(call, place, expected):
    assert expected in one_line(call("show", place), 2)


def test_a_mistake_in_a_filter_is_pointed_at(call):
    line = one_line(call("ls", "status:finished", "lrr<1"), 2)
    assert "lrr" in line
    assert "lr" in line
    assert "17" in line
    assert one_line(call("tag", "--filter", "lr<", "+a"), 2)
    assert "no run matches" in one_line(call("tag", "--filter", "lr>5", "+a"), 2)


def test_a_folder_that_is_no_store_says_how_to_make_one(call, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "trackside store init" in one_line(call("ls", on=tmp_path / "empty"), 1)
    assert one_line(call("ls", on=tmp_path / "nowhere"), 1) == f"trackside: there is no {tmp_path}/nowhere\n"
    assert "there is no" in one_line(call(str(tmp_path / "nowhere"), on=None), 1)
    assert "trackside store init" in one_line(call("ls", on=None), 1)
    (tmp_path / "file").write_text("")
    assert "no run of another system" in one_line(call("ls", on=tmp_path / "file"), 1)
    assert "no run of another system" in one_line(call("doctor", on=tmp_path / "file"), 1)


def test_a_store_of_a_newer_format_is_refused(call, store):
    said = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps(said | {"format": 2}))
    assert "update trackside" in one_line(call("ls"), 1)
    (store / "store.json").write_text("{")
    assert "damaged" in one_line(call("ls"), 1)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8192, b"no database at all", None])
def test_an_index_that_is_torn_or_garbage_is_made_again(call, store, content):
    expected = json.loads(call("ls", "--json").out)
    for index in store.glob("index/**/*.db"):
        index.write_bytes(index.read_bytes()[:5000] if content is None else content)
    for other in [*store.glob("index/**/*-wal"), *store.glob("index/**/*-shm")]:
        other.unlink()
    assert json.loads(call("ls", "--json").out) == expected
    assert json.loads(call("ls", "lr<1", "--json").out) == [run for run in expected if "lr" in run["params"]]


def test_a_read_only_store_is_read_and_not_edited(call, store):
    shutil.rmtree(store / "index", ignore_errors=True)
    for folder in [store, *(path for path in store.rglob("*") if path.is_dir())]:
        folder.chmod(0o555)
    try:
        if os.access(store, os.W_OK):
            pytest.skip("this user may write everywhere")
        assert len(json.loads(call("ls", "--json").out)) == 3
        assert json.loads(call("show", "brisk-heron", "--json").out)["name"] == "brisk-heron"
        assert "may only be read" in one_line(call("tag", "brisk-heron", "+a"), 1)
    finally:
        for folder in [store, *(path for path in store.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)


def test_a_reader_that_leaves_early_is_no_error(store):
    command = f"{sys.executable} -m trackside --store {store} curve train/loss brisk-heron --json"
    script = f"{command} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() in {"0", "1"}
