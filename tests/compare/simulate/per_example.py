"""Comparisons of per-example results of one run on each side: equally good runs, unless the cell says otherwise."""

import numpy as np
from numpy.random import Generator

from simulate.cell import Cells
from simulate.seeds import claimed
from trackside.compare.statistics.difference import Difference, Flags, Floats, Indices
from trackside.compare.statistics.examples import compare_examples
from trackside.compare.statistics.pairing import Examples

CELLS = Cells()


def compared(baseline: Floats | Flags, candidate: Floats | Flags, groups: Indices | None = None) -> Difference:
    ids = np.arange(len(baseline))
    return compare_examples(Examples(ids, baseline, groups), Examples(ids, candidate, groups))


def misses(found: Difference, true: float) -> bool:
    assert found.interval is not None
    return not found.interval[0] <= true <= found.interval[1]


def answers(rng: Generator, examples: int, won: float, lost: float) -> tuple[Flags, Flags]:
    """0/1 results that disagree, one way or the other, with these probabilities."""
    drawn = rng.random(examples)
    baseline = (drawn < lost) | (drawn > 0.6)
    return baseline, baseline ^ (drawn < lost) ^ ((drawn >= lost) & (drawn < lost + won))


@CELLS.cell
def paired_0_1_of_1000_examples(rng: Generator) -> bool:
    return claimed(compared(*answers(rng, 1_000, 0.05, 0.05)).p)


@CELLS.cell
def paired_0_1_of_100_examples(rng: Generator) -> bool:
    return claimed(compared(*answers(rng, 100, 0.1, 0.1)).p)


@CELLS.cell
def paired_0_1_of_1000_examples_5_disagree(rng: Generator) -> bool:
    return claimed(compared(*answers(rng, 1_000, 0.0025, 0.0025)).p)


@CELLS.cell
def interval_of_0_1_misses_a_difference_of_27_in_100(rng: Generator) -> bool:
    return misses(compared(*answers(rng, 100, 0.3, 0.03)), 0.27)


@CELLS.cell
def interval_of_0_1_misses_a_difference_of_18_in_1000(rng: Generator) -> bool:
    return misses(compared(*answers(rng, 1_000, 0.02, 0.002)), 0.018)


@CELLS.cell
def interval_of_0_1_misses_a_difference_of_2_in_1000(rng: Generator) -> bool:
    return misses(compared(*answers(rng, 1_000, 0.002, 0)), 0.002)


@CELLS.cell
def real_scores_of_60_examples(rng: Generator) -> bool:
    hard = rng.exponential(size=60)
    return claimed(compared(hard + rng.normal(size=60), hard + rng.normal(size=60)).p)


@CELLS.cell
def real_scores_of_60_examples_heavy_tails(rng: Generator) -> bool:
    return claimed(compared(rng.standard_t(2, size=60), rng.standard_t(2, size=60)).p)


@CELLS.cell
def real_scores_of_60_examples_skewed_differences(rng: Generator) -> bool:
    return claimed(compared(np.ones(60), rng.exponential(size=60)).p)


@CELLS.cell
def interval_of_real_scores_misses_a_difference_of_half_a_spread(rng: Generator) -> bool:
    return misses(compared(rng.normal(size=60), rng.normal(0.5, size=60)), 0.5)


@CELLS.cell
def clustered_40_groups_of_5_given(rng: Generator) -> bool:
    return claimed(compared(*clustered(rng), np.repeat(np.arange(40), 5)).p)


@CELLS.cell
def clustered_40_groups_of_5_not_given(rng: Generator) -> bool:
    return claimed(compared(*clustered(rng)).p)


def clustered(rng: Generator) -> tuple[Floats, Floats]:
    """Examples of a group go wrong together, on each side for itself."""
    baseline, candidate = (np.repeat(rng.normal(size=40), 5) + rng.normal(size=200) for _ in range(2))
    return baseline, candidate


@CELLS.cell
def clustered_0_1_in_40_groups_of_1_to_9_given(rng: Generator) -> bool:
    groups = np.repeat(np.arange(40), rng.integers(1, 10, size=40))
    baseline, candidate = (rng.random(len(groups)) < rng.beta(1, 1, size=40)[groups] for _ in range(2))
    return claimed(compared(baseline, candidate, groups).p)


@CELLS.cell
def two_seeds_of_one_method_on_2000_examples(rng: Generator) -> bool:
    """Accuracy varies by a point between seeds, beside what the examples' own chance does."""
    hard = rng.random(2_000)
    sides = (hard + rng.normal(scale=0.1, size=2_000) < rng.normal(0.8, 0.01) for _ in range(2))
    return claimed(compared(*sides).p)
