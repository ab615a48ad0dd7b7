"""Parallel coordinates of a sweep: 500 runs × 8 axes, the whole picture and what a brush leaves."""

from statistics import median

import numpy as np
from harness import Row, seconds
from msgspec.structs import replace

from trackside.charts.colours import DARK
from trackside.charts.parallel.axis import axis_of
from trackside.charts.parallel.draw import draw
from trackside.charts.parallel.spec import ParallelSpec, Span, with_brush

RUNS = 500
TIMES = 25


def rows() -> list[Row]:
    """The rows of this file."""
    spec = made_sweep()
    part = with_brush(spec, "lr", Span(1e-4, 1e-2))
    draw(spec)
    dots = np.random.default_rng(1).integers(0, 160 * 40, RUNS * 7 * 40)
    floor = median(seconds(lambda: np.bincount(dots)) for _ in range(TIMES))
    cases = {"whole": spec, "brushed": part, "whole, 80×24": replace(spec, width=80, height=24)}
    taken = {name: median(seconds(lambda one=one: draw(one)) for _ in range(TIMES)) for name, one in cases.items()}
    return [
        Row(
            f"parallel coordinates, {RUNS} runs × {len(spec.axes)} axes, {name}",
            once * 1e3,
            100.0,
            "ms",
            f"{once / floor:,.0f} × counting as many dots",
        )
        for name, once in taken.items()
    ]


def made_sweep() -> ParallelSpec:
    """A random search: a rate over decades, whole numbers, words, missing values, and two metrics that follow."""
    rng = np.random.default_rng(0)
    rate, dropout = 10 ** rng.uniform(-5, -1, RUNS), rng.uniform(0, 0.5, RUNS)
    depth, width = rng.choice([2, 4, 6, 8, 12], RUNS), rng.choice([64, 128, 256, 512, 1024, 2048], RUNS)
    optimizer = rng.choice(["adam", "adamw", "sgd", "lion"], RUNS)
    quality = 0.1 * depth - (np.log10(rate) + 3) ** 2 - (optimizer == "sgd") + rng.normal(0, 0.2, RUNS)
    axes = (
        axis_of("lr", rate.tolist()),
        axis_of("depth", depth.tolist()),
        axis_of("width", width.tolist()),
        axis_of("optimizer", optimizer.tolist()),
        axis_of("dropout", [None if run % 17 == 0 else value for run, value in enumerate(dropout.tolist())]),
        axis_of("seed", rng.integers(0, 5, RUNS).tolist()),
        axis_of("val/loss", np.exp(-quality).tolist(), "min"),
        axis_of("val/accuracy", (1 / (1 + np.exp(-quality))).tolist(), "max"),
    )
    return ParallelSpec(axes, 160, 45, by="val/accuracy", palette=DARK, ground="#121212")
