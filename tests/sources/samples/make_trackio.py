"""Make the samples of Trackio: written by its client (0.43), with what was logged beside them in `expected.json`.

    pip install trackio                # not in the project's environment
    python make_trackio.py             # here

The database is then laid out in pages of 512 bytes, which makes it small, and set to write ahead again.
"""

import json
import math
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from make_csv_runs import Points, fresh, statistics

FOLDER = fresh("trackio")
os.environ["TRACKIO_DIR"] = str(FOLDER / "store")
os.environ["TRACKIO_LOGO_LIGHT_URL"] = ""

import trackio  # noqa: E402  it reads its folder when it is imported


def run(name: str, steps: int) -> Points:
    values = random.Random(name)
    points: Points = {}
    config = {"lr": 0.1, "model": {"sizes": [1, 2]}, "amp": True}
    trackio.init(project="digits", name=name, config=config, group="sweep", auto_log_cpu=False, embed=False)
    for step in range(steps):
        row = {"loss": values.random(), "val/acc": values.random(), "inside": {"deep": float(step)}}
        row["loss"] = {1: math.nan, 2: -math.inf}.get(step, row["loss"])
        for metric, value in (row | {"inside/deep": float(step)}).items():
            if metric != "inside":
                points.setdefault(metric, []).append((step * 10, value))
        trackio.log({**row, "phase": "warm up"}, step=step * 10)
    trackio.log_system({"cpu": 12.5})
    trackio.alert("loss is high", text="look", level=trackio.AlertLevel.WARN)
    return points


def main() -> None:
    params = {"lr": 0.1, "model.sizes": [1, 2], "amp": True}
    expected = {}
    for name, steps in (("first", 6), ("second", 3)):
        expected[name] = {"params": params, "metrics": statistics(run(name, steps))}
        trackio.finish()
    path = FOLDER / "store" / "digits.db"
    with closing(sqlite3.connect(path)) as database:
        for said in ("journal_mode=delete", "page_size=512"):
            database.execute(f"PRAGMA {said}")
        database.execute("VACUUM")
        database.execute("PRAGMA journal_mode=wal")
    (Path(FOLDER) / "expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
