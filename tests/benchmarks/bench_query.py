"""A keystroke in the filter bar, and a sort, on 100,000 runs × 70 columns."""

import time
from itertools import cycle
from statistics import median

import numpy as np
import polars as pl
from harness import Row

from trackside.services.table.asked import SortKey
from trackside.services.table.selecting import Query, select

RUNS = 100_000
TYPED = (
    "t",
    "tag:ba",
    "lr<1e-3",
    "param3>0.5 or param4<0.1",
    "-tag:debug val/acc>0.9",
    "status:failed since:7d",
    "run-99",
)
TIMES = 9


def rows() -> list[Row]:
    """The rows of this file."""
    frame = made_frame()
    now = float(frame["created"].max() or 0)
    select(frame, Query("word"), now)
    floor = _median(lambda: frame.filter(pl.col("param.param3") > 0.5).height)
    taken = {text: _median(lambda text=text: select(frame, Query(text), now).ids(0, 50)) for text in TYPED}
    slowest = max(taken, key=lambda text: taken[text])
    ways = cycle((True, False))
    sort = _median(lambda: select(frame, Query("", (SortKey("best(val/acc)", next(ways)),)), now).ids(0, 50))
    fresh = _median(lambda: select(frame.clone(), Query("dropout"), now).ids(0, 50))
    typical = median(taken.values())
    note = f"median of {len(TYPED)} filters {typical * 1e3:.1f} ms, slowest {slowest!r}"
    against = "× one comparison with its copy"
    return [
        Row("filter keystroke", taken[slowest] * 1e3, 15.0, "ms", f"{taken[slowest] / floor:.1f} {against}", note),
        Row("first word after a change of the runs", fresh * 1e3, 50.0, "ms", f"{fresh / floor:.1f} {against}"),
        Row("sort by a metric", sort * 1e3, 50.0, "ms", f"{sort / floor:.1f} {against}"),
    ]


def made_frame() -> pl.DataFrame:
    """A table of runs as the store makes it: 21 fields, 20 params of which 4 are words, 32 columns of metrics."""
    rng = np.random.default_rng(0)
    created = 1.7e9 + np.arange(RUNS) * 30.0
    words = {name: ["w"] * RUNS for name in ("user", "host", "source", "source_id", "address", "command")}
    columns: dict[str, object] = {
        "id": [f"01K{number:023d}" for number in range(RUNS)],
        "name": [f"run-{number}" for number in range(RUNS)],
        "project": [f"project-{number % 5}" for number in range(RUNS)],
        "group": [f"group-{number % 50}" for number in range(RUNS)],
        "status": [("finished", "failed", "killed", "crashed")[number % 4] for number in range(RUNS)],
        "notes": ["why it was run, in a few words"] * RUNS,
        "primary": ["val/acc"] * RUNS,
        "tags": [["baseline", "debug", "sweep"][: number % 4] for number in range(RUNS)],
        "health": [["nonfinite:loss"] if number % 17 == 0 else [] for number in range(RUNS)],
        "created": created,
        "ended": created + 100,
        "duration_s": np.full(RUNS, 100.0),
        "archived": [False] * RUNS,
        "seed": np.arange(RUNS) % 5,
        "step": np.arange(RUNS),
        "param.lr": rng.random(RUNS) * 0.01,
        "metric.val/acc": rng.random(RUNS),
        "best.val/acc": rng.random(RUNS),
        **words,
    }
    columns |= {f"param.param{number}": rng.random(RUNS) for number in range(15)}
    columns |= {f"param.word{number}": [f"word-{run % 9}" for run in range(RUNS)] for number in range(4)}
    columns |= {f"metric.m{number}": rng.random(RUNS) for number in range(30)}
    return pl.DataFrame(columns)


def _median(call: object) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()  # type: ignore[operator]
        taken.append(time.perf_counter() - began)
    return median(taken)
