"""What MLflow's client has logged is there when the call returns: it holds nothing back, and nothing is read twice."""

import subprocess
import sys
from pathlib import Path

import pytest
from gathered import Gathered, find

from trackside.sources.mlflow.source import Mlflow

pytest.importorskip("mlflow")

CLIENT = """
import os, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.start_run(run_name="live")
print("started", flush=True)
for step, _ in enumerate(sys.stdin):
    mlflow.log_metrics({"loss": 1 / (step + 1), "acc": step / 100}, step=step)
    print("logged", flush=True)
mlflow.log_param("last", 1)
mlflow.end_run("FAILED")
"""


@pytest.mark.parametrize("store", ["file:mlruns", "sqlite:///mlflow.db"])
def test_a_value_is_there_when_the_call_that_logged_it_returns(store, tmp_path: Path):
    source, count = Mlflow(), 30
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, store],
        cwd=tmp_path,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        assert client.stdout.readline() == "started\n"
        run = Gathered(*find(source, tmp_path))
        run.take(source.follow(run.found, None))
        assert run.facts.running
        for step in range(count):
            before = source.stamp(run.found)
            client.stdin.write("\n")
            client.stdin.flush()
            assert client.stdout.readline() == "logged\n"
            assert source.stamp(run.found) != before
            run.take(source.follow(run.found, run.cursor))
            assert run.curves["loss"].step.tolist() == list(range(step + 1))
        client.stdin.close()
        client.wait()
    run.take(source.follow(run.found, run.cursor))
    assert (run.facts.status, run.facts.running, run.facts.params) == ("failed", False, {"last": 1})
    assert run.curves["loss"].value.tolist() == [1 / (step + 1) for step in range(count)]
    assert run.gone == 0
