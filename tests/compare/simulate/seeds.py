"""Comparisons of seeds: both sides draw from one method, unless the cell says otherwise."""

import numpy as np
from numpy.random import Generator

from simulate.cell import ALPHA, Cells
from trackside.compare.statistics.adjust import holm
from trackside.compare.statistics.difference import Floats
from trackside.compare.statistics.prediction import predicted
from trackside.compare.statistics.replicates import paired_by_seed, welch
from trackside.compare.statistics.sample import one_per_seed
from trackside.compare.verdict import judge

CELLS = Cells()


def tested(baseline: Floats, candidate: Floats) -> bool:
    return claimed(welch(one_per_seed(baseline), one_per_seed(candidate)).p)


def claimed(p: float | None) -> bool:
    return p is not None and p <= ALPHA


@CELLS.cell
def normal_3_and_3(rng: Generator) -> bool:
    return tested(rng.normal(size=3), rng.normal(size=3))


@CELLS.cell
def normal_5_and_5(rng: Generator) -> bool:
    return tested(rng.normal(size=5), rng.normal(size=5))


@CELLS.cell
def normal_3_and_10(rng: Generator) -> bool:
    return tested(rng.normal(size=3), rng.normal(size=10))


@CELLS.cell
def normal_5_and_5_one_three_times_as_wide(rng: Generator) -> bool:
    return tested(rng.normal(size=5), rng.normal(scale=3, size=5))


@CELLS.cell
def normal_3_and_10_the_10_three_times_as_wide(rng: Generator) -> bool:
    return tested(rng.normal(size=3), rng.normal(scale=3, size=10))


@CELLS.cell
def normal_3_and_10_the_3_three_times_as_wide(rng: Generator) -> bool:
    return tested(rng.normal(scale=3, size=3), rng.normal(size=10))


@CELLS.cell
def skewed_5_and_5(rng: Generator) -> bool:
    return tested(rng.exponential(size=5), rng.exponential(size=5))


@CELLS.cell
def skewed_3_and_10(rng: Generator) -> bool:
    return tested(rng.exponential(size=3), rng.exponential(size=10))


@CELLS.cell
def heavy_tails_5_and_5(rng: Generator) -> bool:
    return tested(rng.standard_t(3, size=5), rng.standard_t(3, size=5))


@CELLS.cell
def pairs_of_5_seeds_on_5_splits(rng: Generator) -> bool:
    splits = rng.normal(scale=2, size=5)
    return claimed(paired_by_seed(*(one_per_seed(splits + rng.normal(size=5)) for _ in range(2))).p)


@CELLS.cell
def each_of_5_seeds_run_twice_and_averaged(rng: Generator) -> bool:
    sides = (np.repeat(rng.normal(size=5), 2) + rng.normal(scale=0.2, size=10) for _ in range(2))
    return claimed(welch(*(one_per_seed(side, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]) for side in sides)).p)


@CELLS.cell
def each_of_5_seeds_run_twice_and_counted_twice(rng: Generator) -> bool:
    sides = (np.repeat(rng.normal(size=5), 2) + rng.normal(scale=0.2, size=10) for _ in range(2))
    return tested(*sides)


@CELLS.cell
def ten_candidates_of_5_adjusted(rng: Generator) -> bool:
    baseline = one_per_seed(rng.normal(size=5))
    p_values = holm([welch(baseline, one_per_seed(rng.normal(size=5))).p for _ in range(10)])
    return any(map(claimed, p_values))


@CELLS.cell
def ten_candidates_of_5_unadjusted(rng: Generator) -> bool:
    baseline = one_per_seed(rng.normal(size=5))
    return any(claimed(welch(baseline, one_per_seed(rng.normal(size=5))).p) for _ in range(10))


def outside(baseline: Floats, candidates: Floats) -> bool:
    seeds = one_per_seed(baseline)
    found = (predicted(seeds, one_per_seed([one]), candidates=len(candidates)) for one in candidates)
    return any(judge(one, "max").word == "outside" for one in found)


@CELLS.cell
def one_run_outside_5_normal_seeds(rng: Generator) -> bool:
    return outside(rng.normal(size=5), rng.normal(size=1))


@CELLS.cell
def one_of_ten_runs_outside_5_normal_seeds(rng: Generator) -> bool:
    return outside(rng.normal(size=5), rng.normal(size=10))


@CELLS.cell
def one_run_outside_5_skewed_seeds(rng: Generator) -> bool:
    return outside(rng.exponential(size=5), rng.exponential(size=1))


@CELLS.cell
def one_run_outside_5_heavy_tailed_seeds(rng: Generator) -> bool:
    return outside(rng.standard_t(3, size=5), rng.standard_t(3, size=1))


@CELLS.cell
def two_seeds_added_after_a_look_at_3_and_3(rng: Generator) -> bool:
    sides = rng.normal(size=(2, 5))
    return tested(*sides[:, :3]) or tested(*sides)


@CELLS.cell
def one_seed_added_after_each_look_from_3_to_10(rng: Generator) -> bool:
    sides = rng.normal(size=(2, 10))
    return any(tested(*sides[:, :number]) for number in range(3, 11))


@CELLS.cell
def same_said_of_a_difference_as_large_as_the_margin(rng: Generator) -> bool:
    found = welch(one_per_seed(rng.normal(size=10)), one_per_seed(rng.normal(1.5, size=10)))
    return judge(found, "max", margin=1.5).word == "same"
