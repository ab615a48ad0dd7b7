"""Make the samples of DVCLive: written by its client (3.49), with what was logged beside them in `expected.json`.

pip install dvclive                # not in the project's environment
python make_dvclive.py             # here
"""

import json
import math
import os
import random
from pathlib import Path

from dvclive import Live
from make_csv_runs import Points, fresh, statistics


def run(folder: Path, *, resume: bool = False, steps: int = 8) -> Points:
    points: Points = {}
    values = random.Random(steps)
    with Live(str(folder), resume=resume, save_dvc_exp=False, report=None, dvcyaml=None) as live:
        live.log_params({"lr": 0.1, "model": {"sizes": [1, 2], "act": "relu"}, "amp": True})
        for _ in range(steps):
            for name, value in (("train/loss", values.random()), ("acc", values.random()), ("top/k5", 1.0)):
                value = math.nan if name == "acc" and live.step == 1 else value
                live.log_metric(name, value, timestamp=name == "train/loss" and live.step != 2)
                points.setdefault(name, []).append((live.step, value))
            live.log_metric("phase", "warm up" if live.step < 3 else "go")
            live.next_step()
        live.log_metric("final", 0.25, plot=False)
        points["final"] = [(live.step - 1, 0.25)]  # the summary says the last step that has ended
    return points


def main() -> None:
    folder = fresh("dvclive")
    os.chdir(folder)
    params = {"lr": 0.1, "model.sizes": [1, 2], "model.act": "relu", "amp": True}
    first = run(Path("plain"))
    run(Path("again"), steps=3)
    again = run(Path("again"), steps=5)
    before = run(Path("resumed/dvclive"), steps=4)
    after = run(Path("resumed/dvclive"), steps=4, resume=True)
    resumed = {name: before[name] + after[name] for name in before} | {"final": after["final"]}
    runs = {"plain": first, "again": again, "resumed/dvclive": resumed}
    expected = {name: {"params": params, "metrics": statistics(points)} for name, points in runs.items()}
    Path("expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
