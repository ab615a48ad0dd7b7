"""`baseline`, `goal` and `project`: what is decided, by whom, and what is said of a baseline that no longer stands."""

import getpass
import json
import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from trackside.services.project import decisions
from trackside.store.store import Store


def one_line(said):
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("trackside: ")
    assert said.err.count("\n") == 1
    return said.err


@pytest.fixture
def project(call):
    """What a project decided, as `trackside project` prints it."""
    return lambda name="digits": json.loads(call("project", name, "--json").out)[name]


@pytest.fixture
def id_of(call):
    return lambda run: json.loads(call("show", run, "--json").out)["id"]


@pytest.fixture
def decide(store):
    """Write what a project decided as anybody's program might."""

    def decided(fields):
        opened = Store.open(store)
        opened.refresh()
        opened.editor().set_project("digits", fields)
        opened.close()

    return decided


def test_a_project_plans_seeds_and_pairs_by_them_until_it_is_taken_back(call, project):
    said = call("baseline", "brisk-heron", "--seeds", "5", "--pair", "seed")
    assert said.out.splitlines() == [
        "brisk-heron is the baseline of digits",
        "digits plans 5 seeds",
        "digits is paired by seed: a seed fixes the same split on both sides",
    ]
    assert (project()["seeds"], project()["pair"]) == (5, "seed")
    assert (project("words")["seeds"], project("words")["pair"]) == (None, None)
    call("baseline", "--seeds", "none", "--project", "digits")
    assert (project()["seeds"], project()["pair"]) == (None, "seed")
    changed = json.loads(call("baseline", "--pair", "none", "--project", "digits", "--json").out)
    assert changed == {"digits": project()}
    assert project()["pair"] is None


def test_a_mistaken_number_of_seeds_leaves_the_baseline_as_it_was(call, project):
    for seeds in ("0", "-1", "many", "10001", "9" * 5000):
        assert "neither a number from 1 to 10,000 nor none" in one_line(
            call("baseline", "brisk-heron", "--seeds", seeds)
        )
    assert project()["baseline"] is None


def test_a_goal_a_margin_and_the_primary_metric_are_set_and_taken_back(call, project, id_of):
    said = call("goal", "train/loss", "max", "--primary", "--margin", " 0.5%", "--project", "digits")
    assert said.out.splitlines() == [
        "the goal of train/loss is max in digits",
        "train/loss is the primary metric of digits",
        "a difference of 0.5% in train/loss does not matter in digits",
    ]
    assert said.err == "train/loss is measured in training: it gets no verdict\n"
    assert project()["goals"] == {"train/loss": "max"}
    assert project()["margins"] == {"train/loss": "0.5%"}
    assert project()["primary"] == "train/loss"
    run = json.loads(call("show", "brisk-heron", "--json").out)
    assert run["primary"] == "train/loss"
    assert run["metrics"]["train/loss"]["goal"] == "max"
    assert call("goal").out.splitlines()[1].split() == ["digits", "train/loss", "max", "(person)", "person", "0.5%"]

    said = call("goal", "train/loss", "none", "--no-primary", "--margin", "none", "--project", "digits")
    assert len(said.out.splitlines()) == 3
    assert (project()["goals"], project()["margins"], project()["primary"]) == ({}, {}, None)
    run = json.loads(call("show", "brisk-heron", "--json").out)
    assert run["primary"] == "val/accuracy"
    assert run["metrics"]["train/loss"]["goal"] == "min"


def test_params_and_files_are_added_and_taken_out_one_by_one(call, project):
    call("project", "digits", "--ignore", "num_workers", "--ignore", "log_*", "--evaluation", "eval/*.py")
    said = call("project", "digits", "--ignore", "device", "--heed", "log_*", "--evaluation", "metrics.py")
    assert said.out.splitlines() == [
        "digits ignores device",
        "digits heeds log_* again",
        "digits counts metrics.py as its evaluation",
    ]
    assert project()["ignored"] == ["device", "num_workers"]
    assert project()["evaluation"] == ["eval/*.py", "metrics.py"]
    call("project", "digits", "--no-evaluation", "eval/*.py")
    assert project()["evaluation"] == ["metrics.py"]
    assert project("words")["ignored"] == []


def test_files_of_an_evaluation_that_are_not_in_the_repository_are_told(call):
    assert call("project", "digits", "--evaluation", "eval.py").err == ""
    subprocess.run(["git", "init", "--quiet"], check=True)
    Path("eval.py").write_text("score = 1")
    said = call("project", "digits", "--evaluation", "eval.py", "--evaluation", "src/metrics.py")
    assert said.err == (
        "no file of this folder's repository matches src/metrics.py: name files by their path from its top\n"
    )
    assert call("project", "digits", "--no-evaluation", "src/metrics.py").err == ""


def test_a_param_to_ignore_that_no_run_has_is_told_with_the_one_that_may_be_meant(call):
    said = call("project", "digits", "--ignore", "model.depht", "--ignore", "l*", "--ignore", "workers")
    assert said.status == 0
    assert said.err.splitlines() == [
        "no run of digits has a param model.depht so far, did you mean model.depth?",
        "no run of digits has a param workers so far",
    ]
    assert call("project", "digits", "--heed", "workers").err == ""


def test_how_many_seeds_are_planned_and_how_runs_are_paired_stands_beside_the_baseline(call):
    call("baseline", "brisk-heron", "--seeds", "5", "--pair", "seed")
    title, digits, words = call("baseline").out.splitlines()
    assert title.split() == ["project", "baseline", "name", "seeds", "planned", "paired", "by"]
    assert digits.split()[2:] == ["brisk-heron", "5", "seed"]
    assert words.split() == ["words", "-"]


def test_all_that_a_project_decided_is_printed(call, id_of):
    call("baseline", "brisk-heron", "--seeds", "5", "--pair", "seed")
    call("goal", "val/accuracy", "max", "--primary", "--margin", "0.002", "--project", "digits")
    call("project", "digits", "--ignore", "num_workers", "--evaluation", "eval.py")
    lines = call("project").out.splitlines()
    assert [line.split(maxsplit=1) for line in lines[: lines.index("")]] == [
        ["digits"],
        ["baseline", f"brisk-heron ({id_of('brisk-heron')})"],
        ["primary", "val/accuracy (person)"],
        ["goal", "val/accuracy max (person)"],
        ["margin", "val/accuracy 0.002"],
        ["seeds", "5"],
        ["pair", "seed"],
        ["ignored", "num_workers"],
        ["evaluation", "eval.py"],
    ]
    assert lines[-2:] == ["words", "nothing decided"]


def test_goals_that_scripts_declared_are_printed_with_those_of_names(call, project):
    title, *rows = [line.split() for line in call("goal", "--project", "digits").out.splitlines()]
    assert title == ["project", "metric", "goal", "primary", "margin", "eval", "data"]
    assert rows == [
        ["digits", "val/accuracy", "max", "(script)", "script"],
        ["digits", "train/loss", "min", "(name)"],
    ]
    assert [line.split(maxsplit=1) for line in call("project", "digits").out.splitlines()] == [
        ["digits"],
        ["primary", "val/accuracy (script)"],
        ["goal", "val/accuracy max (script)"],
    ]
    assert project()["metrics"][0] == {
        "metric": "val/accuracy",
        "goal": "max",
        "goal_from": "script",
        "other_goals": [],
        "primary_from": "script",
        "margin": None,
        "eval_data": None,
    }


class TestTakingAnAcknowledgementBack:
    PRINTS = ("blake3:aaaa1111", "blake3:bbbb2222")

    @pytest.fixture(autouse=True)
    def accepted(self, store):
        """Two pairs of data, and files of the evaluation."""
        with closing(Store.open(store)) as opened:
            opened.refresh()
            decisions.acknowledge(opened, "digits", "eval_data", *self.PRINTS, "sorted")
            decisions.acknowledge(opened, "digits", "eval_data", self.PRINTS[0], "stat:cccc3333", "copied")
            decisions.acknowledge(opened, "digits", "evaluation_code", "1234", "5678", "a comment")

    def acknowledged(self, project) -> list[str]:
        return [one["candidate"] for one in project()["acknowledged"]]

    def test_all_of_a_code(self, call, project):
        said = call("project", "digits", "--withdraw", "eval_data")
        assert said.out.splitlines() == [
            "digits minds blake3:bbbb2222 beside blake3:aaaa1111 again (eval_data)",
            "digits minds stat:cccc3333 beside blake3:aaaa1111 again (eval_data)",
        ]
        assert self.acknowledged(project) == ["5678"]

    @pytest.mark.parametrize("value", ["stat:cccc3333", "stat:cccc", "stat:cc…"])
    def test_those_on_a_value_by_its_beginning(self, call, project, value):
        call("project", "digits", "--withdraw", value)
        assert self.acknowledged(project) == ["blake3:bbbb2222", "5678"]

    def test_who_did_it_and_when_is_kept(self, call, project):
        call("project", "digits", "--withdraw", "evaluation_code")
        (one,) = project()["withdrawn"]
        assert (one["code"], one["baseline"], one["candidate"]) == ("evaluation_code", "1234", "5678")
        assert one["user"] == getpass.getuser()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["time"])
        assert f"withdrawn     evaluation_code: 5678 beside 1234, {getpass.getuser()} " in call("project", "digits").out

    def test_what_is_accepted_again_is_withdrawn_no_more(self, call, project, store):
        call("project", "digits", "--withdraw", "evaluation_code")
        with closing(Store.open(store)) as opened:
            decisions.acknowledge(opened, "digits", "evaluation_code", "1234", "5678", "after all")
        assert (self.acknowledged(project)[-1], project()["withdrawn"]) == ("5678", [])

    @pytest.mark.parametrize("what", ["eval", "blake3:ffff", "", "bbb", "device"])
    def test_what_nobody_accepted_is_a_mistake_told_in_a_line(self, call, project, what):
        line = one_line(call("project", "digits", "--ignore", "device", "--withdraw", what))
        assert f"--withdraw {what}: digits acknowledged nothing of that code or value" in line
        assert (len(self.acknowledged(project)), project()["ignored"]) == (3, [])


def test_who_chose_which_baseline_and_when_is_kept(call, id_of):
    first, second = id_of("brisk-heron"), id_of("calm-otter")
    for choice in (["brisk-heron"], ["brisk-heron"], ["calm-otter"], ["--clear", "--project", "digits"]):
        call("baseline", *choice)
    history = json.loads(call("baseline", "--history", "--json").out)
    assert history["words"] == []
    assert [(one["baseline"], one["name"]) for one in history["digits"]] == [
        (None, None),
        (second, "calm-otter"),
        (first, "brisk-heron"),
    ]
    assert {(one["user"], one["host"]) for one in history["digits"]} == {(getpass.getuser(), os.uname().nodename)}
    times = [one["time"] for one in history["digits"]]
    assert times == sorted(times, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one) for one in times)

    title, cleared, *chosen = call("baseline", "--history", "--project", "digits").out.splitlines()
    assert title.split() == ["when", "project", "baseline", "name", "by"]
    assert cleared.split()[2:] == ["digits", "-", f"{getpass.getuser()}@{os.uname().nodename}"]
    assert [line.split()[4] for line in chosen] == ["calm-otter", "brisk-heron"]


def test_a_baseline_that_was_trashed_is_told_with_the_way_back(call, id_of):
    run = id_of("brisk-heron")
    call("baseline", "brisk-heron")
    call("rm", "brisk-heron")
    assert f"brisk-heron, is in the trash: `trackside restore {run}`" in one_line(call("show", "@baseline"))
    listed = call("baseline")
    assert run in listed.out
    assert listed.err.startswith("the baseline of digits, brisk-heron, is in the trash")
    assert listed.err.count("\n") == 1


def test_a_baseline_that_was_deleted_is_told(call, id_of, store):
    run = id_of("brisk-heron")
    call("baseline", "brisk-heron")
    shutil.rmtree(next(store.glob(f"runs/*/{run}")))
    call("store", "reindex")
    assert f"the baseline of digits, {run}, is not in the store any more" in one_line(call("show", "@baseline"))
    listed = call("baseline")
    assert run in listed.out
    assert "`trackside baseline RUN` chooses another" in listed.err


def test_a_baseline_that_is_archived_is_named_and_told(call, id_of):
    run = id_of("brisk-heron")
    call("archive", "brisk-heron")
    chosen = call("baseline", "brisk-heron")
    assert chosen.err == (
        f"the baseline of digits, brisk-heron, is archived; `trackside archive --undo {run}` shows it in tables again\n"
    )
    named = call("show", "@baseline", "--json")
    assert json.loads(named.out)["id"] == run
    assert named.err == chosen.err


def test_a_baseline_that_is_a_run_of_another_project_is_named_and_told(call, id_of, decide):
    run = id_of("@last")
    decide({"baseline": run})
    named = call("show", "@baseline", "--json")
    assert json.loads(named.out)["id"] == run
    assert named.err.startswith("the baseline of digits, odd-␛[31mlynx, is a run of words; `trackside baseline RUN`")
    assert call("baseline").err == named.err


@pytest.mark.parametrize("nonsense", ["../../../etc/passwd", "a run\x1b[31m", "", "0000000000EC10ZFK442AEB04Q"])
def test_what_stands_for_a_baseline_and_is_no_run_is_told(call, decide, nonsense):
    decide({"baseline": nonsense})
    said = call("baseline")
    assert said.status == 0
    assert "is not in the store any more" in said.err
    assert "\x1b" not in said.out + said.err
    assert "is not in the store any more" in one_line(call("show", "@baseline"))
    assert call("baseline", "--history").status == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["baseline", "--history", "--clear"], "--history only prints"),
        (["baseline", "brisk-heron", "--history"], "--history only prints"),
        (["baseline", "brisk-heron", "--pair", "fold"], "'seed', 'none'"),
        (["baseline", "--seeds", "5"], "2 projects: say which"),
        (["baseline", "--seeds", "5", "--project", "digit"], "did you mean digits?"),
        (["baseline", "--project", "digit"], "did you mean digits?"),
        (["baseline", "brisk-heron", "--project", "words"], "brisk-heron is a run of digits, not of words"),
        (["goal", "val/accuracy"], "min, max or none"),
        (["goal", "--primary"], "METRIC"),
        (["goal", "val/accuracy", "up"], "'min', 'max', 'none'"),
        (["goal", "val/accuracy", "max"], "2 projects: say which"),
        (["goal", "val/acuracy", "max", "--project", "digits"], "did you mean val/accuracy?"),
        (["goal", "val/accuracy", "max", "--project", "words"], "no run of words has a metric val/accuracy"),
        (["goal", "val/accuracy", "--margin", "-1", "--project", "digits"], "write 0.002"),
        (["goal", "val/accuracy", "min", "--margin", "lots", "--project", "digits"], "write 0.002"),
        (["project", "digit"], "did you mean digits?"),
        (["project", "--ignore", "lr"], "2 projects: say which"),
        (["project", "digits", "--ignore", "lr", "--heed", " "], "may not be empty"),
        (["project", "digits", "--evaluation", "a\nb"], "control characters"),
    ],
)
def test_a_mistaken_call_is_one_line_and_decides_nothing(call, arguments, expected):
    before = call("project", "--json").out
    assert expected in one_line(call(*arguments))
    assert call("project", "--json").out == before


def test_a_store_without_runs_has_no_project_to_decide_in(call, tmp_path):
    call("store", "init", str(tmp_path / "empty"), on=None)
    said = call("baseline", "--seeds", "5", on=tmp_path / "empty")
    assert "has no runs" in one_line(said)
    assert call("project", "--json", on=tmp_path / "empty").out == "{}\n"
