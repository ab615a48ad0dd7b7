"""A baseline and one candidate: of each metric the difference, by the test that fits, and what bars a claim.

Which test speaks is decided by how many seeds there are, never by which p is smaller.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from trackside.compare import guard
from trackside.compare.comparison import Reason
from trackside.compare.eval_data import eval_role
from trackside.compare.points import At, Curves, Point, common_points, points
from trackside.compare.rules import Rules
from trackside.compare.sides import Side, result_of, share_data
from trackside.compare.statistics.adjust import Family, FamilyName, family_of
from trackside.compare.statistics.difference import Difference
from trackside.compare.statistics.examples import compare_examples, mean_score
from trackside.compare.statistics.pairing import Examples, ExamplesError
from trackside.compare.statistics.prediction import in_spreads, predicted
from trackside.compare.statistics.replicates import FEWEST, done_to, paired_by_seed, shared_seeds, untested, welch
from trackside.compare.statistics.sample import Sample, mean, one_per_seed
from trackside.compare.verdict import Standing
from trackside.model.goals import Goal
from trackside.model.run import Run

_SAME_MEAN = 1e-3
"""As far as a metric may be rounded that is the mean of its examples."""

_MISSING = {
    (False, True): "the baseline has no value",
    (True, False): "only the baseline has a value",
    (False, False): "neither has a value",
}

_TOO_FEW = f"a test needs {FEWEST} seeds on both sides"

ExamplesOf = Callable[[Run, str], Examples | None]
"""The per-example results that a run logged of a metric; None where it logged none. ExamplesError for odd ones."""


class Pair(msgspec.Struct, dict=True, frozen=True):
    """A baseline and a candidate; the choice of points is settled. `around` are reasons that go for all metrics."""

    baseline: Side
    candidate: Side
    at: At
    rules: Rules
    curves: Curves
    examples: ExamplesOf
    around: tuple[Reason, ...]

    @cached_property
    def folds(self) -> bool:
        """Whether the runs differ in their fold, of either side or between them."""
        return share_data(self.baseline, self.candidate)

    @cached_property
    def results(self) -> tuple[list[Hashable | None], list[Hashable | None]]:
        """What tells the results of each side apart, run by run."""
        return [result_of(run) for run in self.baseline.runs], [result_of(run) for run in self.candidate.runs]


class Draft(msgspec.Struct, frozen=True):
    """One metric of a pair before anything is tested: `samples` are one value a seed, (baseline, candidate)."""

    pair: Pair
    metric: str
    goal: Goal | None
    picked: tuple[list[Point], list[Point]]
    samples: tuple[Sample, Sample]
    reasons: tuple[Reason, ...]
    family: FamilyName | None

    @property
    def predicts(self) -> bool:
        """Whether it is one run, or one seed, against the spread of a baseline."""
        sizes = tuple(len(sample.values) for sample in self.samples)
        return self.family is not None and sizes[0] >= FEWEST and sizes[1] == 1 and not self.pair.folds

    @property
    def standing(self) -> Standing:
        """What bars a claim, beside the values."""
        left_out = [reason for reason in self.reasons if reason.code == guard.LEFT_OUT]
        return Standing(
            incomparable=any(reason.bars for reason in self.reasons),
            provisional=any(reason.code in (guard.RUNNING, guard.FEW_SEEDS) for reason in self.reasons),
            acknowledged=bool(left_out) and all(reason.acknowledged is not None for reason in left_out),
        )

    def margin(self) -> float | None:
        """What is too little to matter, in units of the metric."""
        margin = self.pair.rules.margins.get(self.metric)
        return None if margin is None else margin.beside(mean(self.samples[0].values))

    def spreads(self) -> float | None:
        """The difference in standard deviations of the baseline's seeds, or of the candidate's."""
        before, after = self.samples
        delta = mean(after.values) - mean(before.values)
        if self.pair.folds or self.standing.incomparable or not math.isfinite(delta):
            return None
        of_baseline = in_spreads(delta, before)
        return of_baseline if of_baseline is not None else in_spreads(delta, after)


def draft(pair: Pair, metric: str, primary: str | None, of_baseline: list[Point] | None) -> Draft:
    """One metric. `of_baseline` are the baseline's points, None where they depend on the candidate."""
    if of_baseline is None:
        picked = common_points(metric, pair.baseline, pair.candidate, pair.curves)
    else:
        picked = of_baseline, points(pair.at, metric, pair.candidate, pair.curves)
    samples = _sample(pair.results[0], picked[0]), _sample(pair.results[1], picked[1])
    runs = pair.baseline.runs + pair.candidate.runs
    goal = pair.rules.goal_of(metric, runs)
    evaluation = any(eval_role(run, metric) for run in runs)
    family = family_of(metric, primary=primary, evaluation=evaluation, has_goal=goal is not None)
    evaluated = evaluation or family is not None
    found = guard.reasons(metric, pair.baseline, pair.candidate, pair.at, picked, pair.around, evaluated=evaluated)
    if evaluated:
        found += _few_seeds(pair.rules, samples)
    return Draft(pair, metric, goal, picked, samples, guard.accepted(found, pair.rules.acknowledged), family)


def _few_seeds(rules: Rules, samples: tuple[Sample, Sample]) -> tuple[Reason, ...]:
    """That what is tested is fewer than was planned: seeds, or pairs of them."""
    seeds = [len(sample.values) for sample in samples]
    if 0 in seeds:
        return ()
    if rules.paired_by_seed and min(seeds) >= FEWEST:
        return guard.few_seeds([len(shared_seeds(*samples))] * 2, rules.planned_seeds, "pairs of seeds")
    return guard.few_seeds(seeds, rules.planned_seeds)


def tested(draft: Draft, family: Family | None) -> Difference:
    """The difference, by the test that fits the number of seeds on both sides; `family` is the test's own.

    Of what is not comparable no p is made: it would be one of the data, or of the failure, and be taken for the method.
    Nor is one of runs that go on: whoever looks at it again and again sees a small one in the end.
    """
    before, after = draft.samples
    if family is None:
        found = untested(before, after, "none", "a verdict takes data for evaluation and a goal")
    elif draft.standing.incomparable:
        found = untested(before, after, "none", "the two sides are not comparable")
    elif any(reason.code == guard.RUNNING for reason in draft.reasons):
        found = untested(before, after, "none", "runs go on")
    else:
        found = _difference(draft, before, after, family)
    lost = (before.left_out + len(draft.pair.baseline.left_out), after.left_out + len(draft.pair.candidate.left_out))
    return replace(found, left_out=lost)


def _difference(draft: Draft, baseline: Sample, candidate: Sample, family: Family) -> Difference:
    sizes = len(baseline.values), len(candidate.values)
    if 0 in sizes:
        return untested(baseline, candidate, "none", _MISSING[sizes[0] > 0, sizes[1] > 0])
    if draft.pair.folds:
        return untested(baseline, candidate, "none", "folds share data: mean and spread, and no test")
    if min(sizes) >= FEWEST:
        return paired_by_seed(baseline, candidate) if draft.pair.rules.paired_by_seed else welch(baseline, candidate)
    if draft.predicts:
        return predicted(baseline, candidate, candidates=family.predictions)
    if sizes == (1, 1):
        return _by_examples(draft, baseline, candidate, family)
    return untested(baseline, candidate, "none", _TOO_FEW)


def _by_examples(draft: Draft, baseline: Sample, candidate: Sample, family: Family) -> Difference:
    """By the per-example results of one run each, if it is they of which the metric is the mean."""
    try:
        found = [draft.pair.examples(side.lead, draft.metric) for side in (draft.pair.baseline, draft.pair.candidate)]
    except ExamplesError as error:
        return untested(baseline, candidate, "none", str(error))
    own, theirs = found
    if own is None or theirs is None:
        return untested(baseline, candidate, "none", _TOO_FEW)
    for sample, some in ((baseline, own), (candidate, theirs)):
        if not math.isclose(sample.values[0], average := mean_score(some), rel_tol=_SAME_MEAN):
            why_not = f"the examples have the mean {average:.4g}, the metric is {sample.values[0]:.4g}"
            return untested(baseline, candidate, "none", why_not)
    compared = compare_examples(own, theirs, family=family.size)
    if any(compared.left_out):
        before, after = compared.left_out
        return untested(baseline, candidate, "none", f"{before} and {after} examples have no finite score")
    return replace(compared, notes=(*done_to(baseline, candidate), *compared.notes))


def _sample(results: Sequence[Hashable | None], picked: Sequence[Point]) -> Sample:
    return one_per_seed([math.nan if point.value is None else point.value for point in picked], results)
