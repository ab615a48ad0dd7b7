"""The line that a run prints when it ends."""

import threading
import time

import pytest

import trackside
from trackside.model.ids import new_id

pytestmark = pytest.mark.usefixtures("all_captured")


def test_the_last_line_says_status_primary_metric_and_what_to_type(store, capsys):
    with trackside.init(project="ends", name="calm-heron-1", store=store) as run:
        run.define_metric("acc", primary=True)
        run.log({"acc": 0.5, "loss": 3.0})
        run.log({"acc": 0.75})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trackside: calm-heron-1 finished after ")
    assert line.endswith(f", acc 0.75 · trackside --store {store} show {run.id}")


def test_the_last_line_names_no_store_where_the_usual_one_is_meant(store, capsys, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_STORE", str(store))
    with trackside.init(project="ends") as run:
        pass
    assert capsys.readouterr().err.endswith(f" · trackside show {run.id}\n")


def test_a_quiet_run_says_nothing(store, capsys):
    with trackside.init(project="ends", store=store, quiet=True) as run:
        run.log({"acc": 0.5})
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


class TestWhatChangedSinceLastTime:
    SCRIPT = """
import os, sys, trackside
with trackside.init(project="ends", name=os.environ["NAME"], seed=int(os.environ["SEED"]), store=sys.argv[1],
                    params={"lr": float(os.environ["LR"]), "depth": 3}) as run:
    pass
"""

    @pytest.fixture
    def said(self, script):
        def run(name: str, lr: float, seed: int, code: str = self.SCRIPT) -> str:
            done = script(code, NAME=name, LR=str(lr), SEED=str(seed))
            return done.stderr.partition(" · ")[0].partition(" s")[2]

        return run

    def test_the_line_says_what_differs_from_the_run_of_the_same_command_before(self, said):
        assert said("calm-otter", 0.1, 1) == ""
        assert said("brisk-heron", 0.002, 2) == "; since calm-otter: lr 0.1 → 0.002, seed 1 → 2"
        assert said("warm-gull", 0.002, 2) == "; params and code as in brisk-heron"

    def test_on_a_network_file_system_too(self, store, capsys, monkeypatch):
        monkeypatch.setattr("trackside.record.becoming.on_network", lambda path: True)
        for name, lr in (("calm-otter", 1), ("brisk-heron", 2)):
            trackside.init(project="ends", name=name, params={"lr": lr}, store=store).finish()
        assert "; since calm-otter: lr 1 → 2" in capsys.readouterr().err

    def test_a_store_that_does_not_answer_is_not_waited_for(self, store, capsys, monkeypatch):
        trackside.init(project="ends", name="calm-otter", store=store, quiet=True).finish()
        monkeypatch.setattr("trackside.record.becoming.on_network", lambda path: True)
        answers = threading.Event()
        monkeypatch.setattr("trackside.record.earlier.manifest_of", lambda run: answers.wait())
        trackside.init(project="ends", name="brisk-heron", store=store).finish()
        answers.set()
        assert "since" not in capsys.readouterr().err

    def test_a_run_of_another_command_is_no_measure(self, said):
        assert said("calm-otter", 0.1, 1) == ""
        assert said("brisk-heron", 0.002, 2, self.SCRIPT + "\n") == ""

    def test_a_name_of_the_store_does_nothing_to_the_terminal(self, said):
        said("odd-\x1b[31mlynx", 0.1, 1)
        assert said("brisk-heron", 0.002, 1) == "; since odd-␛[31mlynx: lr 0.1 → 0.002"

    @pytest.mark.parametrize(
        "manifest", ['{"format": "x"}', "[]", "null", '{"name": 7}', "{", '{"format": 99}', "\xff"]
    )
    @pytest.mark.parametrize("network", [False, True])
    def test_a_run_of_somebody_else_that_cannot_be_read_is_left_out(
        self, store, capsys, monkeypatch, manifest, network
    ):
        monkeypatch.setattr("trackside.record.becoming.on_network", lambda path: network)
        first = trackside.init(project="ends", name="calm-otter", params={"lr": 1}, store=store)
        first.finish()
        folder = first.folder.root.parent / new_id(time.time())
        folder.mkdir()
        (folder / "run.json").write_text(manifest, encoding="latin-1")
        trackside.init(project="ends", params={"lr": 2}, store=store).finish()
        assert "; since calm-otter: lr 1 → 2 · " in capsys.readouterr().err
