"""How fast the runs of MLflow's file store are read, against MLflow's own client on the same files."""

import importlib.util
import random
import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import median

from harness import Row, measured_by, seconds

from trackside.sources.mlflow.source import Mlflow
from trackside.sources.protocol import Folder

RUNS = 1_000
POINTS = 1_000
TIMES = 3
EXPERIMENT = "123456789012345678"
EARLIEST = 1_700_000_000_000
VENDORS = Path(__file__).parents[2] / ".vendors" / "bin" / "python"

CLIENT = """
import os, sys, time
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
client = mlflow.MlflowClient(f"file:{sys.argv[1]}")
for _ in sys.stdin:
    began = time.perf_counter()
    runs = client.search_runs([sys.argv[2]], max_results=50_000)
    took = time.perf_counter() - began
    assert len(runs) == int(sys.argv[3])
    print(took, flush=True)
"""


def rows() -> list[Row]:
    """One row, or none with a word where MLflow is not to be had."""
    python = Path(sys.executable) if importlib.util.find_spec("mlflow") else VENDORS
    if not python.exists():
        print("mlflow: not measured, since MLflow is not here: `just vendors` installs it", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as made:
        store = Path(made) / "mlruns"
        write(store / EXPERIMENT)
        client = measured_by(python, CLIENT, store, EXPERIMENT, RUNS)
        pairs = [(theirs, seconds(lambda: read(store / EXPERIMENT))) for theirs in islice(client, TIMES)]
        client.close()
    ratio = median(theirs / ours for theirs, ours in pairs)
    note = f"{RUNS:,} runs, 10 params, 3 metrics of {POINTS:,} points; ours reads all points, theirs the last ones"
    return [Row("MLflow file store", ratio, 5, "×", "MlflowClient.search_runs", note, at_least=True)]


def read(experiment: Path) -> None:
    """Everything of every run."""
    source = Mlflow()
    folder = Folder(
        experiment,
        {path.name for path in experiment.iterdir() if path.is_dir()},
        {path.name for path in experiment.iterdir() if path.is_file()},
    )
    assert source.sniff(folder)
    found = list(source.discover(folder))
    assert len(found) == RUNS
    for run in found:
        for _ in source.follow(run, None):
            pass


def write(experiment: Path) -> None:
    """A store as MLflow leaves it, of runs that differ."""
    chance = random.Random(1)
    experiment.mkdir(parents=True)
    (experiment / "meta.yaml").write_text(
        f"artifact_location: file:///runs/{EXPERIMENT}\ncreation_time: {EARLIEST}\nexperiment_id: '{EXPERIMENT}'\n"
        f"last_update_time: {EARLIEST}\nlifecycle_stage: active\nname: many\n"
    )
    for number in range(RUNS):
        write_run(experiment, f"{chance.getrandbits(128):032x}", number, chance)


def write_run(experiment: Path, run: str, number: int, chance: random.Random) -> None:
    folder = experiment / run
    for part in ("metrics/train", "metrics/val", "params", "tags", "artifacts"):
        (folder / part).mkdir(parents=True)
    (folder / "meta.yaml").write_text(
        f"artifact_uri: file:///runs/{EXPERIMENT}/{run}/artifacts\nend_time: {EARLIEST + 9_000}\nentry_point_name: ''\n"
        f"experiment_id: '{EXPERIMENT}'\nlifecycle_stage: active\nrun_id: {run}\nrun_name: run-{number}\n"
        f"source_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: {EARLIEST}\nstatus: 3\ntags: []\n"
        "user_id: ana\n"
    )
    for param in range(10):
        (folder / "params" / f"param{param}").write_text(repr(chance.random()))
    tags = {"mlflow.runName": f"run-{number}", "mlflow.user": "ana", "mlflow.source.name": "train.py", "stage": "dev"}
    for tag, value in tags.items():
        (folder / "tags" / tag).write_text(value)
    for metric in ("train/loss", "val/loss", "val/acc"):
        lines = (f"{EARLIEST + step} {chance.random()!r} {step}\n" for step in range(POINTS))
        (folder / "metrics" / metric).write_text("".join(lines))
