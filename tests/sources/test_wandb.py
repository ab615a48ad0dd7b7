"""Weights & Biases: what clients of five versions wrote, and what the public left lying about."""

import json
import os
import shutil
from pathlib import Path

import pytest
from gathered import Gathered, differences, find, gather

from trackside.model.foreign import Facts
from trackside.sources.wandb import Wandb

OWN = Path(__file__).parent / "samples" / "wandb"
NEWEST = OWN / "0.31.0"
VERSIONS = sorted(folder.name for folder in OWN.iterdir())


def test_all_values_are_those_that_the_samples_say_were_logged(samples):
    expected = json.loads((samples / "vendor" / "expected.json").read_text())
    runs = {run.facts.name: run for run in gather(Wandb(), samples / "vendor" / "wandb").values()}
    assert runs.keys() == expected.keys()
    for name, run in runs.items():
        said = expected[name]
        if said["complete"]:
            said["metrics"]["best"] = {"count": 1, "last": 0.5, "last_step": 119}
            assert metrics(said["metrics"], run) == []
        assert run.facts.params == flat(said["params"])
        assert (run.facts.tags, run.facts.notes, run.facts.group or "") == (said["tags"], said["notes"], said["group"])
        assert run.facts.status == ("finished" if said["complete"] else "crashed")
        assert not run.facts.running


def test_a_sample_that_was_cut_off_has_the_rows_that_its_client_had_written(samples):
    (run,) = (run for run in gather(Wandb(), samples / "vendor" / "wandb").values() if run.facts.name == "sample-2")
    assert run.statistics()["train/loss"]["count"] == 59
    assert run.statistics()["val/accuracy"]["count"] == 6


def test_public_runs_are_as_their_own_reader_has_them(samples):
    folder = samples / "public" / "wandb"
    expected = json.loads((folder / "expected.json").read_text())
    runs = {f"{name}/run-{name[-8:]}.wandb": run for name, run in gather(Wandb(), folder).items()}
    assert runs.keys() == expected.keys()
    for name, run in runs.items():
        said, facts = expected[name], run.facts
        assert metrics(said["metrics"] | only_summarized(folder / name, said), run) == [], name
        assert facts.params == flat(said["config"])
        assert facts.exit_code == said["exit_code"]
        assert (facts.project, facts.created) == (said["project"], said["start"])
        assert facts.host == said["host"]
        assert facts.name == (said["name"] or said["run_id"])
        assert (facts.notes, facts.tags, facts.group or "") == (said["notes"], said["tags"], said["group"])
        assert facts.status == {None: "crashed", 0: "finished", 1: "failed", 255: "killed"}[said["exit_code"]]


def only_summarized(log: Path, said: dict) -> dict:
    """What a run that ended said in its summary alone, which its reader's list of metrics does not have."""
    if said["exit_code"] is None:
        return {}
    last = max((metric["last_step"] for metric in said["metrics"].values()), default=0)
    summary = json.loads((log.parent / "files" / "wandb-summary.json").read_text())
    alone = {key: value for key, value in summary.items() if key not in said["metrics"] and not key.startswith("_")}
    return {key: {"count": 1, "last": float(value), "last_step": last} for key, value in alone.items()}


def test_a_file_that_ends_in_a_whole_first_part_waits_for_the_rest(samples):
    runs = gather(Wandb(), samples / "public" / "wandb")
    (run,) = (run for name, run in runs.items() if name.endswith("r8mtbfdx"))
    assert run.remarks == [
        "run-20230329_015319-r8mtbfdx/run-r8mtbfdx.wandb: ends within a record; the last 180 bytes are not read"
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_logged_is_read_whatever_the_version_of_the_client(tmp_path, version):
    run = sample(tmp_path, "whole", version)
    said, facts = logged("whole", version), run.facts
    assert metrics(said["metrics"], run) == []
    assert facts.params == said["params"]
    assert (facts.name, facts.project, facts.group, facts.status) == ("run whole", "samples", "trials", "finished")
    assert (facts.tags, facts.notes, facts.seed) == (["small", "größer ↑"], "why: größer ↑", 7)
    assert facts.metrics == {"train/loss": {"goal": "min"}, "val/accuracy": {"goal": "max"}}
    assert facts.command[-2] == "whole"
    assert facts.code.commit
    assert facts.code.remote == "https://example.org/train.git"
    assert facts.environment.python == "3.11.7"
    assert facts.data["digits"].uri == "wandb-artifact:digits"
    assert facts.created < facts.ended
    assert run.texts["nested.word"] == [(step, "hi") for step in (0, 10, 20, 30)]
    assert run.texts["verdict"] == [(39, "good")]
    ((step, weights),) = run.histograms["weights"]
    assert (step, weights.edges, weights.counts) == (20, (1.0, 1.5, 2.0, 2.5, 3.0), (1, 0, 1, 1))
    assert run.remarks == ["artifact net (model, 70 bytes) lies outside of the run's folder; it is not read"]


@pytest.mark.parametrize("version", VERSIONS)
def test_files_that_were_logged_are_artifacts_at_their_step(tmp_path, version):
    run = sample(tmp_path, "whole", version)
    files = {file.name.split("/")[1]: file for file in run.files}
    assert (files["table"].kind, files["table"].step) == ("table", 20)
    assert (files["html"].kind, files["html"].step) == ("html", 20)
    (page,) = files["html"].files.values()
    assert b"<b>bold</b>" in page.path.read_bytes()
    assert page.size == page.path.stat().st_size
    assert (files["train.py"].kind, files["train.py"].step) == ("code", None)


@pytest.mark.parametrize("version", sorted(set(VERSIONS) - {"0.12.21"}))
def test_what_was_printed_comes_as_it_went_over_the_terminal(tmp_path, version):
    assert sample(tmp_path, "whole", version).printed == b"10%\r50%\rdone\n"


def test_a_work_tree_that_differed_is_told_by_its_patch(tmp_path):
    facts = sample(tmp_path, "whole").facts
    assert facts.code.dirty
    assert "+# changed" in facts.patch
    assert facts.environment.packages == len(facts.lock.splitlines())


def test_an_exception_leaves_a_failed_run_with_its_traceback(tmp_path):
    run = sample(tmp_path, "raising")
    assert (run.facts.status, run.facts.exit_code) == ("failed", 1)
    assert run.facts.traceback.startswith("Traceback")
    assert run.facts.traceback.endswith("ValueError: boom")


def test_a_run_that_was_interrupted_was_killed(tmp_path):
    facts = sample(tmp_path, "interrupted").facts
    assert (facts.status, facts.exit_code, facts.traceback) == ("killed", 255, None)


def test_a_run_that_was_cut_off_has_crashed_once_its_file_is_silent(tmp_path):
    run = sample(tmp_path, "dying")
    assert (run.facts.status, run.facts.running) == ("crashed", False)
    assert metrics(logged("dying")["metrics"], run) == []


def test_a_run_whose_log_is_read_at_once_is_not_said_to_go_on_before_it_is_said_to_have_ended(tmp_path):
    (found,) = find(Wandb(), old(NEWEST / "whole", tmp_path))
    assert [item.running for item in Wandb().follow(found, None) if isinstance(item, Facts)] == [False]


def test_a_run_whose_file_just_grew_goes_on(tmp_path, monkeypatch):
    folder = old(NEWEST / "dying", tmp_path)
    (log,) = folder.rglob("*.wandb")
    last = max(curve.time.max() for curve in only(gather(Wandb(), folder)).curves.values())
    monkeypatch.setattr("time.time", lambda: last + 30)
    os.utime(log, (last + 15, last + 15))
    assert only(gather(Wandb(), folder)).facts.running


def test_a_run_of_long_ago_that_was_copied_now_does_not_run(tmp_path):
    folder = old(NEWEST / "dying", tmp_path)
    (log,) = folder.rglob("*.wandb")
    log.touch()
    assert not only(gather(Wandb(), folder)).facts.running


def test_a_run_that_was_resumed_is_one_with_the_points_of_both_folders(tmp_path):
    run = sample(tmp_path, "resumed")
    assert len(run.found.paths) == 2
    assert metrics(logged("resumed")["metrics"], run) == []
    assert [mark.kind for mark in run.marks] == ["resume"]
    assert "points of both are kept" in run.remarks[0]
    assert run.printed == b"10%\r50%\rdone\n" * 2


@pytest.mark.parametrize("how", ["link", "copy"])
def test_the_latest_run_is_no_second_one(tmp_path, how):
    folder = old(NEWEST / "whole", tmp_path)
    (inner,) = (folder / "wandb").iterdir()
    if how == "link":
        (folder / "wandb" / "latest-run").symlink_to(inner.name)
    else:
        shutil.copytree(inner, folder / "wandb" / "latest-run")
    assert [run.address for run in find(Wandb(), folder)] == [str(inner)]


def test_a_latest_run_that_was_copied_alone_is_the_run(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    (inner,) = (folder / "wandb").iterdir()
    inner.rename(folder / "latest-run")
    assert only(gather(Wandb(), folder)).facts.name == "run whole"


def test_a_copy_elsewhere_is_no_second_run(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    shutil.copytree(folder / "wandb", folder / "backup" / "wandb")
    assert len(find(Wandb(), folder)) == 1


def test_reading_goes_on_where_it_stopped_wherever_the_file_was_cut(tmp_path, monkeypatch):
    folder = old(NEWEST / "whole", tmp_path)
    (log,) = folder.rglob("*.wandb")
    logged_at = only(gather(Wandb(), folder)).facts.created
    monkeypatch.setattr("time.time", lambda: logged_at)
    whole = log.read_bytes()
    log.write_bytes(whole[:2_000])
    (found,) = find(Wandb(), folder)
    run = Gathered(found)
    for size in [*range(2_000, len(whole), 611), len(whole)]:
        log.write_bytes(whole[:size])
        os.utime(log, (logged_at, logged_at))
        stamp = Wandb().stamp(found)
        run.take(Wandb().follow(found, run.cursor))
        assert stamp == Wandb().stamp(found)
    os.utime(log, (0, 0))
    run.take(Wandb().follow(found, run.cursor))
    assert metrics(logged("whole")["metrics"], run) == []
    assert run.printed == b"10%\r50%\rdone\n"
    assert run.facts.status == "finished"
    assert len(run.files) == 3


def test_a_file_that_was_written_anew_takes_the_place_of_what_was_read(tmp_path):
    folder = old(NEWEST / "raising", tmp_path)
    (log,) = folder.rglob("*.wandb")
    (found,) = find(Wandb(), folder)
    run = Gathered(found).take(Wandb().follow(found, None))
    (other,) = (NEWEST / "interrupted").rglob("*.wandb")
    log.write_bytes(other.read_bytes())
    run.take(Wandb().follow(found, run.cursor))
    assert run.statistics()["lr"]["count"] == 4
    assert run.gone == 8 + sum(len(curve.step) // 2 for name, curve in run.curves.items() if "system/" in name)


def test_reading_leaves_everything_as_it_was(tmp_path):
    folder = old(NEWEST / "whole", tmp_path)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}
    gather(Wandb(), folder)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")} == before


def sample(tmp_path: Path, how: str, version: str = "0.31.0") -> Gathered:
    return only(gather(Wandb(), old(OWN / version / how, tmp_path)))


def old(folder: Path, target: Path) -> Path:
    """A copy of files that did not grow lately."""
    copy = target / folder.name
    shutil.copytree(folder, copy)
    for path in copy.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return copy


def only(runs: dict[str, Gathered]) -> Gathered:
    (run,) = runs.values()
    return run


def logged(how: str, version: str = "0.31.0") -> dict:
    return json.loads((OWN / version / "expected.json").read_text())[how]


def metrics(expected: dict, run: Gathered) -> list[str]:
    """How the metrics that were trained differ."""
    return differences(expected, {k: v for k, v in run.statistics().items() if not k.startswith("system/")})


def flat(values: dict, path: str = "") -> dict:
    found = {}
    for key, value in values.items():
        found |= flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found
