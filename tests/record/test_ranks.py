"""Processes of a distributed job that record into one run: rank 0 is the run, rank N has series of its own."""

import subprocess
import sys

import pytest

import trackside
from trackside.model.errors import UsageError

RANK = """
import os, sys, trackside
rank = int(os.environ["RANK"])
run = trackside.init(project="tests", store=sys.argv[1], id=sys.argv[2], rank=rank, params={"rank": rank},
                     tags=[f"r{rank}"], resume=sys.argv[3] == "again", quiet=True)
first = 5 if sys.argv[3] == "again" else 0
for step in range(first, first + 10):
    run.log({"loss": rank + step / 10}, step=step)
if sys.argv[3] == str(rank):
    raise ValueError("no")
"""


@pytest.fixture
def job(store, tmp_path, monkeypatch):
    """Three processes as a launcher starts them, in an order that is nobody's choice."""

    def launch(run_id: str, how: str = "") -> None:
        monkeypatch.setenv("WORLD_SIZE", "3")
        ranks = []
        for rank in (2, 0, 1):
            monkeypatch.setenv("RANK", str(rank))
            command = [sys.executable, "-c", RANK, str(store), run_id, how]
            ranks.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path))
        for process in ranks:
            _, said = process.communicate(timeout=60)
            assert not said or how.isdecimal(), said

    return launch


def curve(store, metric: str) -> list[float]:
    with trackside.attach(store) as reader:
        return reader.curve(metric, "@last")["value"].to_list()


def test_ranks_of_a_job_are_one_run_with_a_series_each(store, job):
    job(trackside.new_id())
    with trackside.attach(store) as reader:
        assert reader.runs().height == 1
        run = reader.run("@last")
    assert curve(store, "loss") == [step / 10 for step in range(10)]
    assert curve(store, "loss@2") == [2 + step / 10 for step in range(10)]
    assert {metric for metric in run.metrics if "system" not in metric} == {"loss"}
    assert (run.metrics["loss"].count, run.metrics["loss"].max) == (10, 0.9)
    assert (run.params, run.tags, run.status) == ({"rank": 0}, ["r0"], "finished")


def test_a_rank_that_fails_says_so_and_does_not_change_the_status(store, job):
    job(trackside.new_id(), "2")
    with trackside.attach(store) as reader:
        run = reader.run("@last")
    assert (run.status, run.traceback) == ("finished", None)
    assert [(mark.step, mark.text) for mark in run.marks] == [(9, "rank 2 failed: ValueError: no")]


def test_rank_0_that_fails_makes_the_run_failed(store, job):
    job(trackside.new_id(), "0")
    with trackside.attach(store) as reader:
        assert reader.run("@last").status == "failed"


def test_a_job_that_is_launched_again_with_the_same_id_continues_its_run(store, job):
    run_id = trackside.new_id()
    job(run_id, "again")
    job(run_id, "again")
    with trackside.attach(store) as reader:
        assert reader.runs().height == 1
        assert reader.run("@last").metrics["loss"].count == 10
    assert curve(store, "loss@1") == [1 + step / 10 for step in range(5, 15)]


def test_a_rank_may_be_there_before_the_run_is(store):
    run_id = trackside.new_id()
    first = trackside.init(id=run_id, rank=1, store=store, quiet=True)
    first.log({"loss": 1.0})
    with trackside.attach(store) as reader:
        assert reader.runs().is_empty()
    with trackside.init(project="tests", id=run_id, rank=0, store=store, quiet=True) as run:
        run.log({"loss": 0.0})
    first.finish()
    assert curve(store, "loss@1") == [1.0]


def test_of_processes_that_say_no_rank_only_the_first_records(store, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with trackside.init(id=trackside.new_id(), store=store, quiet=True) as run:
        run.log({"loss": 1.0})
    assert not store.exists()


def test_a_child_of_a_rank_writes_that_rank_s_series(script, store):
    code = """
import os, sys, trackside
run_id = trackside.new_id()
main = trackside.init(project="tests", store=sys.argv[1], id=run_id, rank=0, quiet=True)
rank = trackside.init(store=sys.argv[1], id=run_id, rank=1, quiet=True)
child = os.fork()
if not child:
    rank.log({"x": 1.0}, step=1)
    os._exit(0)
os.waitpid(child, 0)
rank.log({"x": 2.0}, step=2)
"""
    assert script(code).stderr == ""
    assert curve(store, "x@1") == [1.0, 2.0]
    assert curve(store, "x") == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rank": 3}, "rank=3 goes with id="),
        ({"rank": -1}, "the number of this process"),
        ({"rank": "1"}, "the number of this process"),
        ({"rank": True}, "the number of this process"),
        ({"rank": 0, "id": "job-7"}, "trackside.new_id()"),
    ],
)
def test_a_mistake_is_told_in_a_line(store, given, says):
    with pytest.raises(UsageError, match=says):
        trackside.init(store=store, quiet=True, **given)


def test_an_id_that_is_taken_is_not_begun_again(store):
    with trackside.init(id=trackside.new_id(), store=store, quiet=True) as run:
        pass
    with pytest.raises(UsageError, match="is a run already; with resume=True it is continued"):
        trackside.init(id=run.id, store=store, quiet=True)


def test_a_rank_that_is_there_already_is_refused(store):
    run_id = trackside.new_id()
    first = trackside.init(id=run_id, rank=1, store=store, quiet=True)
    with pytest.raises(UsageError, match=f"rank 1 of .{run_id}. still runs"):
        trackside.init(id=run_id, rank=1, store=store, quiet=True)
    first.finish()


def test_a_rank_says_once_that_it_keeps_no_histograms(store, capsys):
    run_id = trackside.new_id()
    for rank in (0, 2):
        with trackside.init(project="tests", store=store, id=run_id, rank=rank, quiet=True) as run:
            run.log_histogram("weights", [1.0, 2.0, 3.0], step=rank)
            run.log_histogram("bias", [1.0, 2.0, 3.0], step=rank)
    said = capsys.readouterr().err
    assert said == "trackside: histograms of rank 2 are not kept; those that rank 0 logs are the run's\n"
