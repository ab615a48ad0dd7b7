"""Candidates against a baseline: every metric of either, each cell with its verdict and what that rests on.

Which test speaks is decided by how many seeds there are, never by which p is smaller. The families of the adjustment
are those of the comparison as it was named: the primary metric × candidates, and the other evaluated metrics.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from trackside.compare import guard
from trackside.compare.adjust import Family, FamilyName, family_of, holm
from trackside.compare.comparison import Cell, Comparison, Reason, Row
from trackside.compare.difference import ALPHA, Difference
from trackside.compare.equivalence import percent
from trackside.compare.eval_data import eval_role
from trackside.compare.examples import compare_examples, mean_score
from trackside.compare.pairing import Examples
from trackside.compare.points import At, Curves, Point, points, settled
from trackside.compare.prediction import in_spreads, predicted
from trackside.compare.replicates import FEWEST, paired_by_seed, untested, welch
from trackside.compare.sample import Sample, mean, one_per_seed
from trackside.compare.sides import Side, seed_of
from trackside.compare.verdict import Standing, judge
from trackside.model.goals import Goal, infer_goal
from trackside.model.margins import Margin
from trackside.model.natural import natural
from trackside.model.run import Run

_SAME_MEAN = 1e-3
"""As far as a metric may be rounded that is the mean of its examples."""

ExamplesOf = Callable[[Run, str], Examples | None]
"""The per-example results that a run logged of a metric; None where it logged none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a project decided about comparisons.

    `planned_seeds` is how many seeds each side is to have; `margin`, where there is one, stands for those of all
    metrics.
    """

    primary: str | None = None
    goals: Mapping[str, Goal] = field(default_factory=dict)
    margins: Mapping[str, Margin] = field(default_factory=dict)
    margin: Margin | None = None
    paired_by_seed: bool = False
    planned_seeds: int | None = None
    acknowledged: guard.Acknowledged = field(default_factory=dict)


def compare(
    baseline: Side,
    candidates: Sequence[Side],
    *,
    at: At,
    rules: Rules,
    curves: Curves,
    examples: ExamplesOf,
    metrics: Sequence[str] | None = None,
) -> Comparison:
    """Compare, by the point that `at` says. Without `metrics`, all that any side has; those of the machine left out."""
    named = metrics or _all_metrics([baseline, *candidates])
    primary = rules.primary or next((run.primary for side in [baseline, *candidates] for run in side.runs), None)
    pairs = _Pairs(baseline, tuple(candidates), at, rules, primary, curves, examples)
    rows = tuple(pairs.row(metric) for metric in named)
    judged = _judged(rows)
    barring = dict.fromkeys(reason for row in judged for cell in row.cells for reason in cell.reasons if reason.bars)
    return Comparison(baseline, tuple(candidates), at, primary, judged, tuple(barring))


@dataclass(frozen=True, slots=True)
class _Untold:
    """A cell before its verdict: families are adjusted once all are there."""

    side: Side
    picked: tuple[list[Point], list[Point]]
    values: tuple[float, float]
    difference: Difference
    reasons: tuple[Reason, ...]
    standing: Standing
    margin: float | None
    family: FamilyName | None
    spreads: float | None
    signed: bool


@dataclass(frozen=True, slots=True)
class _Line:
    metric: str
    goal: Goal | None
    cells: tuple[_Untold, ...]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The baseline beside each candidate, metric by metric."""

    baseline: Side
    candidates: tuple[Side, ...]
    at: At
    rules: Rules
    primary: str | None
    curves: Curves
    examples: ExamplesOf

    def row(self, metric: str) -> _Line:
        goal = self._goal(metric)
        return _Line(metric, goal, tuple(self._cell(metric, goal, candidate) for candidate in self.candidates))

    def _goal(self, metric: str) -> Goal | None:
        decided = self.rules.goals.get(metric)
        said = [run.metrics[metric].goal for run in self._runs() if metric in run.metrics]
        return decided or next((goal for goal in said if goal), None) or infer_goal(metric)

    def _runs(self) -> list[Run]:
        return [run for side in (self.baseline, *self.candidates) for run in side.runs]

    def _cell(self, metric: str, goal: Goal | None, candidate: Side) -> _Untold:
        at = settled(self.at, self.baseline, candidate)
        picked = points(at, metric, self.baseline, candidate, self.curves)
        samples = [_sample(side, some) for side, some in zip((self.baseline, candidate), picked, strict=True)]
        found = guard.reasons(metric, self.baseline, candidate, at, picked)
        reasons = guard.accepted(found, self.rules.acknowledged)
        evaluation = any(eval_role(run, metric) for run in self.baseline.runs + candidate.runs)
        family = family_of(metric, primary=self.primary, evaluation=evaluation, has_goal=goal is not None)
        difference = self._difference(metric, samples[0], samples[1], candidate) if family else None
        if difference is None:
            difference = untested(samples[0], samples[1], "none", "it is not measured on data for evaluation")
        lost = len(self.baseline.left_out), len(candidate.left_out)
        difference = replace(difference, left_out=(difference.left_out[0] + lost[0], difference.left_out[1] + lost[1]))
        margin = self.rules.margin or self.rules.margins.get(metric)
        return _Untold(
            candidate,
            picked,
            (mean(samples[0].values), mean(samples[1].values)),
            difference,
            reasons,
            self._standing(candidate, reasons),
            None if margin is None else margin.beside(difference.values[0]),
            family,
            _in_spreads(difference, samples),
            signed=any((run.metrics[metric].min or 0) < 0 for run in self._runs() if metric in run.metrics),
        )

    def _difference(self, metric: str, baseline: Sample, candidate: Sample, side: Side) -> Difference:
        """By the test that fits the number of seeds on both sides."""
        sizes = len(baseline.values), len(candidate.values)
        if self.baseline.folds or side.folds:
            return untested(baseline, candidate, "none", "folds share data: mean and spread, and no test")
        if min(sizes) >= FEWEST:
            return paired_by_seed(baseline, candidate) if self.rules.paired_by_seed else welch(baseline, candidate)
        if sizes[0] >= FEWEST and sizes[1] == 1:
            single = sum(len(other.runs) == 1 for other in self.candidates)
            return predicted(baseline, candidate.values[0], candidates=max(1, single))
        if sizes == (1, 1):
            own, theirs = (self.examples(one.lead, metric) for one in (self.baseline, side))
            if own is not None and theirs is not None:
                return self._of_examples(baseline, candidate, own, theirs)
        return untested(baseline, candidate, "none", f"a test needs {FEWEST} seeds on both sides")

    def _of_examples(self, baseline: Sample, candidate: Sample, own: Examples, theirs: Examples) -> Difference:
        """By the examples, if it is they of which the metric is the mean."""
        for sample, some in ((baseline, own), (candidate, theirs)):
            if not math.isclose(sample.values[0], average := mean_score(some), rel_tol=_SAME_MEAN):
                why_not = f"the examples have the mean {average:.4g}, the metric is {sample.values[0]:.4g}"
                return untested(baseline, candidate, "none", why_not)
        return compare_examples(own, theirs, family=len(self.candidates))

    def _standing(self, candidate: Side, reasons: Sequence[Reason]) -> Standing:
        sides = self.baseline, candidate
        planned = self.rules.planned_seeds or 0
        unfinished = any(side.going or 1 < len(side.runs) < planned for side in sides)
        left_out = [reason for reason in reasons if reason.code == guard.LEFT_OUT]
        return Standing(
            incomparable=any(reason.bars for reason in reasons),
            provisional=unfinished,
            acknowledged=all(reason.acknowledged is not None for reason in left_out),
        )


def _judged(lines: Sequence[_Line]) -> tuple[Row, ...]:
    """The rows with their verdicts: p adjusted by Holm within each of the two families."""
    cells = [cell for line in lines for cell in line.cells]
    adjusted: list[tuple[float | None, Family | None]] = [(None, None)] * len(cells)
    names: tuple[FamilyName, ...] = ("primary", "other metrics")
    for name in names:
        places = [place for place, cell in enumerate(cells) if cell.family == name]
        tests = [_test_of(cells[place].difference) for place in places]
        for place, p in zip(places, holm(tests), strict=True):
            adjusted[place] = _predicted_p(cells[place].difference) or p, Family(name, len(places))
    told = iter(zip(cells, adjusted, strict=True))
    return tuple(
        Row(line.metric, line.goal, tuple(_told(cell, line.goal, *by) for cell, by in islice(told, len(line.cells))))
        for line in lines
    )


def _test_of(difference: Difference) -> float | None:
    """The p that is adjusted with others; a prediction interval has its adjustment in its level."""
    return None if difference.interval_kind == "prediction" else difference.p


def _predicted_p(difference: Difference) -> float | None:
    """The p of a prediction interval, adjusted for as many runs as its level is shared by."""
    if difference.interval_kind != "prediction" or difference.p is None:
        return None
    return min(1.0, difference.p * ALPHA / (1 - difference.level))


def _told(cell: _Untold, goal: Goal | None, p_adjusted: float | None, family: Family | None) -> Cell:
    found = cell.difference
    verdict = judge(found, goal, p_adjusted=p_adjusted, family=family, margin=cell.margin, standing=cell.standing)
    before, after = (None if math.isnan(value) else value for value in cell.values)
    return Cell(
        side=cell.side,
        value=after,
        baseline_value=before,
        at_step=_step(cell.picked[1]),
        baseline_at_step=_step(cell.picked[0]),
        delta=after - before if before is not None and after is not None else None,
        percent=percent(before, after, signed=cell.signed) if before is not None and after is not None else None,
        spreads=cell.spreads,
        verdict=verdict,
        reasons=cell.reasons,
    )


def _sample(side: Side, picked: Sequence[Point]) -> Sample:
    values = [math.nan if point.value is None else point.value for point in picked]
    return one_per_seed(values, [seed_of(run) for run in side.runs])


def _in_spreads(difference: Difference, samples: Sequence[Sample]) -> float | None:
    if not math.isfinite(difference.delta):
        return None
    of_baseline = in_spreads(difference.delta, samples[0])
    return of_baseline if of_baseline is not None else in_spreads(difference.delta, samples[1])


def _step(picked: Sequence[Point]) -> int | None:
    """The step at which a side was read; the largest where its runs differ."""
    return max((point.step for point in picked if point.step is not None), default=None)


def _all_metrics(sides: Sequence[Side]) -> list[str]:
    """Those of any side, evaluated ones first; what is measured of the machine is no result."""
    runs = [run for side in sides for run in side.runs]
    names = {name for run in runs for name in run.metrics if not name.startswith("system/")}
    return sorted(names, key=lambda name: (not any(eval_role(run, name) for run in runs), natural(name)))
