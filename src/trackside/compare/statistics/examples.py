"""Per-example results of one run on each side, and whether they differ by more than these examples' chance.

It speaks of these two runs alone: another seed of either may turn it. So where a side has several seeds, the seed is
what is tested (`replicates`), and examples only say which of them flipped.
"""

import math

import numpy as np
from msgspec.structs import replace

from trackside.compare.statistics import mcnemar
from trackside.compare.statistics.difference import ALPHA, Difference, Floats, Indices
from trackside.compare.statistics.draws import coin_flips, dealt, seed_of
from trackside.compare.statistics.pairing import Examples, ExamplesError, Pairs, paired
from trackside.compare.statistics.sample import identical
from trackside.compare.statistics.sign_flip import sign_flip

FEWEST = 30
"""Examples, or groups of examples, below which nothing is claimed."""

_MOST_UNITS = 4096
"""Beyond so many examples, they are flipped in random heaps: as valid, as exact, and bounded in time and memory."""

_RESAMPLES = 4_999
_PER_CLAIM = 20


def compare_examples(baseline: Examples, candidate: Examples, *, family: int = 1, alpha: float = ALPHA) -> Difference:
    """Pairs by id, then McNemar's mid-p for 0/1, else sign flips; whole groups are flipped where groups are given.

    `family` is the number of tests that are adjusted together: the more, the finer p must be resolved. What cannot be
    paired is not tested, and `why_not` says why.
    """
    try:
        pairs = paired(baseline, candidate)
    except ExamplesError as error:
        return Difference("paired examples", (0, 0), "examples", (math.nan, math.nan), math.nan, why_not=str(error))
    found = _untested(pairs)
    if found.n[0] < FEWEST:
        return replace(found, why_not=f"{found.n[0]} of the {FEWEST} {found.unit} that a test needs")
    with np.errstate(over="ignore", invalid="ignore"):
        differences = pairs.candidate - pairs.baseline
        found = replace(found, delta=float(differences.mean()))
    if pairs.groups is None and _is_binary(pairs):
        return _mcnemar(found, differences, alpha)
    return _sign_flip(found, pairs, differences, family, alpha)


def mean_score(examples: Examples) -> float:
    """The mean of the finite scores of one run; NaN where there is none, or where they are no numbers."""
    try:
        scores = np.asarray(examples.scores, np.float64)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return _mean(scores[np.isfinite(scores)])


def _untested(pairs: Pairs) -> Difference:
    examples = len(pairs.baseline)
    units = examples if pairs.groups is None else int(pairs.groups.max(initial=-1)) + 1
    values = _mean(pairs.baseline), _mean(pairs.candidate)
    notes = []
    if any(pairs.unmatched):
        notes.append(f"{pairs.unmatched[0]} and {pairs.unmatched[1]} examples have no partner")
    if pairs.groups is not None:
        notes.append(f"{examples} examples in {units} groups")
    return Difference(
        method="paired examples",
        n=(units, units),
        unit="examples" if pairs.groups is None else "groups",
        values=values,
        delta=values[1] - values[0],
        left_out=pairs.left_out,
        notes=tuple(notes),
    )


def _mcnemar(found: Difference, differences: Floats, alpha: float) -> Difference:
    won, lost = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    p, p_exact = mcnemar.p_values(lost, won)
    return replace(
        found,
        method="McNemar's mid-p",
        delta=(won - lost) / len(differences),
        scope="runs",
        interval=mcnemar.interval(lost, won, len(differences), alpha),
        interval_kind="confidence",
        level=1 - alpha,
        p=p,
        p_exact=p_exact,
    )


def _sign_flip(found: Difference, pairs: Pairs, differences: Floats, family: int, alpha: float) -> Difference:
    found = replace(found, method="sign-flip permutation")
    if not math.isfinite(found.delta):
        return replace(found, why_not="the scores lie too far apart to be computed with")
    sums, sizes = _units(pairs, differences)
    largest = max(float(np.abs(scores).max()) for scores in (pairs.baseline, pairs.candidate))
    if identical(sums / sizes, largest):
        return replace(found, why_not=f"{len(sums)} identical differences: same run?")
    seed = seed_of(pairs.ids)
    if len(sums) > _MOST_UNITS:
        heaps = dealt(seed, len(sums), _MOST_UNITS)
        sums, sizes = _added(heaps, sums), _added(heaps, sizes)
        found = replace(found, notes=(*found.notes, f"flipped in {_MOST_UNITS:,} random heaps of {found.unit}"))
    resamples = max(_RESAMPLES, math.ceil(_PER_CLAIM * family / alpha))
    tested = sign_flip(sums, sizes, coin_flips(seed, resamples, len(sums)), alpha)
    return replace(
        found, scope="runs", interval=tested.interval, interval_kind="confidence", level=1 - alpha, p=tested.p
    )


def _units(pairs: Pairs, differences: Floats) -> tuple[Floats, Floats]:
    """The sum of the differences in each unit, and its number of examples."""
    ones = np.ones(len(differences))
    if pairs.groups is None:
        return differences, ones
    return _added(pairs.groups, differences), _added(pairs.groups, ones)


def _added(heaps: Indices, values: Floats) -> Floats:
    return np.bincount(heaps, values).astype(np.float64)


def _is_binary(pairs: Pairs) -> bool:
    return all(bool(np.isin(scores, (0.0, 1.0)).all()) for scores in (pairs.baseline, pairs.candidate))


def _mean(scores: Floats) -> float:
    return float((scores / len(scores)).sum()) if len(scores) else math.nan
