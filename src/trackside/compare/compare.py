"""Candidates against a baseline: every metric of either, each cell with its verdict and what that rests on.

The families of the adjustment are those of the comparison as it was named: the primary metric × candidates, and the
other evaluated metrics × candidates.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec

from trackside.compare import guard
from trackside.compare.comparison import Cell, Comparison, Row
from trackside.compare.eval_data import eval_role
from trackside.compare.pair import Draft, ExamplesOf, Pair, draft, tested
from trackside.compare.points import At, Curves, Point, points, settled
from trackside.compare.rules import Rules
from trackside.compare.sides import Side
from trackside.compare.statistics.adjust import Family, FamilyName, holm
from trackside.compare.statistics.difference import ALPHA, Difference
from trackside.compare.statistics.equivalence import percent
from trackside.compare.statistics.sample import mean
from trackside.compare.verdict import judge
from trackside.model.natural import natural
from trackside.model.run import Run


def compare(
    baseline: Side,
    candidates: Sequence[Side],
    *,
    at: At,
    rules: Rules,
    curves: Curves,
    examples: ExamplesOf,
    evaluation_code: Mapping[str, str] | None = None,
    metrics: Sequence[str] | None = None,
) -> Comparison:
    """Compare, by the point that `at` says. Without `metrics`, all that any side has; those of the machine left out.

    `evaluation_code` is what the files of the evaluation are known by, by a run's id; None where none are listed.
    """
    runs = [run for side in (baseline, *candidates) for run in side.runs]
    primary = rules.primary_of(runs)
    pairs = [
        Pair(
            baseline,
            candidate,
            settled(at, baseline, candidate),
            rules,
            curves,
            examples,
            guard.of_all_metrics(baseline, candidate, evaluation_code),
        )
        for candidate in candidates
    ]
    rows = _judged([_line(metric, runs, pairs, primary) for metric in metrics or _all_metrics(runs)])
    barring = dict.fromkeys(reason for row in rows for cell in row.cells for reason in cell.reasons if reason.bars)
    return Comparison(baseline, tuple(candidates), at, primary, rows, tuple(barring))


class _Line(msgspec.Struct, frozen=True):
    """A metric before its verdicts; `signed` where it was seen below zero."""

    metric: str
    signed: bool
    drafts: tuple[Draft, ...]


def _line(metric: str, runs: Sequence[Run], pairs: Sequence[Pair], primary: str | None) -> _Line:
    summaries = [run.metrics[metric] for run in runs if metric in run.metrics]
    of_baseline: dict[At, list[Point] | None] = {}
    for pair in pairs:
        if pair.at not in of_baseline:
            depends = pair.at.kind == "common"
            of_baseline[pair.at] = None if depends else points(pair.at, metric, pair.baseline, pair.curves)
    drafts = tuple(draft(pair, metric, primary, of_baseline[pair.at]) for pair in pairs)
    return _Line(metric, any((summary.min or 0) < 0 for summary in summaries), drafts)


def _judged(lines: Sequence[_Line]) -> tuple[Row, ...]:
    """The rows with their verdicts: each family is as large as the comparison was named, and its p adjusted by Holm."""
    drafts = [each for line in lines for each in line.drafts]
    names: tuple[FamilyName, ...] = ("primary", "other metrics")
    families = {name: _family(drafts, name) for name in names}
    found = [tested(each, None if each.family is None else families[each.family]) for each in drafts]
    adjusted: list[float | None] = [None] * len(drafts)
    for name in names:
        places = [place for place, each in enumerate(drafts) if each.family == name]
        for place, p in zip(places, holm([_test_of(found[place]) for place in places]), strict=True):
            adjusted[place] = _predicted_p(found[place]) or p
    told = iter(zip(drafts, found, adjusted, strict=True))
    return tuple(
        Row(line.metric, tuple(_told(line, families, *of) for of in islice(told, len(line.drafts)))) for line in lines
    )


def _family(drafts: Sequence[Draft], name: FamilyName) -> Family:
    members = [each for each in drafts if each.family == name]
    return Family(name, len(members), sum(each.predicts for each in members))


def _test_of(difference: Difference) -> float | None:
    """The p that is adjusted with others; a prediction interval has its adjustment in its level."""
    return None if difference.interval_kind == "prediction" else difference.p


def _predicted_p(difference: Difference) -> float | None:
    """The p of a prediction interval, adjusted for as many runs as its level is shared by."""
    if difference.interval_kind != "prediction" or difference.p is None:
        return None
    return min(1.0, difference.p * ALPHA / (1 - difference.level))


def _told(
    line: _Line, families: Mapping[FamilyName, Family], of: Draft, found: Difference, p_adjusted: float | None
) -> Cell:
    """A cell. Where a test spoke, its values are those that were tested."""
    means = found.values if found.interval is not None else tuple(mean(sample.values) for sample in of.samples)
    before, after = (None if math.isnan(value) else value for value in means)
    delta = change = None
    if before is not None and after is not None:
        delta, change = after - before, percent(before, after, signed=line.signed)
    return Cell(
        side=of.pair.candidate,
        value=after,
        baseline_value=before,
        at_step=_step(of.picked[1]),
        baseline_at_step=_step(of.picked[0]),
        delta=delta,
        percent=change,
        spreads=of.spreads(),
        samples=of.samples,
        verdict=judge(
            found,
            of.goal,
            p_adjusted=p_adjusted,
            family=None if of.family is None else families[of.family],
            margin=of.margin(),
            standing=of.standing,
        ),
        reasons=of.reasons,
    )


def _step(picked: Sequence[Point]) -> int | None:
    """The step at which a side was read; the largest where its runs differ."""
    return max((point.step for point in picked if point.step is not None), default=None)


def _all_metrics(runs: Sequence[Run]) -> list[str]:
    """Those of any run, evaluated ones first; what is measured of the machine is no result."""
    names = {name for run in runs for name in run.metrics if not name.startswith("system/")}
    evaluated = {name for name in names if any(eval_role(run, name) for run in runs)}
    return sorted(names, key=lambda name: (name not in evaluated, natural(name)))
