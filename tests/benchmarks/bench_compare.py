"""Comparing 20 runs × 200 metrics with a baseline of five seeds, and drawing their curves of 100,000 steps."""

import os
import random
import tempfile
from functools import cache
from pathlib import Path
from statistics import median
from unittest import mock

from harness import Row, seconds

import trackside
from trackside.charts import plain
from trackside.charts.spec import ChartSpec
from trackside.compare.comparison import Comparison
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.curves_view import Look, beside, overlay
from trackside.services.metrics.curves import chart_options
from trackside.services.places.opening import open_places
from trackside.store.any_store import AnyStore

METHODS, SEEDS, METRICS, STEPS = 5, 5, 200, 100_000
EVALUATED = 20
TIMES = 9


def rows() -> list[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory(prefix="trackside-bench-") as folder:
        root = Path(folder) / "store"
        with mock.patch.dict(os.environ, {"TRACKSIDE_CAPTURE": "none"}):
            for number in range(METHODS * SEEDS):
                _record(root, number)
        return _measured(root)


def _measured(root: Path) -> list[Row]:
    opened = open_places([str(root)])
    opened.catch_up()
    store = opened.store
    names = [f"run-{number:02}" for number in range(METHODS * SEEDS)]
    ids = [store.ids_matching(name)[0] for name in names]
    candidates = ids[SEEDS:]
    sets = Asked(tuple(candidates), baseline=ids[0])
    alone = Asked(tuple(candidates), baseline=ids[0], each=True)
    floor = _median(lambda: store.runs(ids))
    taken = {
        "as sets of seeds": _median(lambda: compared(store, sets)),
        "each": _median(lambda: compared(store, alone)),
    }
    found = compared(store, sets)
    drawing = {
        "as means of seeds": _median(lambda: _drawn(store, found, Look("loss"))),
        "as means of seeds by relative time": _median(lambda: _drawn(store, found, Look("loss", x="relative"))),
        "each": _median(lambda: _drawn(store, found, Look("loss", each=True))),
    }
    telling = _median(lambda: beside(found, Look("loss"), cache(store.series)))
    reading = _median(lambda: [store.series(run_id, "loss") for run_id in candidates])
    store.close()
    return [
        *(
            Row(
                f"comparison of {len(candidates)} runs × {METRICS} metrics, warm, {how}",
                once * 1e3,
                300.0,
                "ms",
                f"{once / floor:.1f} × reading the runs",
            )
            for how, once in taken.items()
        ),
        *(
            Row(
                f"curves of {len(candidates)} runs × {STEPS:,} steps, drawn {how}",
                once * 1e3,
                300.0,
                "ms",
                f"{once / reading:.1f} × reading them",
            )
            for how, once in drawing.items()
        ),
        Row(
            f"difference of {SEEDS} runs and {SEEDS} × {STEPS:,} steps, with its band",
            telling * 1e3,
            300.0,
            "ms",
            f"{telling / reading:.1f} × reading {len(candidates)} runs",
        ),
    ]


def _record(root: Path, number: int) -> None:
    """A run of a method: 200 metrics that are evaluated now and then, and a loss at every step."""
    chance = random.Random(number)
    method, seed = divmod(number, SEEDS)
    with trackside.init(
        project="bench", name=f"run-{number:02}", params={"method": method}, seed=seed, store=root, quiet=True
    ) as run:
        run.define_metric("val/m0", goal="max", primary=True)
        for step in range(STEPS):
            run.log({"loss": chance.random()}, step=step)
        for at in range(EVALUATED):
            step = STEPS * (at + 1) // EVALUATED
            run.log({f"val/m{metric}": chance.gauss(method / 10, 1) for metric in range(METRICS)}, step=step)


def _drawn(store: AnyStore, found: Comparison, look: Look) -> str:
    """The curves of all candidates as text."""
    shown = overlay(found.candidates, look, cache(store.series))
    return plain.text(ChartSpec(shown.curves, 160, 45, chart_options(look.x), shown.title))


def _median(call: object) -> float:
    call()
    return median(seconds(call) for _ in range(TIMES))
