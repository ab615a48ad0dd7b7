"""A baseline and one candidate: of each metric the difference, by the test that fits, and what bars a claim.

Which test speaks is decided by how many seeds there are, never by which p is smaller.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trackside.compare import guard
from trackside.compare.adjust import FamilyName, family_of
from trackside.compare.comparison import Reason
from trackside.compare.difference import Difference
from trackside.compare.eval_data import eval_role
from trackside.compare.examples import compare_examples, mean_score
from trackside.compare.pairing import Examples
from trackside.compare.points import At, Curves, Point, common_points, points
from trackside.compare.prediction import in_spreads, predicted
from trackside.compare.replicates import FEWEST, paired_by_seed, untested, welch
from trackside.compare.rules import Rules
from trackside.compare.sample import Sample, one_per_seed
from trackside.compare.sides import Side, seed_of
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

ExamplesOf = Callable[[Run, str], Examples | None]
"""The per-example results that a run logged of a metric; None where it logged none."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A cell before its verdict: families are adjusted once all are there."""

    side: Side
    picked: tuple[list[Point], list[Point]]
    samples: tuple[Sample, Sample]
    difference: Difference
    reasons: tuple[Reason, ...]
    standing: Standing
    margin: float | None
    family: FamilyName | None
    spreads: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """`at` is settled. `candidates` are all that the baseline is compared with, `singles` those of one run alone.

    `around` are the reasons that go for all metrics.
    """

    baseline: Side
    candidate: Side
    at: At
    rules: Rules
    curves: Curves
    examples: ExamplesOf
    candidates: int
    singles: int
    around: tuple[Reason, ...]

    def cell(self, metric: str, goal: Goal | None, primary: str | None, of_baseline: list[Point] | None) -> Untold:
        """One metric. `of_baseline` are the baseline's points, None where they depend on the candidate."""
        if of_baseline is None:
            picked = common_points(metric, self.baseline, self.candidate, self.curves)
        else:
            picked = of_baseline, points(self.at, metric, self.candidate, self.curves)
        before, after = _sample(self.baseline, picked[0]), _sample(self.candidate, picked[1])
        evaluation = any(eval_role(run, metric) for run in self.baseline.runs + self.candidate.runs)
        family = family_of(metric, primary=primary, evaluation=evaluation, has_goal=goal is not None)
        found = guard.reasons(
            metric, self.baseline, self.candidate, self.at, picked, self.around, judged=family is not None
        )
        reasons = guard.accepted(found, self.rules.acknowledged)
        if family is None:
            difference = untested(before, after, "none", "it is not measured on data for evaluation")
        else:
            difference = self._difference(metric, before, after)
        margin = self.rules.margin or self.rules.margins.get(metric)
        return Untold(
            side=self.candidate,
            picked=picked,
            samples=(before, after),
            difference=self._with_lost(difference),
            reasons=reasons,
            standing=self._standing(reasons),
            margin=None if margin is None else margin.beside(difference.values[0]),
            family=family,
            spreads=_in_spreads(difference, before, after),
        )

    def _with_lost(self, difference: Difference) -> Difference:
        lost = len(self.baseline.left_out), len(self.candidate.left_out)
        if not any(lost):
            return difference
        return replace(difference, left_out=(difference.left_out[0] + lost[0], difference.left_out[1] + lost[1]))

    def _difference(self, metric: str, baseline: Sample, candidate: Sample) -> Difference:
        """By the test that fits the number of seeds on both sides."""
        sizes = len(baseline.values), len(candidate.values)
        if 0 in sizes:
            return untested(baseline, candidate, "none", _MISSING[sizes[0] > 0, sizes[1] > 0])
        if self.baseline.folds or self.candidate.folds:
            return untested(baseline, candidate, "none", "folds share data: mean and spread, and no test")
        if min(sizes) >= FEWEST:
            return paired_by_seed(baseline, candidate) if self.rules.paired_by_seed else welch(baseline, candidate)
        if sizes[0] >= FEWEST and sizes[1] == 1:
            return predicted(baseline, candidate.values[0], candidates=max(1, self.singles))
        if sizes == (1, 1):
            own, theirs = (self.examples(side.lead, metric) for side in (self.baseline, self.candidate))
            if own is not None and theirs is not None:
                return self._of_examples(baseline, candidate, own, theirs)
        return untested(baseline, candidate, "none", f"a test needs {FEWEST} seeds on both sides")

    def _of_examples(self, baseline: Sample, candidate: Sample, own: Examples, theirs: Examples) -> Difference:
        """By the examples, if it is they of which the metric is the mean."""
        for sample, some in ((baseline, own), (candidate, theirs)):
            if not math.isclose(sample.values[0], average := mean_score(some), rel_tol=_SAME_MEAN):
                why_not = f"the examples have the mean {average:.4g}, the metric is {sample.values[0]:.4g}"
                return untested(baseline, candidate, "none", why_not)
        return compare_examples(own, theirs, family=self.candidates)

    def _standing(self, reasons: Sequence[Reason]) -> Standing:
        planned = self.rules.planned_seeds or 0
        return Standing(
            incomparable=any(reason.bars for reason in reasons),
            provisional=any(side.going or 1 < len(side.runs) < planned for side in (self.baseline, self.candidate)),
            acknowledged=all(reason.acknowledged is not None for reason in reasons if reason.code == guard.LEFT_OUT),
        )


def _sample(side: Side, picked: Sequence[Point]) -> Sample:
    values = [math.nan if point.value is None else point.value for point in picked]
    return one_per_seed(values, [seed_of(run) for run in side.runs])


def _in_spreads(difference: Difference, baseline: Sample, candidate: Sample) -> float | None:
    if not math.isfinite(difference.delta):
        return None
    of_baseline = in_spreads(difference.delta, baseline)
    return of_baseline if of_baseline is not None else in_spreads(difference.delta, candidate)
