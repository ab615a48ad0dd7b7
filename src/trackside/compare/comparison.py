"""What a comparison found: rows of metrics, a cell for each candidate. The shape that every surface shows."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from trackside.compare.points import At
from trackside.compare.sides import Side
from trackside.compare.statistics.sample import Sample
from trackside.compare.verdict import Verdict
from trackside.model.goals import Goal

if TYPE_CHECKING:
    import polars as pl

SIGNS = {"better": "▲", "worse": "▼", "same": "=", "noise": "~", "outside": "◇", "incomparable": "?"}
"""Of the words that claim something; of two runs alone a claim is hollow."""

HOLLOW = {"better": "△", "worse": "▽"}

ACCEPTED = "*"
"""Behind the sign of a cell in which a person accepted what would bar it."""


_COLUMNS: "dict[str, Any]" = {
    **dict.fromkeys(("metric", "candidate"), str),
    "runs": list[str],
    **dict.fromkeys(("value", "baseline_value", "delta", "delta_pct"), float),
    **dict.fromkeys(("verdict", "scope"), str),
    **dict.fromkeys(("p", "p_adjusted", "ci_low", "ci_high"), float),
    **dict.fromkeys(("n_baseline", "n"), int),
    "provisional": bool,
    "method": str,
    "reasons": list[str],
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two sides may not be alike, with what each side has. One that blocks bars every claim until acknowledged.

    `where` says of data where each side's lies, of imported files the commits that they were told apart from, and of
    runs that do not count their names.
    """

    code: str
    blocks: bool
    baseline: str | None
    candidate: str | None
    acknowledged: str | None = field(default=None, kw_only=True)
    where: tuple[str | None, ...] = field(default=(None, None), kw_only=True)

    @property
    def bars(self) -> bool:
        """Whether it bars a claim as things stand."""
        return self.blocks and self.acknowledged is None


class Cell(msgspec.Struct, frozen=True):
    """One candidate's metric beside the baseline's. Values are means of a set; steps say where they were taken.

    A value is None where the side has no such metric, or has not come so far; `samples` are one value a seed of the
    baseline and of the candidate. `spreads` is the difference in standard deviations of the baseline's replicates, or
    of the candidate's.
    """

    side: Side
    value: float | None
    baseline_value: float | None
    at_step: int | None
    baseline_at_step: int | None
    delta: float | None
    percent: float | None
    spreads: float | None
    samples: tuple[Sample, Sample]
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    @property
    def seeds(self) -> tuple[int, int]:
        """Of how many seeds the two values are the means: where pairs were tested, of those in pairs."""
        before, after = self.samples
        found = self.verdict.difference
        return found.n if found.scope == "method" else (len(before.values), len(after.values))

    @property
    def accepted(self) -> tuple[Reason, ...]:
        """The reasons that a person accepted."""
        return tuple(reason for reason in self.reasons if reason.acknowledged is not None)

    @property
    def sign(self) -> str:
        """The verdict as one character, with a mark where it rests on what was accepted; nothing without a claim."""
        word = self.verdict.word
        hollow = self.verdict.difference.scope == "runs" and word in HOLLOW
        sign = HOLLOW[word] if hollow else SIGNS.get(word, "")
        return sign + ACCEPTED if sign and self.accepted and word != "incomparable" else sign


class Row(msgspec.Struct, frozen=True):
    """A metric: of the baseline, and of each candidate in the comparison's order."""

    metric: str
    cells: tuple[Cell, ...]

    @property
    def goal(self) -> Goal | None:
        """The goal that all cells are judged by; None where there is none, or candidates say another."""
        goals = {cell.verdict.goal for cell in self.cells}
        return goals.pop() if len(goals) == 1 else None


class Comparison(msgspec.Struct, frozen=True):
    """Candidates against one baseline. `reasons` are those of any cell that bar its claims, each once."""

    baseline: Side
    candidates: tuple[Side, ...]
    at: At
    primary: str | None
    rows: tuple[Row, ...]
    reasons: tuple[Reason, ...]

    @property
    def comparable(self) -> bool:
        """Whether nothing bars a claim anywhere."""
        return not self.reasons

    def frame(self) -> "pl.DataFrame":
        """A row for each metric and candidate; `candidate` is the name of its first run, `runs` are the ids of all."""
        import polars as pl

        return pl.DataFrame([_record(row.metric, cell) for row in self.rows for cell in row.cells], schema=_COLUMNS)


def _record(metric: str, cell: Cell) -> dict[str, object]:
    verdict, found = cell.verdict, cell.verdict.difference
    low, high = found.interval or (None, None)
    return {
        "metric": metric,
        "candidate": cell.side.lead.name,
        "runs": [run.id for run in cell.side.runs],
        "value": cell.value,
        "baseline_value": cell.baseline_value,
        "delta": cell.delta,
        "delta_pct": cell.percent,
        "verdict": verdict.word,
        "scope": found.scope,
        "p": found.p,
        "p_adjusted": verdict.p_adjusted,
        "ci_low": low,
        "ci_high": high,
        "n_baseline": found.n[0],
        "n": found.n[1],
        "provisional": verdict.provisional,
        "method": found.method,
        "reasons": [reason.code for reason in cell.reasons],
    }
