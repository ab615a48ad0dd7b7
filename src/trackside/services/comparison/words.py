"""What a comparison found, in sentences: the same on every surface. It knows no terminal."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Literal

from trackside.compare.comparison import ACCEPTED, Cell, Comparison, Reason, Row
from trackside.compare.eval_data import not_evaluated
from trackside.compare.guard import DIVERGED, LEFT_OUT, UNVERIFIED, acceptable
from trackside.compare.sides import Near, Side
from trackside.model import ids
from trackside.model.counting import counted, listed
from trackside.model.hashes import shortened
from trackside.model.run import OWN_SOURCE
from trackside.services.cells import number

_SAYS = {
    "eval_data": "other eval data",
    "eval_data_unverified": "eval data unverified",
    "eval_role": "measured on data of another role",
    "goal": "other goal",
    "evaluation_code": "other files of the evaluation",
    "evaluation_code_unverified": "files of the evaluation unverified",
    "diverged": "diverged",
    "few_seeds": "fewer seeds than planned",
    "primary": "runs are judged by other primary metrics",
    "status": "a run did not end well",
    "left_out": "runs that do not count",
    "archived": "archived runs that do not count",
    "running": "still going",
    "schedule": "schedules differ",
    "evaluations": "best of another number of evaluations",
    "budget": "other budget in steps",
    "packages": "other packages",
    "device": "other device",
    "precision": "other determinism flags",
    "code": "other code",
}
WITHOUT_VERDICT = "without a verdict: not evaluated, or no goal is known"
_SAYS_EVAL_DATA = (
    'eval data unverified: `define_metric(METRIC, eval_data="eval")` and `init(data={"eval": PATH})` tell what it was'
)
_RUN = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
_CLAIMS = {
    "better": "better",
    "worse": "worse",
    "same": "the same, within the margin",
    "noise": "within noise",
    "outside": "outside of what another seed of the baseline would give: run more seeds",
    "incomparable": "not comparable",
    "unknown": "no goal is known, so neither better nor worse",
    "untested": "untested",
}


def side_name(side: Side) -> str:
    """A side by its first run, and of how many it is where it is of several: `brisk-heron (5 runs)`."""
    return f"{side.lead.name} ({runs_text(side)})" if side.begun > 1 or side.archived else side.lead.name


def head_name(comparison: Comparison, side: Side) -> str:
    """A side as it heads a column: `brisk-heron (baseline, 5 runs)`."""
    return f"{side.lead.name} (baseline, {runs_text(side)})" if side is comparison.baseline else side_name(side)


def runs_text(side: Side) -> str:
    """How many runs count, of how many that were begun: `4 of 5 runs, 1 archived`."""
    every = f"{len(side.runs):,} of " if len(side.runs) < side.begun else ""
    besides = [(len(side.going), "going"), (len(side.archived), "archived")]
    return ", ".join(
        (f"{every}{counted(side.begun, 'run')}", *(f"{number:,} {what}" for number, what in besides if number))
    )


def near_sentences(comparison: Comparison) -> list[str]:
    """Of each side of too few seeds: which runs may be replicates too, and what makes them some."""
    return [
        f"{near_sentence(side, near)}: `{shlex.join(_ignoring(side, near))}` makes them replicates"
        for side in (comparison.baseline, *comparison.candidates)
        for near in side.near
    ]


def unverified_sentences(comparison: Comparison) -> list[str]:
    """How a script says on which data its metrics were measured, where that of one which both sides have is unknown."""
    sides = (comparison.baseline, *comparison.candidates)
    own = any(run.source == OWN_SOURCE for side in sides for run in side.runs)
    cells = [cell for row in comparison.rows for cell in row.cells if cell.delta is not None and not is_bare(row)]
    told = (reason for cell in cells for reason in cell.reasons if reason.code == UNVERIFIED)
    unknown = any(None in (reason.baseline, reason.candidate) for reason in told)
    return [_SAYS_EVAL_DATA] if own and unknown else []


def near_sentence(side: Side, near: Near) -> str:
    """`brisk-heron and 2 runs differ in num_workers alone`."""
    return f"{side.lead.name} and {counted(len(near.runs), 'run')} differ in {near.param} alone"


def _ignoring(side: Side, near: Near) -> list[str]:
    return ["trackside", "project", side.lead.project, "--ignore", near.param]


def judged_cells(row: Row) -> list[Cell]:
    """The cells of a row that there is something to say of: those of a metric for evaluation that either side has.

    That no run came as far as the point that counts is such a thing.
    """
    return [cell for cell in row.cells if cell.verdict.family is not None and _either_has(cell, row.metric)]


def _either_has(cell: Cell, metric: str) -> bool:
    logged = any(metric in run.metrics for run in cell.side.runs)
    return logged or cell.value is not None or cell.baseline_value is not None


def is_bare(row: Row) -> bool:
    """Whether a metric gets no verdict against any candidate."""
    return all(cell.verdict.family is None for cell in row.cells)


def why_no_verdict(row: Row) -> str:
    """Why nothing is claimed of a metric of which no cell is judged: `train/loss is measured in training: …`."""
    if where := not_evaluated(row.metric):
        return f"{row.metric} is measured {where}: it gets no verdict"
    if row.goal is None:
        return f"{row.metric} has no goal that is known: it gets no verdict"
    return f"{row.metric} is not measured on data for evaluation: it gets no verdict"


def bare_sentences(comparison: Comparison) -> list[str]:
    """One sentence on the metrics that have values and no sign; none where there are no such metrics."""
    names = [row.metric for row in comparison.rows if is_bare(row)]
    return [f"{WITHOUT_VERDICT}: {listed(names, 8)}"] if names else []


def telling_reasons(cell: Cell) -> tuple[Reason, ...]:
    """The reasons that bear on what is shown: of a value on one side alone, those that say why there is no other."""
    if cell.value is not None and cell.baseline_value is not None:
        return cell.reasons
    return tuple(reason for reason in cell.reasons if reason.code == DIVERGED)


def reason_sentence(reason: Reason) -> str:
    """`other eval data [eval_data]: blake3:1… v blake3:2…`, with the note of whoever accepted it."""
    if reason.acknowledged is not None:
        return f"{_unlike(reason)} (acknowledged: {reason.acknowledged})"
    return _unlike(reason, f" [{reason.code}]" if acceptable(reason) else "")


def _unlike(reason: Reason, code: str = "") -> str:
    said = f"{_SAYS.get(reason.code, reason.code)}{code}"
    if reason.code == DIVERGED:
        return f"{said}: no finite value of {_whose(reason)}"
    remedy = "; run them again or archive them, else accept it" if code and reason.code == LEFT_OUT else ""
    return f"{said}: {' v '.join(shown_values(reason))}{remedy}" if reason.baseline or reason.candidate else said


def _whose(reason: Reason) -> str:
    """Of which side a reason tells that leaves out the other."""
    sides = (("the baseline", reason.baseline), ("the candidate", reason.candidate))
    return " and of ".join(side for side, value in sides if value is not None)


def shown_values(reason: Reason) -> tuple[str, str]:
    """What each side has: `blake3:1… (test.csv)`, or the runs that do not count."""
    if reason.code == LEFT_OUT:
        ours, theirs = (where or "none" for where in reason.where)
        return ours, theirs
    ours, theirs = (
        f"{_shortened(value) if value else 'unknown'}{f' ({PurePosixPath(where).name})' if where else ''}"
        for value, where in zip((reason.baseline, reason.candidate), reason.where, strict=True)
    )
    return ours, theirs


def _shortened(value: str) -> str:
    return _RUN.sub(lambda found: found[0][-ids.SHOWN :], shortened(value))


def verdict_sentence(cell: Cell) -> str:
    """The word, and all that it rests on, in one line."""
    return " · ".join(verdict_parts(cell))


def verdict_parts(cell: Cell) -> list[str]:
    """What is claimed, then each thing that it rests on."""
    verdict, found = cell.verdict, cell.verdict.difference
    said = [_CLAIMS[verdict.word]]
    if verdict.word in ("better", "worse") and found.scope == "runs":
        said[0] += f" on these {found.n[0]:,} {found.unit}; another seed may turn it"
    elif verdict.word in ("better", "worse"):
        said[0] += _on_data(cell)
    elif verdict.word == "same" and verdict.margin is not None:
        said[0] = f"the same, within the margin of ±{number(verdict.margin)}"
    if verdict.provisional:
        said.append("provisional")
    if found.why_not and verdict.word in ("untested", "unknown"):
        said.append(found.why_not)
    elif verdict.word == "untested" and any(found.left_out):
        said.append("results are missing")
    return [*said, *_figures(cell), *found.notes]


def _on_data(cell: Cell) -> str:
    """On which data a claim about methods stands, as far as it is known."""
    codes = {reason.code for reason in cell.reasons}
    if "eval_data" in codes:
        return " on other eval data, which was accepted"
    return ", eval data unverified" if UNVERIFIED in codes else " on this eval set"


def _figures(cell: Cell) -> Iterator[str]:
    verdict, found = cell.verdict, cell.verdict.difference
    if found.interval is not None and found.p is not None and found.interval_kind == "prediction":
        runs = "" if verdict.family is None else f" of {counted(verdict.family.predictions, 'run')} looked at"
        yield f"Δ {number(found.delta)}; another seed of the baseline lies within ±{number(found.interval[1])}"
        yield f"p {verdict.p_adjusted if verdict.p_adjusted is not None else found.p:.2g}{runs}"
    elif found.interval is not None and found.p is not None:
        low, high = (number(end) for end in found.interval)
        unadjusted = ", unadjusted" if verdict.family is not None and verdict.family.size > 1 else ""
        yield f"Δ {number(found.delta)}, {100 * found.level:.4g} % interval {low} … {high}{unadjusted}"
        yield _p(cell)
        yield found.method
        if verdict.margin is not None and verdict.word != "same":
            yield f"margin ±{number(verdict.margin)}"
    elif cell.delta is not None:
        yield f"Δ {number(cell.delta)}"
        if cell.spreads is not None:
            yield f"{cell.spreads:+.1f} SD of the replicates"
    yield f"N {found.n[0]} and {found.n[1]} {found.unit}"


def _p(cell: Cell) -> str:
    verdict, found = cell.verdict, cell.verdict.difference
    assert found.p is not None
    if verdict.p_adjusted is None or verdict.family is None or verdict.family.size == 1:
        return f"p {found.p:.2g}"
    return f"p {found.p:.2g}, {verdict.p_adjusted:.2g} adjusted for {counted(verdict.family.size, 'test')}"


def barring_sentences(comparison: Comparison) -> list[str]:
    """Why nothing may be claimed of a candidate, one line for each reason: the banner above everything."""
    return [
        f"{name} is not comparable in {metrics}: {reason_sentence(reason)}"
        for name, metrics, reason in _told(comparison, lambda reason: reason.bars)
    ]


def barring_line(comparison: Comparison) -> str:
    """The same in one line: of whom, in which metrics and by which kind of reason; of one reason all of it."""
    sentences = barring_sentences(comparison)
    if len(sentences) < 2:
        return "".join(sentences)
    alike: dict[str, dict[str, None]] = {}
    for name, metrics, reason in _told(comparison, lambda reason: reason.bars):
        alike.setdefault(f"{metrics}: {_SAYS.get(reason.code, reason.code)}", {})[name] = None
    everyone = {name for names in alike.values() for name in names}
    told = "; ".join(f"{listed(list(names), 3)} in {said}" for said, names in alike.items())
    return f"{len(everyone):,} not comparable: {told}"


def accepted_sentences(comparison: Comparison) -> list[str]:
    """What a person accepted, one line for each reason, with the mark that the cells have and the note."""
    return [
        f"{ACCEPTED} accepted ({reason.acknowledged}): {_unlike(reason)}, of {name} in {metrics}"
        for name, metrics, reason in _told(comparison, lambda reason: reason.acknowledged is not None)
    ]


def _told(comparison: Comparison, wanted: Callable[[Reason], bool]) -> Iterator[tuple[str, str, Reason]]:
    """Each reason that is wanted, once for each candidate: with the candidate's name, and the metrics that it is of."""
    found: dict[tuple[str, Reason], list[str]] = {}
    for row in comparison.rows:
        for cell in row.cells:
            for reason in filter(wanted, cell.reasons):
                found.setdefault((side_name(cell.side), reason), []).append(row.metric)
    for (name, reason), of in found.items():
        yield name, listed(of, 3), reason


def cell_text(cell: Cell, baseline: Side) -> str:
    """Value, difference and sign, as far as they are known: `0.9213 +1.1% ▲ (5)`; `– ?` of one that diverged."""
    if cell.value is None:
        return f"– {cell.sign}" if telling_reasons(cell) else "–"
    parts = (number(cell.value), change_text(cell), cell.sign, going_mark(cell, baseline), count_text(cell))
    return " ".join(part for part in parts if part)


def going_mark(cell: Cell, baseline: Side) -> str:
    """Where runs go on, at which step the two were read: `@4k`."""
    if cell.at_step is None or not (baseline.going or cell.side.going):
        return ""
    for size, unit in ((10**6, "M"), (10**3, "k")):
        if cell.at_step >= size:
            return f"@{cell.at_step / size:.3g}{unit}"
    return f"@{cell.at_step}"


def change_text(cell: Cell) -> str:
    """The difference in percent, or as it is where percent means nothing; nothing where there is none."""
    if cell.percent is not None:
        return f"{cell.percent:+.2g}%" if abs(cell.percent) < 10 else f"{cell.percent:+,.0f}%"
    return "" if cell.delta is None else f"Δ{number(cell.delta)}"


def baseline_text(cell: Cell, baseline: Side) -> str:
    """The baseline's value beside a candidate, and of how many seeds it is the mean."""
    if cell.baseline_value is None:
        return "–"
    return f"{number(cell.baseline_value)} {_count(cell, baseline, 0)}".rstrip()


def count_text(cell: Cell) -> str:
    """Of how many seeds a candidate's value is the mean, and of how many that were begun; nothing of one alone."""
    return _count(cell, cell.side, 1)


def seeds_of(cell: Cell, side: Side, which: Literal[0, 1]) -> tuple[int, int]:
    """Of how many seeds the value of a side is the mean, and of how many that were begun; `which` 0 is the baseline."""
    missing = cell.verdict.difference.left_out[which] + sum(run not in side.runs for run in side.going)
    return cell.seeds[which], len(cell.samples[which].values) + missing


def _count(cell: Cell, side: Side, which: Literal[0, 1]) -> str:
    counting, begun = seeds_of(cell, side, which)
    every = f" of {begun}" if counting < begun else ""
    archived = f", {len(side.archived)} archived" if side.archived else ""
    return f"({counting}{every}{archived})" if counting > 1 or every or archived else ""
