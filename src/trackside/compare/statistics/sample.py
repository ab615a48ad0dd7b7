"""The results of one side: one value per seed, and what had to be done for that.

Sums are exactly rounded (`math.fsum`), so that neither the order of runs nor a swap of the sides changes a digit.
"""

import math
from collections.abc import Hashable, Iterable, Sequence

import msgspec
import numpy as np

from trackside.compare.statistics.difference import Floats

ULPS = 8
"""Values that lie within so many of their last places are one value that was computed twice."""


class Sample(msgspec.Struct, frozen=True):
    """`values` are finite, one per seed; `seeds` of the same length, None for a run that has none.

    `left_out` runs had no finite value, `repeated` seeds had several runs, `seedless` runs had no seed.
    """

    values: tuple[float, ...]
    seeds: tuple[Hashable | None, ...]
    left_out: int = 0
    repeated: int = 0
    seedless: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the runs, one line each."""
        notes = []
        if self.repeated:
            notes.append(f"{self.repeated} {'seed was' if self.repeated == 1 else 'seeds were'} run again: averaged")
        if self.seedless and len(self.values) > 1:
            notes.append(
                f"{self.seedless} {'run has' if self.seedless == 1 else 'runs have'} no seed: counted once each"
            )
        return tuple(notes)


def one_per_seed(values: Iterable[float], seeds: Sequence[Hashable | None] | None = None) -> Sample:
    """Averages the runs of a seed; a run without a seed counts once. Without `seeds`, each value is a seed's.

    A value that is not finite is that of a run that failed or diverged: it is left out and counted.
    """
    runs = [float(value) for value in values]
    names: Sequence[Hashable | None] = range(len(runs)) if seeds is None else seeds
    by_seed: dict[Hashable, list[float]] = {}
    single: list[float] = []
    for value, seed in zip(runs, names, strict=True):
        if math.isfinite(value):
            (single if seed is None else by_seed.setdefault(seed, [])).append(value)
    return Sample(
        values=(*map(mean, by_seed.values()), *single),
        seeds=(*by_seed, *[None] * len(single)),
        left_out=sum(not math.isfinite(value) for value in runs),
        repeated=sum(len(repeats) > 1 for repeats in by_seed.values()),
        seedless=len(single),
    )


def mean(values: Sequence[float]) -> float:
    """The mean; NaN of nothing."""
    return math.fsum(value / len(values) for value in values) if values else math.nan


def deviation(values: Sequence[float]) -> float:
    """The standard deviation (of N - 1) of two or more values, NaN of fewer."""
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    return math.hypot(*sorted(abs(value - centre) for value in values)) / math.sqrt(len(values) - 1)


def identical(values: Sequence[float] | Floats, magnitude: float = 0.0) -> bool:
    """Whether nothing but rounding sets the values apart, of numbers as large as they or as `magnitude`."""
    lowest, highest = float(np.min(values)), float(np.max(values))
    return highest - lowest <= ULPS * math.ulp(max(magnitude, abs(lowest), abs(highest)))
