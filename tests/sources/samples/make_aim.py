"""Make the sample of Aim: its client (3.29) tracks two runs, and its own frames are written to a table.

    pip install aim pandas             # not in the project's environment
    python make_aim.py                 # here

Columns of what Aim knows of the machine are left out. `expected.json` says what was tracked.
"""

import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import aim
import pandas
from make_csv_runs import Points, fresh, statistics


def track(repo: str, seed: int) -> tuple[str, Points]:
    values = random.Random(seed)
    run = aim.Run(repo=repo, experiment="digits", system_tracking_interval=None, log_system_params=False)
    run["hparams"] = {"lr": 0.1 * seed, "layers": [64, 64], "act": "relu", "amp": True, "depth": 3}
    points: Points = {}
    for step in range(6):
        for name, part in (("loss", "train"), ("loss", "val"), ("lr", None)):
            value = math.nan if (step, part) == (1, "train") else values.random()
            run.track(value, name=name, step=step, context={"subset": part} if part else {})
            points.setdefault(f"{part}/{name}" if part else name, []).append((step, value))
    run.close()
    return run.hash, points


def main() -> None:
    folder = fresh("aim")
    with tempfile.TemporaryDirectory() as repo:
        runs = [track(repo, seed) for seed in (1, 2)]
        program = str(Path(sys.executable).parent / "aim")
        subprocess.run([program, "storage", "--repo", repo, "reindex"], input=b"y\n", check=True)
        frames = [
            metric.dataframe(include_name=True, include_context=True, include_run=True)
            for run in aim.Repo(repo).query_metrics("True").iter_runs()
            for metric in run
        ]
    table = pandas.concat(frames)
    table[[column for column in table if "__" not in column]].to_csv(folder / "aim.csv")
    expected = {
        f"aim.csv#{run}": {
            "params": {"lr": 0.1 * seed, "layers": [64, 64], "act": "relu", "amp": True, "depth": 3},
            "metrics": statistics(points),
        }
        for seed, (run, points) in enumerate(runs, 1)
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
