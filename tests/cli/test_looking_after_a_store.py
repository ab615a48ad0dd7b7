"""`trackside merge`, and what it says."""

import json
import shutil
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
            "stay_gone",
            "gone_there",
            "damaged_blobs",
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
        assert call("merge", str(tmp_path / "empty")).err.startswith(f"trackside: {tmp_path}/empty is not a trackside")
        said = call("merge", str(store))
        assert (said.status, said.err) == (2, f"trackside: {store} is the store itself; name another one\n")
