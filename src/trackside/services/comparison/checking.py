"""A comparison as an exit status: what was found that a person does not want to pass.

What the examples of one run each show is no finding about the method, better or worse: another seed may turn it. So it
is `untested` here. A candidate without a value of what it is to be judged by is `incomparable`: nothing was compared.
"""

from collections.abc import Collection, Iterator

import msgspec

from trackside.compare.comparison import HOLLOW, Cell, Comparison
from trackside.compare.statistics.equivalence import not_worse as is_not_worse
from trackside.model.counting import counted
from trackside.services.comparison.findings import STATUSES
from trackside.services.comparison.words import side_name, why_no_verdict

_UNKNOWN_GOAL = "unknown"


class Checked(msgspec.Struct, frozen=True):
    """The exit status, 0 where nothing that matters was found, and a sentence on it."""

    status: int
    says: str


def check(
    comparison: Comparison, fail_on: frozenset[str], *, named: Collection[str] = (), not_worse: bool = False
) -> Checked:
    """Judge all cells that a verdict is on. `not_worse` asks that each interval lies on the better side of −margin.

    A candidate must have a value of the metrics that were `named`, else of the primary one, else of all.
    """
    judged = [(row.metric, cell) for row in comparison.rows for cell in row.cells if cell.verdict.family is not None]
    if not judged:
        why = "; ".join(why_no_verdict(row) for row in comparison.rows if row.metric in named)
        none = "no metric is measured on data for evaluation and has a goal; name one with --metric"
        return Checked(5, f"untested: {why or none}")
    found = [(word, metric) for metric, cell in judged for word in _words(cell)]
    hollow = dict.fromkeys(metric for metric, cell in judged if _is_hollow(cell))
    more = f"; another seed may turn what one run each shows of {', '.join(hollow)}" if hollow else ""
    if not_worse:
        found = [(word, metric) for metric, cell in judged for word in _missing(cell)]
        fail_on = frozenset(STATUSES)
    asked = named or [comparison.primary or metric for metric, _ in judged]
    lacking = [(metric, cell) for metric, cell in judged if metric in asked and cell.value is None]
    found += [("incomparable", metric) for metric, _ in lacking]
    more += "".join(f"; {side_name(cell.side)} has no value of {metric}" for metric, cell in lacking)
    for word, status in STATUSES.items():
        metrics = [metric for what, metric in found if what == word]
        if word in fail_on and metrics:
            return Checked(status, f"{word}: {', '.join(dict.fromkeys(metrics))}{more}")
    besides = dict.fromkeys(word for word, _ in found if word in STATUSES)
    told = f"; besides: {', '.join(besides)}" if besides else ""
    what = "all are shown not to be worse" if not_worse else f"none of {', '.join(sorted(fail_on))}"
    return Checked(0, f"passed: {what} in {counted(len(judged), 'comparison')}{told}{more}")


def _words(cell: Cell) -> Iterator[str]:
    word = cell.verdict.word
    yield "untested" if word == _UNKNOWN_GOAL or _is_hollow(cell) else word
    if cell.verdict.provisional:
        yield "provisional"


def _is_hollow(cell: Cell) -> bool:
    return cell.verdict.word in HOLLOW and cell.verdict.difference.scope == "runs"


def _missing(cell: Cell) -> Iterator[str]:
    """What stands in the way of calling a cell not worse; nothing where it is shown."""
    verdict, found = cell.verdict, cell.verdict.difference
    if verdict.word in ("worse", "incomparable", "untested", _UNKNOWN_GOAL) or found.interval_kind != "confidence":
        yield from _words(cell)
    elif found.scope != "method":
        yield "untested"
    elif found.interval is not None and not is_not_worse(found.interval, verdict.goal == "max", verdict.margin or 0.0):
        yield "noise"
