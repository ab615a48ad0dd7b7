"""Tables of cells of one method: a cell that is not bold is a false claim, as it is called worse than the best."""

from numpy.random import Generator

from simulate.cell import ALPHA, Cells
from trackside.compare.pivot import Result, grouped
from trackside.compare.statistics.adjust import holm
from trackside.compare.statistics.difference import Floats
from trackside.compare.statistics.replicates import welch
from trackside.compare.statistics.sample import mean, one_per_seed

CELLS = Cells()


def some_is_plain(values: Floats) -> bool:
    """Whether a table says of some cell that it is worse. Each row of `values` are the seeds of a cell."""
    results = [
        Result(run="", row=(str(row),), column=(), status="finished", value=float(value), seed=seed)
        for row, seeds in enumerate(values)
        for seed, value in enumerate(seeds)
    ]
    return not all(cell.bold for cell in grouped("m", results, "max").cells.values())


@CELLS.cell
def two_cells_of_5(rng: Generator) -> bool:
    return some_is_plain(rng.normal(size=(2, 5)))


@CELLS.cell
def ten_cells_of_5(rng: Generator) -> bool:
    return some_is_plain(rng.normal(size=(10, 5)))


@CELLS.cell
def ten_cells_of_10(rng: Generator) -> bool:
    return some_is_plain(rng.normal(size=(10, 10)))


@CELLS.cell
def ten_skewed_cells_of_5(rng: Generator) -> bool:
    return some_is_plain(rng.exponential(size=(10, 5)))


@CELLS.cell
def ten_cells_of_10_adjusted_over_the_others_alone(rng: Generator) -> bool:
    samples = [one_per_seed(seeds) for seeds in rng.normal(size=(10, 10))]
    best = max(samples, key=lambda sample: mean(sample.values))
    p_values = holm([welch(best, sample).p for sample in samples if sample is not best])
    return any(p is not None and p <= ALPHA for p in p_values)
