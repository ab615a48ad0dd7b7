"""Candidates against a baseline: every metric of either, each cell with its verdict and what that rests on.

The families of the adjustment are those of the comparison as it was named: the primary metric × candidates, and the
other evaluated metrics × candidates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from trackside.compare import guard
from trackside.compare.adjust import Family, FamilyName, holm
from trackside.compare.comparison import Cell, Comparison, Row
from trackside.compare.difference import ALPHA, Difference
from trackside.compare.equivalence import percent
from trackside.compare.eval_data import eval_role
from trackside.compare.pair import ExamplesOf, Pair, Untold
from trackside.compare.points import At, Curves, Point, points, settled
from trackside.compare.rules import Rules
from trackside.compare.sample import mean
from trackside.compare.sides import Side
from trackside.compare.verdict import judge
from trackside.model.goals import Goal, infer_goal
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
    primary = rules.primary or next((run.primary for run in runs if run.primary), None)
    singles = sum(len(side.runs) == 1 for side in candidates)
    pairs = [
        Pair(
            baseline,
            candidate,
            settled(at, baseline, candidate),
            rules,
            curves,
            examples,
            len(candidates),
            singles,
            guard.of_all_metrics(baseline, candidate, evaluation_code),
        )
        for candidate in candidates
    ]
    lines = [_line(metric, runs, pairs, primary, rules) for metric in metrics or _all_metrics(runs)]
    rows = _judged(lines)
    barring = dict.fromkeys(reason for row in rows for cell in row.cells for reason in cell.reasons if reason.bars)
    return Comparison(baseline, tuple(candidates), at, primary, rows, tuple(barring))


@dataclass(frozen=True, slots=True)
class _Line:
    """A metric before its verdicts; `signed` where it was seen below zero."""

    metric: str
    goal: Goal | None
    signed: bool
    cells: tuple[Untold, ...]


def _line(metric: str, runs: Sequence[Run], pairs: Sequence[Pair], primary: str | None, rules: Rules) -> _Line:
    summaries = [run.metrics[metric] for run in runs if metric in run.metrics]
    said = next((summary.goal for summary in summaries if summary.goal), None)
    goal = rules.goals.get(metric) or said or infer_goal(metric)
    of_baseline: dict[At, list[Point] | None] = {}
    for pair in pairs:
        if pair.at not in of_baseline:
            depends = pair.at.kind == "common"
            of_baseline[pair.at] = None if depends else points(pair.at, metric, pair.baseline, pair.curves)
    cells = tuple(pair.cell(metric, goal, primary, of_baseline[pair.at]) for pair in pairs)
    return _Line(metric, goal, any((summary.min or 0) < 0 for summary in summaries), cells)


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
        Row(line.metric, line.goal, tuple(_told(cell, line, *by) for cell, by in islice(told, len(line.cells))))
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


def _told(cell: Untold, line: _Line, p_adjusted: float | None, family: Family | None) -> Cell:
    before, after = (mean(sample.values) if sample.values else None for sample in cell.samples)
    delta = change = None
    if before is not None and after is not None:
        delta, change = after - before, percent(before, after, signed=line.signed)
    return Cell(
        side=cell.side,
        value=after,
        baseline_value=before,
        at_step=_step(cell.picked[1]),
        baseline_at_step=_step(cell.picked[0]),
        delta=delta,
        percent=change,
        spreads=cell.spreads,
        samples=cell.samples,
        verdict=judge(
            cell.difference,
            line.goal,
            p_adjusted=p_adjusted,
            family=family,
            margin=cell.margin,
            standing=cell.standing,
        ),
        reasons=cell.reasons,
    )


def _step(picked: Sequence[Point]) -> int | None:
    """The step at which a side was read; the largest where its runs differ."""
    return max((point.step for point in picked if point.step is not None), default=None)


def _all_metrics(runs: Sequence[Run]) -> list[str]:
    """Those of any run, evaluated ones first; what is measured of the machine is no result."""
    names = {name for run in runs for name in run.metrics if not name.startswith("system/")}
    evaluated = {name for name in names if any(eval_role(run, name) for run in runs)}
    return sorted(names, key=lambda name: (name not in evaluated, natural(name)))
