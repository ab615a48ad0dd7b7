"""What is written down beside the metrics: code and data."""

import os
import subprocess
import threading

import pytest

import trackside
from trackside.record import run as run_module
from trackside.record.capture import code, data

pytestmark = pytest.mark.usefixtures("all_captured")


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, cwd=folder, env=clean, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    (folder / "train.py").write_text("print(1)\n")
    git("add", "train.py")
    git("commit", "-q", "-m", "first")
    git("remote", "add", "origin", "https://ana:secret@example.org/ana/digits.git")
    return folder, git


def test_git_says_commit_branch_dirt_and_remote_without_the_password(repository, monkeypatch):
    folder, git = repository
    monkeypatch.setattr("trackside.record.capture.git._folders", lambda: [folder])
    clean = {
        "root": str(folder),
        "commit": git("rev-parse", "HEAD"),
        "branch": "main",
        "dirty": False,
        "remote": "https://example.org/ana/digits.git",
    }
    assert code.capture() == clean
    (folder / "train.py").write_text("print(2)\n")
    assert code.capture() == {**clean, "dirty": True}
    git("checkout", "-q", "--detach", "-f")
    assert code.capture() == {**clean, "branch": None}


def test_outside_a_work_tree_nothing_is_said_of_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr("trackside.record.capture.git._folders", lambda: [tmp_path])
    assert code.capture() == {}
    monkeypatch.setenv("PATH", "")
    assert code.capture() == {}


def test_the_code_of_the_script_is_captured_and_not_that_of_the_working_directory(
    repository, store, recordings, tmp_path
):
    import sys

    folder, git = repository
    script = "import sys, trackside\ntrackside.init(project='p', store=sys.argv[1], quiet=True).finish()\n"
    (folder / "train.py").write_text(script)
    subprocess.run([sys.executable, str(folder / "train.py"), str(store)], cwd=tmp_path, check=True)
    (found,) = recordings()
    assert found.state["code"]["commit"] == git("rev-parse", "HEAD")
    assert found.state["code"]["dirty"] is True
    assert found.manifest["command"][1:] == [str(folder / "train.py"), str(store)]


def test_the_end_of_a_run_does_not_wait_for_ever_for_data(store, recorded, tmp_path, monkeypatch, capsys):
    reading, stopped = threading.Event(), threading.Event()

    def endless(place, stop):
        yield data.Fingerprint("stat:0", 1, 1)
        reading.set()
        assert stop.wait(30)
        stopped.set()

    monkeypatch.setattr(data, "fingerprints", endless)
    monkeypatch.setattr(run_module, "_CAPTURE_PATIENCE", 0.01)
    run = trackside.init(project="tests", store=store, quiet=True, data={"train": tmp_path / "huge"})
    assert reading.wait(30)
    run.finish()
    assert stopped.wait(30)
    assert recorded().status["status"] == "finished"
    assert recorded().state["data"] == {
        "train": {"uri": str(tmp_path / "huge"), "fingerprint": "stat:0", "files": 1, "bytes": 1}
    }


def test_a_capture_that_fails_is_told_and_the_others_are_made(store, recorded, monkeypatch, capsys):
    def fail():
        raise RuntimeError("no git today")

    monkeypatch.setattr(code, "capture", fail)
    trackside.init(project="tests", store=store, quiet=True).finish()
    found = recorded().state
    assert "commit" not in found["code"]
    assert found["environment"]["packages"] > 0
    assert capsys.readouterr().err.count("no git today") == 1
