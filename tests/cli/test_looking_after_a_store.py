"""Verbs that look after a store, and what they say."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest


@pytest.fixture
def other(store, tmp_path) -> Path:
    return Path(shutil.copytree(store, tmp_path / "other"))


class TestMerge:
    def test_says_what_came(self, call, store, other):
        (gone,) = (run for run in json.loads(call("ls", "--json").out) if run["name"] == "brisk-heron")
        shutil.rmtree(next(store.glob(f"runs/*/{gone['id']}")))
        call("tag", "calm-otter", "+elsewhere", on=other)
        assert call("merge", str(other)).out.startswith("1 run came, 1 grew: ")
        assert call("merge", str(other)).out == "nothing was missing here\n"
        assert json.loads(call("show", "brisk-heron", "--json").out)["id"] == gone["id"]
        assert json.loads(call("show", "calm-otter", "--json").out)["tags"] == ["elsewhere"]

    def test_json(self, call, other):
        said = json.loads(call("merge", str(other), "--json").out)
        lists = [
            "new",
            "grown",
            "projects",
            "conflicts",
            "busy",
            "damaged",
            "stay_gone",
            "gone_there",
            "damaged_blobs",
            "vanished_blobs",
            "damaged_runs",
            "left_out",
        ]
        assert said == {"files": 0, "blobs": 0, "bytes": 0} | {name: [] for name in lists}

    def test_a_conflict_is_told_and_both_files_are_kept(self, call, store, other):
        log = next(other.glob("runs/*/*/w/*.log"))
        damaged = bytearray(log.read_bytes())
        damaged[len(damaged) // 2] ^= 0xFF
        log.write_bytes(damaged)
        said = call("merge", str(other)).out
        assert "conflict: " in said
        (aside,) = store.glob("runs/*/*/aside/*")
        assert str(aside) in said
        (conflict,) = json.loads(call("merge", str(other), "--json").out)["conflicts"]
        assert conflict["kept"] == "own"
        assert conflict["aside"] == str(aside)

    def test_what_is_no_store_and_the_store_itself_are_one_line(self, call, store, tmp_path):
        (tmp_path / "empty").mkdir()
        assert call("merge", str(tmp_path / "empty")).err.startswith(f"trackside: no store at {tmp_path}/empty,")
        said = call("merge", str(store))
        assert (said.status, said.err) == (2, f"trackside: {store} is the store itself; name another one\n")


class TestBundle:
    def test_a_run_goes_out_and_comes_in_elsewhere(self, call, tmp_path):
        file, elsewhere = tmp_path / "heron.trackside", tmp_path / "elsewhere"
        said = call("export", "brisk-heron", "--out", str(file)).out
        assert said.startswith("1 run, ")
        assert "trackside import" in said
        assert call("store", "init", str(elsewhere), on=None).status == 0
        assert call("import", str(file), on=elsewhere).out.startswith(f"{file}: 1 run came, 0 grew: ")
        assert call("import", str(file), on=elsewhere).out == f"{file}: nothing was missing here\n"
        for arguments in (["show", "brisk-heron", "--json"], ["curve", "train/loss", "brisk-heron", "--json"]):
            assert json.loads(call(*arguments, on=elsewhere).out) == json.loads(call(*arguments).out)

    def test_json(self, call, tmp_path):
        file = tmp_path / "all.trackside"
        said = json.loads(call("export", "--filter", "project:digits", "--out", str(file), "--json").out)
        assert set(said) == {"runs", "files", "bytes", "out"}
        assert (len(said["runs"]), said["out"]) == (2, str(file))
        (document,) = json.loads(call("import", str(file), "--json").out)
        assert document["path"] == str(file)
        assert document["new"] == document["grown"] == []

    def test_the_first_import_makes_the_store(self, call, tmp_path):
        file = tmp_path / "heron.trackside"
        call("export", "brisk-heron", "--out", str(file))
        assert "1 run came" in call("import", str(file), on=None).out
        assert json.loads(call("ls", "--json", on=None).out)[0]["name"] == "brisk-heron"

    def test_what_is_no_bundle_is_one_line(self, call, tmp_path):
        (tmp_path / "events.out.tfevents").write_bytes(b"\x18\x00\x00")
        said = call("import", str(tmp_path / "events.out.tfevents"))
        assert said.status == 2
        assert "is a bundle of trackside or a run of a system that it reads" in said.err
        assert call("export", "brisk-heron", "--out", str(tmp_path / "nowhere" / "x")).err.startswith(
            "trackside: no folder "
        )


class TestExportToMlflow:
    def test_runs_become_a_folder_and_it_is_said_how_mlflow_opens_it(self, call, tmp_path):
        out = tmp_path / "mlruns"
        said = call("export", "--filter", "project:digits", "--mlflow", str(out)).out
        assert said.startswith(f"2 runs, 28 points, are in {out}; `MLFLOW_ALLOW_FILE_STORE=true mlflow server ")
        assert f"`mlflow migrate-filestore --source {out} --target sqlite:///mlflow.db`" in said
        (experiment,) = [path.parent.name for path in out.glob("*/meta.yaml")]
        assert len(list(out.glob(f"{experiment}/*/metrics/val/accuracy"))) == 2

    def test_json(self, call, tmp_path):
        said = json.loads(call("export", "brisk-heron", "--mlflow", str(tmp_path / "out"), "--json").out)
        assert set(said) == {"runs", "points", "renamed", "left_out", "out"}
        assert (len(said["runs"]), said["points"]) == (1, 20)

    def test_a_folder_that_is_there_stays_as_it_is(self, call, tmp_path):
        (tmp_path / "mine").write_text("kept")
        said = call("export", "brisk-heron", "--mlflow", str(tmp_path / "mine"))
        assert (said.status, said.err) == (
            1,
            f"trackside: {tmp_path}/mine is there already; name a folder that is not\n",
        )
        assert call("export", "brisk-heron", "--mlflow", str(tmp_path / "no" / "x")).err.startswith(
            "trackside: no folder"
        )
        assert (tmp_path / "mine").read_text() == "kept"
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".new")] == []

    def test_where_to_is_said_once(self, call, tmp_path):
        for also in (["--out", "x"], ["--csv"]):
            said = call("export", "brisk-heron", "--mlflow", str(tmp_path / "out"), *also)
            assert said.status == 2
            assert "choose one of them" in said.err
        assert "where to? --out FILE, --mlflow DIR or --tensorboard DIR" in call("export", "brisk-heron").err


class TestExportToTensorBoard:
    def test_runs_become_folders_and_it_is_said_how_tensorboard_shows_them(self, call, tmp_path):
        out = tmp_path / "events"
        said = call("export", "--filter", "project:digits", "--tensorboard", str(out)).out
        assert said == f"2 runs, 28 points as float32, are in {out}; `tensorboard --logdir {out}` shows them\n"
        assert len(list(out.glob("digits/*/events.out.tfevents.*"))) == 2

    def test_json(self, call, tmp_path):
        said = json.loads(call("export", "brisk-heron", "--tensorboard", str(tmp_path / "out"), "--json").out)
        assert set(said) == {"runs", "points", "folders", "left_out", "out"}
        assert (list(said["folders"]), said["points"]) == (said["runs"], 20)

    def test_where_to_is_said_once(self, call, tmp_path):
        for also in (["--out", "x"], ["--csv"], ["--mlflow", "x"]):
            said = call("export", "brisk-heron", "--tensorboard", str(tmp_path / "out"), *also)
            assert said.status == 2
            assert "choose one of them" in said.err


DAY = 86_400


@pytest.fixture
def unneeded(store) -> Path:
    """Content of three days ago that no run refers to."""
    blob = store / "blobs" / "ab" / f"ab{'0' * 62}"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"unneeded")
    os.utime(blob, (time.time() - 3 * DAY,) * 2)
    return blob


class TestGc:
    def test_says_what_it_did_and_what_it_would_do(self, call, unneeded):
        said = "1 blob, 8 B, would be moved to the trash: no run refers to it\n"
        assert said in call("store", "gc", "--dry-run").out
        assert unneeded.exists()
        assert said.replace("would be ", "") in call("store", "gc").out
        assert not unneeded.exists()

    def test_json(self, call, unneeded):
        said = json.loads(call("store", "gc", "--json").out)
        nothing = {"count": 0, "bytes": 0}
        parts = dict.fromkeys(("kept", "restored", "waiting", "deleted", "unfinished"), nothing)
        assert said == {
            **parts,
            "dry_run": False,
            "trashed": {"count": 1, "bytes": 8},
            "waiting": {"count": 1, "bytes": 8},
        }


class TestEmptyTrash:
    def test_what_was_just_trashed_waits(self, call):
        call("rm", "brisk-heron")
        assert call("store", "empty-trash").out == (
            "0 runs, 0 B, deleted; their artifacts go with `store gc`\n1 run in the trash for less than a week\n"
        )
        call("restore", "brisk-heron")
        assert json.loads(call("show", "brisk-heron", "--json").out)["name"] == "brisk-heron"

    def test_after_a_week_it_goes_and_no_merge_brings_it_back(self, call, store, other, monkeypatch):
        real = time.time
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: real() - 8 * DAY)
            call("rm", "brisk-heron")
        (previewed,) = json.loads(call("store", "empty-trash", "--dry-run", "--json").out)["deleted"]
        said = json.loads(call("store", "empty-trash", "--json").out)
        assert said == {"dry_run": False, "deleted": [previewed], "waiting": [], "running": []}
        assert (previewed["name"], previewed["bytes"] > 1000) == ("brisk-heron", True)
        assert "1 run stayed away" in call("merge", str(other)).out
        assert {run["name"] for run in json.loads(call("ls", "--json").out)} == {"calm-otter", "odd-\x1b[31mlynx"}


class TestDoctor:
    @pytest.fixture
    def damaged(self, store) -> Path:
        """A log of which a byte in the middle is another one."""
        log = max(store.glob("runs/*/*/w/*.log"), key=lambda path: path.stat().st_size)
        content = bytearray(log.read_bytes())
        content[len(content) // 2] ^= 0xFF
        log.write_bytes(content)
        return log

    def test_a_clean_store(self, call):
        said = call("doctor")
        assert (said.status, said.out) == (0, "3 runs and 0 blobs verified: nothing is damaged\n")
        assert json.loads(call("doctor", "--json").out) == {"runs": 3, "blobs": 0, "damaged": 0, "findings": []}

    def test_damage_is_a_line_and_status_1_until_it_is_repaired(self, call, store, damaged):
        said = call("doctor")
        first, last = said.out.splitlines()
        assert said.status == 1
        assert first.startswith(f"{damaged.relative_to(store)}: ")
        assert "bytes cannot be read, at" in first
        assert first.endswith("what stands before and after can be saved (--repair does it)")
        assert last == "3 runs and 0 blobs verified: 1 damaged"
        repaired = call("doctor", "--repair")
        assert repaired.status == 1
        assert "; saved " in repaired.out
        assert call("doctor").status == 0
        assert [run["status"] for run in json.loads(call("ls", "--json").out)].count("finished") == 2

    def test_json(self, call, damaged):
        (found,) = json.loads(call("doctor", "--json").out)["findings"]
        assert set(found) == {"file", "run", "kind", "problem", "advice", "repairable", "repaired"}
        assert (found["file"], found["run"]) == (str(damaged), damaged.parent.parent.name)
        assert (found["kind"], found["repairable"], found["repaired"]) == ("damage", True, None)
        (repaired,) = json.loads(call("doctor", "--repair", "--json").out)["findings"]
        assert repaired["repaired"].startswith("saved ")
