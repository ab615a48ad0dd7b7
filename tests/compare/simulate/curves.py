"""Comparisons along curves: both sides are replicates of one method."""

import numpy as np
from numpy.random import Generator

from simulate.cell import Cells
from simulate.seeds import tested
from trackside.compare.statistics.difference import Floats
from trackside.compare.statistics.parting import parting

CELLS = Cells()
STEPS = 20


def looked_at(rng: Generator, persistence: float) -> bool:
    """Whether any of 20 looks at a growing curve claims something."""
    sides = [drifting(rng, 5, 20, persistence) for _ in range(2)]
    return any(tested(sides[0][:, step], sides[1][:, step]) for step in range(20))


@CELLS.cell
def twenty_looks_at_smooth_curves_of_5_and_5(rng: Generator) -> bool:
    return looked_at(rng, 0.98)


@CELLS.cell
def twenty_looks_at_wavering_curves_of_5_and_5(rng: Generator) -> bool:
    return looked_at(rng, 0.9)


@CELLS.cell
def twenty_looks_at_rough_curves_of_5_and_5(rng: Generator) -> bool:
    return looked_at(rng, 0.5)


def parted(rng: Generator, seeds: int, persistence: float) -> bool:
    sides = [drifting(rng, seeds, STEPS, persistence) for _ in range(2)]
    return parting(np.arange(STEPS), *sides).step is not None


@CELLS.cell
def first_parting_of_3_and_3_smooth_curves(rng: Generator) -> bool:
    return parted(rng, 3, 0.99)


@CELLS.cell
def first_parting_of_5_and_5_rough_curves(rng: Generator) -> bool:
    return parted(rng, 5, 0.3)


def outside_anywhere(rng: Generator, seeds: int, persistence: float) -> bool:
    """Whether the difference leaves the band at any step: what the band itself promises not to do."""
    found = parting(np.arange(STEPS), *(drifting(rng, seeds, STEPS, persistence) for _ in range(2)))
    return bool(np.any(np.abs(found.delta) > found.half))


@CELLS.cell
def band_of_3_and_3_smooth_curves_left_anywhere(rng: Generator) -> bool:
    return outside_anywhere(rng, 3, 0.9)


@CELLS.cell
def band_of_5_and_5_smooth_curves_left_anywhere(rng: Generator) -> bool:
    return outside_anywhere(rng, 5, 0.9)


@CELLS.cell
def band_of_5_and_5_rough_curves_left_anywhere(rng: Generator) -> bool:
    return outside_anywhere(rng, 5, 0.3)


def drifting(rng: Generator, seeds: int, steps: int, persistence: float) -> Floats:
    """Stationary curves, seeds × steps, each value `persistence` of the one before it and the rest new."""
    curves = rng.normal(size=(seeds, steps))
    for step in range(1, steps):
        curves[:, step] *= np.sqrt(1 - persistence**2)
        curves[:, step] += persistence * curves[:, step - 1]
    return curves
