"""Make the samples of Sacred: written by its `FileStorageObserver` (0.8), with what was logged in `expected.json`.

pip install sacred 'setuptools<80'  # not in the project's environment
python make_sacred.py              # here
"""

import json
import math
import random
import sys

from make_csv_runs import HERE, Points, fresh, statistics
from sacred import Experiment
from sacred.observers import FileStorageObserver

FOLDER = fresh("sacred")
(FOLDER / "data.txt").write_text("1 2 3\n")
experiment = Experiment("digits", interactive=True, save_git_info=False)
experiment.observers.append(FileStorageObserver(FOLDER / "runs", copy_sources=False))
logged: list[Points] = []


experiment.add_config({"lr": 0.1, "model": {"sizes": [1, 2], "act": "relu"}, "steps": 6, "fail": False})


@experiment.main
def main(_run, lr: float, steps: int, fail: bool) -> float:  # type: ignore[no-untyped-def]
    values = random.Random(steps)
    points: Points = {}
    logged.append(points)
    experiment.open_resource(str(FOLDER / "data.txt")).close()
    for step in range(steps):
        row = {"train.loss": math.nan if step == 1 else values.random(), "acc": values.random()}
        for name, value in row.items():
            _run.log_scalar(name, value, step)
            points.setdefault(name, []).append((step, value))
        print("step", step)
    (FOLDER / "result.txt").write_text("done\n")
    experiment.add_artifact(str(FOLDER / "result.txt"))
    _run.info["note"] = "kept"
    if fail:
        raise ValueError("went wrong")
    return 0.75


if __name__ == "__main__":
    experiment.run(options={"--comment": "a first try"})
    try:
        experiment.run(config_updates={"steps": 3, "fail": True, "seed": 7})
    except ValueError:
        print("as it was meant to")
    params = {"lr": 0.1, "model.sizes": [1, 2], "model.act": "relu"}
    expected = {
        f"runs/{number}": {"params": params, "metrics": statistics(points)} for number, points in enumerate(logged, 1)
    }
    expected["runs/1"]["metrics"] |= statistics({"result": [(5, 0.75)]})
    (FOLDER / "result.txt").unlink()
    (FOLDER / "data.txt").unlink()
    for path in FOLDER.rglob("run.json"):
        said = path.read_text().replace(str(HERE), "/home/ada/digits").replace(sys.prefix, "/home/ada/env")
        path.write_text(said)
    (HERE / "sacred" / "expected.json").write_text(json.dumps(expected, indent=1))
