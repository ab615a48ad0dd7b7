"""A run that W&B's own client writes, followed from its first record to its end."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from gathered import Gathered, find

from trackside.sources.wandb import Wandb

pytest.importorskip("wandb", reason="needs wandb: `just vendors` runs it")
pytestmark = pytest.mark.timeout(300)

STEPS = 500
TRAIN = f"""
import os, sys, time
os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true")
import wandb
run = wandb.init(dir=sys.argv[1], project="live", config={{"lr": 0.1}})
for step in range({STEPS}):
    run.log({{"loss": 1 / (step + 1)}}, step=step)
    time.sleep(0.08)
run.finish()
"""


def test_a_run_is_followed_while_its_client_writes(tmp_path: Path) -> None:
    source, run, seen_running = Wandb(), None, 0
    with subprocess.Popen([sys.executable, "-c", TRAIN, str(tmp_path)]) as training:
        while training.poll() is None:
            run = _looked(source, run, tmp_path)
            if run and run.facts and run.facts.running:
                seen_running = max(seen_running, run.statistics().get("loss", {"count": 0})["count"])
            time.sleep(0.1)
    run = _looked(source, run, tmp_path)
    assert run is not None
    assert run.facts is not None
    assert run.facts.status == "finished"
    assert run.curves["loss"].value.tolist() == [1 / (step + 1) for step in range(STEPS)]
    assert seen_running, "some of it is read before the end"
    assert run.remarks == []


def _looked(source: Wandb, run: Gathered | None, folder: Path) -> Gathered | None:
    """The run with what is new, once it is there."""
    if run is None:
        found = find(source, folder)
        run = Gathered(found[0]) if found else None
    return run and run.take(source.follow(run.found, run.cursor))
