"""Which examples flipped between two sides, and by how much. It claims nothing: the seed is what is tested.

Of several runs a side has each example's mean score. Seeds of two sides are not paired: a run of the candidate flips a
0/1 example that most of the baseline's runs judge the other way.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from trackside.compare.statistics.difference import Flags, Floats, Indices
from trackside.compare.statistics.pairing import Examples, frame, paired

_ROUNDING = 1e-12
"""Of the larger mean: what means of other numbers of equal scores may differ by."""


class Flips(msgspec.Struct, frozen=True):
    """Examples that all runs of both sides have, those that differ most first; columns of one length.

    `baseline` and `candidate` are mean scores over the `runs` of each side, `difference` is how much higher the
    candidate's is, 0 where it is by rounding alone. `flipped` counts the candidate's runs that flip the example, None
    unless all scores are 0 or 1. `unmatched` counts the examples that not all runs of both sides have, `left_out` those
    without a finite score in one of a side's runs, both by side.
    """

    ids: pl.Series
    baseline: Floats
    candidate: Floats
    difference: Floats
    flipped: Indices | None
    runs: tuple[int, int]
    unmatched: tuple[int, int]
    left_out: tuple[int, int]


def flips(baseline: Sequence[Examples], candidate: Sequence[Examples]) -> Flips:
    """Bring the runs' examples together; at least one run a side. ExamplesError where ids are missing or double."""
    ours, theirs = _averaged(baseline, "baseline"), _averaged(candidate, "candidate")
    pairs = paired(ours.mean, theirs.mean)
    difference = _difference(pairs.baseline, pairs.candidate)
    order = _order(pairs.ids, np.abs(difference))
    means = pairs.baseline[order], pairs.candidate[order]
    runs = len(baseline), len(candidate)
    return Flips(
        ids=pairs.ids[order],
        baseline=means[0],
        candidate=means[1],
        difference=difference[order],
        flipped=_flipped(*means, runs) if ours.binary and theirs.binary else None,
        runs=runs,
        unmatched=(pairs.unmatched[0] + ours.unmatched, pairs.unmatched[1] + theirs.unmatched),
        left_out=pairs.left_out,
    )


class _Averaged(msgspec.Struct, frozen=True):
    """The mean scores of a side's runs, NaN where one is not finite. `unmatched` counts what not all runs have."""

    mean: Examples
    binary: bool
    unmatched: int


def _averaged(side: Sequence[Examples], whose: str) -> _Averaged:
    frames = [frame(examples, whose).select("id", "score") for examples in side]
    every = pl.concat(frames)
    scores = every["score"].filter(every["score"].is_finite())
    binary = bool(((scores == 0) | (scores == 1)).all())
    if len(frames) == 1:
        return _Averaged(Examples(every["id"], every["score"]), binary, 0)
    means = every.group_by("id").agg(pl.col("score").mean(), runs=pl.len())
    whole = means.filter(pl.col("runs") == len(frames))
    return _Averaged(Examples(whole["id"], whole["score"]), binary, len(means) - len(whole))


def _difference(baseline: Floats, candidate: Floats) -> Floats:
    with np.errstate(over="ignore"):
        apart = candidate - baseline
    rounding: Flags = np.abs(apart) <= _ROUNDING * np.maximum(np.abs(baseline), np.abs(candidate))
    return np.where(rounding, 0.0, apart)


def _flipped(baseline: Floats, candidate: Floats, runs: tuple[int, int]) -> Indices:
    """How many of the candidate's runs are not of the baseline's majority; none where half are of either."""
    before, after = np.rint(baseline * runs[0]).astype(np.intp), np.rint(candidate * runs[1]).astype(np.intp)
    flipped: Indices = np.where(2 * before < runs[0], after, runs[1] - after)
    return np.where(2 * before == runs[0], 0, flipped)


def _order(ids: pl.Series, apart: Floats) -> Indices:
    """The furthest apart first, then by id, whole numbers among the ids by their size."""
    rows = pl.DataFrame({"apart": apart, "number": ids.cast(pl.Int64, strict=False), "id": ids})
    found = rows.select(pl.arg_sort_by("apart", "number", "id", descending=[True, False, False], nulls_last=True))
    return found.to_series().to_numpy().astype(np.intp)
