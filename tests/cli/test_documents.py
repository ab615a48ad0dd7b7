"""The JSON shapes that scripts rely on, key by key."""

import json

from trackside.services.documents import to_json

RUN_KEYS = [
    "id", "name", "project", "group", "status", "health", "tags", "notes", "user", "host", "created", "ended",
    "duration_s", "source", "source_id", "archived", "exit_code", "command", "seed", "params", "metrics", "primary",
    "progress", "job", "data", "code", "environment",
]  # fmt: skip
METRIC_KEYS = [
    "last", "last_step", "min", "min_step", "max", "max_step", "mean", "count", "nonfinite", "goal", "best",
    "best_step", "at_best",
]  # fmt: skip
PROGRESS_KEYS = ["step", "total_steps", "steps_per_s", "eta_s", "last_point"]
CODE_KEYS = [
    *("commit", "branch", "dirty", "remote", "root", "patch_bytes", "patch_file"),
    *("imported", "imported_hash", "imported_file"),
]
ENVIRONMENT_KEYS = ["python", "packages", "lock", "gpu", "cpu"]


def test_ls_prints_a_list_of_runs_newest_first_in_the_documented_shape(call):
    said = call("ls", "--json")
    runs = json.loads(said.out)
    assert said.status == 0
    assert said.err == ""
    assert [run["name"] for run in runs] == ["odd-\x1b[31mlynx", "calm-otter", "brisk-heron"]
    for run in runs:
        assert list(run) == RUN_KEYS
        assert list(run["progress"]) == PROGRESS_KEYS
        assert list(run["code"]) == CODE_KEYS
        assert set(ENVIRONMENT_KEYS) <= set(run["environment"])
        assert "slurm_job_id" in run["job"]
        for metric in run["metrics"].values():
            assert list(metric) == METRIC_KEYS


def test_show_prints_what_was_recorded(call):
    run = json.loads(call("show", "brisk-heron", "--json").out)
    assert list(run)[: len(RUN_KEYS)] == RUN_KEYS
    assert run["project"] == "digits"
    assert run["group"] == "lr-sweep"
    assert run["status"] == "finished"
    assert sorted(run["tags"]) == ["baseline", "first"]
    assert run["notes"] == "does dropout help?"
    assert run["params"] == {"lr": 0.001, "model.depth": 4}
    assert run["seed"] == 7
    assert run["primary"] == "val/accuracy"
    assert run["progress"]["step"] == 9
    assert run["progress"]["total_steps"] == 10
    assert run["created"].endswith("Z")
    assert run["ended"].endswith("Z")
    accuracy = run["metrics"]["val/accuracy"]
    assert accuracy["best"] == accuracy["max"] == 0.75
    assert accuracy["best_step"] == 5
    assert accuracy["count"] == 10
    assert run["metrics"]["train/loss"]["at_best"] == 1 / 6
    assert [(mark["kind"], mark["step"], mark["text"]) for mark in run["marks"]] == [("note", 4, "lr dropped by hand")]


def test_a_value_that_is_not_finite_is_a_word(call):
    run = json.loads(call("show", "calm-otter", "--json").out)
    assert run["metrics"]["train/loss"]["last"] == "NaN"
    assert run["metrics"]["train/loss"]["nonfinite"] == 1
    assert "nonfinite:train/loss" in run["health"]
    assert to_json([float("inf"), float("-inf"), 2**70], indent=0) == b'["Infinity","-Infinity",1180591620717411303424]'


def test_a_failed_run_says_why(call):
    run = json.loads(call("show", "@last", "--json").out)
    assert run["status"] == "failed"
    assert run["traceback"].rstrip().endswith("RuntimeError: out of memory")


def test_a_curve_is_one_document_and_several_are_a_list(call):
    one = json.loads(call("curve", "train/loss", "brisk-heron", "--json").out)
    assert list(one) == ["run", "metric", "step", "time", "value"]
    assert one["metric"] == "train/loss"
    assert one["step"] == list(range(10))
    assert one["value"] == [1 / (step + 1) for step in range(10)]
    assert one["time"] == sorted(one["time"])
    several = json.loads(call("curve", "train/loss", "brisk-heron", "calm-otter", "--json").out)
    assert [curve["value"][-1] for curve in several] == [0.1, "NaN"]


def test_baselines_are_a_document_by_project(call):
    call("baseline", "brisk-heron")
    baselines = json.loads(call("baseline", "--json").out)
    run = json.loads(call("show", "@baseline", "--json").out) if baselines["words"] else None
    assert run is None
    assert baselines["digits"] == json.loads(call("show", "brisk-heron", "--json").out)["id"]


def test_choosing_or_clearing_a_baseline_prints_the_same_document(call):
    chosen = call("baseline", "brisk-heron", "--json").out
    assert json.loads(chosen) == {"digits": json.loads(call("show", "brisk-heron", "--json").out)["id"]}
    assert json.loads(call("baseline", "brisk-heron", "--clear", "--json").out) == {"digits": None}
    assert json.loads(call("baseline", "--clear", "--project", "digits", "--json").out) == {"digits": None}
