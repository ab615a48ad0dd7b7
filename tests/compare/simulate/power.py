"""How often a difference that is there is found."""

import numpy as np
from numpy.random import Generator

from simulate.cell import Cells
from simulate.curves import STEPS, drifting
from simulate.per_example import answers, compared
from simulate.seeds import claimed, outside, tested
from trackside.compare.statistics.difference import Floats
from trackside.compare.statistics.parting import parting
from trackside.compare.statistics.replicates import paired_by_seed, welch
from trackside.compare.statistics.sample import one_per_seed
from trackside.compare.verdict import judge

CELLS = Cells()


@CELLS.cell
def two_spreads_apart_3_and_3_seeds(rng: Generator) -> bool:
    return tested(rng.normal(size=3), rng.normal(2, size=3))


@CELLS.cell
def two_spreads_apart_5_and_5_seeds(rng: Generator) -> bool:
    return tested(rng.normal(size=5), rng.normal(2, size=5))


@CELLS.cell
def two_spreads_apart_10_and_10_seeds(rng: Generator) -> bool:
    return tested(rng.normal(size=10), rng.normal(2, size=10))


@CELLS.cell
def one_spread_apart_5_and_5_seeds(rng: Generator) -> bool:
    return tested(rng.normal(size=5), rng.normal(1, size=5))


@CELLS.cell
def one_spread_apart_10_and_10_seeds(rng: Generator) -> bool:
    return tested(rng.normal(size=10), rng.normal(1, size=10))


@CELLS.cell
def two_spreads_apart_5_pairs_of_seeds(rng: Generator) -> bool:
    splits = rng.normal(scale=2, size=5)
    sides = splits + rng.normal(size=5), splits + rng.normal(2, size=5)
    return claimed(paired_by_seed(*map(one_per_seed, sides)).p)


@CELLS.cell
def four_spreads_away_one_run_outside_5_seeds(rng: Generator) -> bool:
    return outside(rng.normal(size=5), rng.normal(4, size=1))


@CELLS.cell
def no_difference_10_and_10_seeds_same_within_1_5_spreads(rng: Generator) -> bool:
    return judge(welch(*(one_per_seed(rng.normal(size=10)) for _ in range(2))), "max", margin=1.5).word == "same"


@CELLS.cell
def three_points_of_accuracy_10_percent_disagree_1000_examples(rng: Generator) -> bool:
    return claimed(compared(*answers(rng, 1_000, 0.065, 0.035)).p)


@CELLS.cell
def half_a_spread_of_the_differences_60_examples(rng: Generator) -> bool:
    return claimed(compared(np.zeros(60), rng.normal(0.5, size=60)).p)


def parts(rng: Generator, seeds: int, apart: float) -> bool:
    """Curves that part from the middle on, by so many spreads."""
    difference = np.where(np.arange(STEPS) < STEPS // 2, 0.0, apart)
    sides: list[Floats] = [drifting(rng, seeds, STEPS, 0.9) + shift for shift in (0.0, difference)]
    return parting(np.arange(STEPS), *sides).step is not None


@CELLS.cell
def curves_part_by_twelve_spreads_3_and_3_seeds(rng: Generator) -> bool:
    return parts(rng, 3, 12)


@CELLS.cell
def curves_part_by_four_spreads_5_and_5_seeds(rng: Generator) -> bool:
    return parts(rng, 5, 4)


@CELLS.cell
def curves_part_by_two_spreads_10_and_10_seeds(rng: Generator) -> bool:
    return parts(rng, 10, 2)
