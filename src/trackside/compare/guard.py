"""Whether two sides may be compared at all: what is not alike, and what of that bars every claim.

A difference of the evaluation blocks: the same number means another thing then. What may explain a difference, such as
a larger budget or other packages, is noted. An acknowledgement binds two values, whichever side each is on.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import TypeAlias

from trackside.compare.comparison import Reason
from trackside.compare.eval_data import data_role, eval_fingerprint, unlike
from trackside.compare.points import At, Point
from trackside.compare.sides import BAD_ENDS, Side
from trackside.model.counting import counted
from trackside.model.hashes import commit_text
from trackside.model.run import Run
from trackside.model.status import Status

Acknowledged: TypeAlias = Mapping[tuple[str, frozenset[str]], str]
"""By the code of a reason and its two values: the note with which a person accepted it."""

DIVERGED = "diverged"
LACKING = "without a value"

UNVERIFIED = "eval_data_unverified"
LEFT_OUT = "left_out"
ARCHIVED = "archived"
RUNNING = "running"
FEW_SEEDS = "few_seeds"
EXPLAINING = frozenset({"packages", "device", "precision", "code"})
"""Of what is noted, what may explain a difference, and takes nothing from it."""

_EVALUATIONS_MAY_DIFFER = 0.1
"""As a share of the larger number, where the best of all evaluations is what counts."""

_STEPS_MAY_DIFFER = 0.01
"""As a share of the larger number: steps counted from 0 or from 1, and a last evaluation just before the end."""


def reasons(
    metric: str,
    baseline: Side,
    candidate: Side,
    at: At,
    picked: tuple[Sequence[Point], Sequence[Point]],
    around: Sequence[Reason],
    *,
    evaluated: bool,
) -> tuple[Reason, ...]:
    """All that is not alike of one metric, what blocks first. `at` is the choice of points, which is settled.

    `around` are those of all metrics, by `of_all_metrics`. The data of the evaluation bears on metrics that are
    `evaluated`: measured on it, or judged.
    """
    found = (
        *(_eval_data(metric, baseline, candidate) if evaluated else ()),
        *_goals(metric, baseline, candidate),
        *_ends(baseline, candidate, picked),
        *_schedules(metric, baseline, candidate, at),
        *_budget(baseline, candidate, picked, at),
        *around,
    )
    return tuple(sorted(found, key=lambda reason: not reason.blocks))


def why_left_out(status: Status, value: float | None) -> str | None:
    """Why a run that is not going on does not count with this value; None where it does."""
    return status if status in BAD_ENDS else _without_result(value)


def _without_result(value: float | None) -> str | None:
    if value is None:
        return LACKING
    return None if math.isfinite(value) else DIVERGED


def acceptable(reason: Reason) -> bool:
    """Whether a claim waits for this reason to be accepted."""
    return reason.acknowledged is None and (reason.blocks or reason.code == LEFT_OUT)


def accepted(found: Iterable[Reason], acknowledged: Acknowledged) -> tuple[Reason, ...]:
    """The reasons, with the note of whoever accepted these two values."""
    return tuple(
        replace(reason, acknowledged=note)
        if (note := acknowledged.get((reason.code, frozenset({reason.baseline or "", reason.candidate or ""}))))
        is not None
        else reason
        for reason in found
    )


def _eval_data(metric: str, baseline: Side, candidate: Side) -> Iterator[Reason]:
    prints = [_values(side, lambda run: eval_fingerprint(run, metric)) for side in (baseline, candidate)]
    told = [unlike(one, other) for one, other in combinations_with_replacement(prints[0] | prints[1], 2)]
    if any(told):
        uris = (_listed(_uri(run, metric) for run in side.runs) for side in (baseline, candidate))
        yield Reason("eval_data", True, *map(_listed, prints), where=tuple(uris))
    elif None in told:
        yield from _differing("eval_role", True, baseline, candidate, lambda run: run.eval_data.get(metric))
        named = (_values(side, lambda run: _eval_data_of(run, metric)) for side in (baseline, candidate))
        yield Reason(UNVERIFIED, False, *map(_listed, named))


def _eval_data_of(run: Run, metric: str) -> str | None:
    """What is known of the data: its fingerprint, else where it lies."""
    return eval_fingerprint(run, metric) or _uri(run, metric)


def _uri(run: Run, metric: str) -> str | None:
    role = data_role(run, metric)
    return None if role is None else run.data[role].uri


def _goals(metric: str, baseline: Side, candidate: Side) -> Iterator[Reason]:
    def goal(run: Run) -> str | None:
        said = run.metrics[metric].goal if metric in run.metrics else None
        return said and f"{said} ({metric})"

    return _differing("goal", True, baseline, candidate, goal)


def _ends(baseline: Side, candidate: Side, picked: tuple[Sequence[Point], Sequence[Point]]) -> Iterator[Reason]:
    sides = baseline, candidate
    if any(run.status in BAD_ENDS for side in sides for run in side.runs):
        yield Reason("status", True, *(_listed(map(_ended, side.runs)) for side in sides))
    if any(_all_diverged(points) for points in picked):
        yield Reason(DIVERGED, True, *("no finite value" if _all_diverged(points) else None for points in picked))
    bad = [_left_out(side, points) for side, points in zip(sides, picked, strict=True)]
    if any(bad):
        of = [f"of {counted(side.begun, 'run')}" for side in sides]
        told = (_enumerated(f"{why} {run.id}" for why, run in some) for some in bad)
        named = (_enumerated(f"{run.name} {why}" for why, run in some) for some in bad)
        values, where = ([f"{some} {number}" for some, number in zip(each, of, strict=True)] for each in (told, named))
        yield Reason(LEFT_OUT, False, *values, where=tuple(where))
    if any(side.archived for side in sides):
        yield Reason(ARCHIVED, False, *map(_archived, sides))
    if any(side.going for side in sides):
        yield Reason(RUNNING, False, *(f"{len(side.going)} of {counted(side.begun, 'run')}" for side in sides))


def _schedules(metric: str, baseline: Side, candidate: Side, at: At) -> Iterator[Reason]:
    if at.kind in ("common", "step"):
        yield from _differing("schedule", True, baseline, candidate, _planned_steps)
    if at.kind == "primary-best":
        yield from _differing("primary", True, baseline, candidate, lambda run: run.primary)
    if at.kind in ("best", "primary-best"):
        sought = [
            [(metric if at.kind == "best" else run.primary or metric, run) for run in side.runs]
            for side in (baseline, candidate)
        ]
        counts = [[(name, run.metrics[name].count) for name, run in side if name in run.metrics] for side in sought]
        every = [count for side in counts for _, count in side]
        if chosen_unlike(every):
            yield Reason(
                "evaluations", True, *(_listed(f"{count} ({name})" for name, count in side) for side in counts)
            )


def chosen_unlike(evaluations: Sequence[int]) -> bool:
    """Whether values were each chosen of so many evaluations that the best of more is better by chance."""
    most = max(evaluations, default=0)
    return most - min(evaluations, default=0) > _EVALUATIONS_MAY_DIFFER * most


def steps_unlike(steps: Collection[int]) -> bool:
    """Whether numbers of steps, one at the least, differ by more than they round."""
    return max(steps) - min(steps) > _STEPS_MAY_DIFFER * max(steps)


def few_seeds(numbers: Sequence[int], planned: int | None, unit: str = "seeds") -> tuple[Reason, ...]:
    """That a side has fewer seeds, or pairs of them, than the project planned."""
    if planned is None or min(numbers) >= planned:
        return ()
    return (Reason(FEW_SEEDS, False, *(f"{number} of {planned:,} {unit}" for number in numbers)),)


def _planned_steps(run: Run) -> str | None:
    """How many steps a run was to have; of one that ended and did not say, how many it had."""
    steps = run.progress.total_steps
    return _number(run.progress.step if steps is None and run.status == "finished" else steps)


def _budget(
    baseline: Side, candidate: Side, picked: tuple[Sequence[Point], Sequence[Point]], at: At
) -> Iterator[Reason]:
    """That runs were planned for other numbers of steps, else that they came to others by more than they round."""
    if at.kind not in ("last", "mean-last"):
        return
    sides = tuple(zip((baseline, candidate), picked, strict=True))
    planned = {run.progress.total_steps for side, _ in sides for run in side.runs} - {None}
    if len(planned) > 1:
        yield Reason("budget", False, *(_listed(map(_came_to, side.runs, points)) for side, points in sides))
        return
    steps = [{point.step for point in points if point.step is not None} for points in picked]
    if all(steps) and steps[0] != steps[1] and steps_unlike(steps[0] | steps[1]):
        yield Reason("budget", False, *(_listed(map(str, side)) for side in steps))


def _came_to(run: Run, point: Point) -> str | None:
    """`600 of 3000 planned`, as far as it is known."""
    planned = run.progress.total_steps
    told = (None if point.step is None else f"{point.step}", None if planned is None else f"{planned} planned")
    return " of ".join(filter(None, told)) or None


def of_all_metrics(baseline: Side, candidate: Side, evaluation_code: Mapping[str, str] | None) -> tuple[Reason, ...]:
    """What is not alike whatever the metric.

    `evaluation_code` is what the files are known by that the project lists as its evaluation, by a run's id; None
    where it lists none.
    """
    return (
        *_evaluation(baseline, candidate, evaluation_code),
        *_surroundings(baseline, candidate),
        *_code(baseline, candidate),
    )


def _evaluation(baseline: Side, candidate: Side, code: Mapping[str, str] | None) -> Iterator[Reason]:
    if code is None:
        return
    known = [_values(side, lambda run: code.get(run.id)) for side in (baseline, candidate)]
    if len((known[0] | known[1]) - {None}) > 1:
        yield Reason("evaluation_code", True, *map(_listed, known))
    elif None in known[0] | known[1]:
        yield Reason("evaluation_code_unverified", False, *map(_listed, known))


def _surroundings(baseline: Side, candidate: Side) -> tuple[Reason, ...]:
    """What the runs ran on."""
    of: dict[str, Callable[[Run], str | None]] = {
        "packages": lambda run: run.environment.lock,
        "device": lambda run: ", ".join(run.environment.gpu) or run.environment.cpu,
        "precision": lambda run: _settings(run.environment.determinism),
    }
    return tuple(
        reason for code, value_of in of.items() for reason in _differing(code, False, baseline, candidate, value_of)
    )


def _code(baseline: Side, candidate: Side) -> Iterator[Reason]:
    """That the code is another: of the files that the runs imported where all of them tell it, else the commit."""
    runs = [*baseline.runs, *candidate.runs]
    by_commit = tuple(_differing("code", False, baseline, candidate, _commit))
    if any(run.code.imported_hash is None or run.status != "finished" for run in runs):
        yield from by_commit
    elif by_commit or any(run.code.dirty for run in runs):
        commits = tuple(_listed(_values(side, _commit)) for side in (baseline, candidate))
        imported = _differing("code", False, baseline, candidate, lambda run: run.code.imported_hash)
        yield from (replace(reason, where=commits) for reason in imported)


def _differing(
    code: str, blocks: bool, baseline: Side, candidate: Side, value_of: Callable[[Run], str | None]
) -> Iterator[Reason]:
    """A reason if something is not the same for all runs of both sides of which it is known."""
    sides = [_values(side, value_of) - {None} for side in (baseline, candidate)]
    if len(sides[0] | sides[1]) > 1:
        yield Reason(code, blocks, *map(_listed, sides))


def _values(side: Side, value_of: Callable[[Run], str | None]) -> set[str | None]:
    return {value_of(run) for run in side.runs}


def _listed(values: Iterable[str | None]) -> str | None:
    return ", ".join(sorted({value for value in values if value is not None})) or None


def _all_diverged(picked: Sequence[Point]) -> bool:
    """Whether a side has values, and none that is finite."""
    values = [point.value for point in picked if point.value is not None]
    return bool(values) and not any(map(math.isfinite, values))


def _enumerated(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts)) or "none"


def _left_out(side: Side, picked: Sequence[Point]) -> list[tuple[str, Run]]:
    """The runs of a side that do not count, each with how it ended."""
    found: list[tuple[str, Run]] = [(run.status, run) for run in side.left_out]
    if any(point.value is not None for point in picked):
        for run, point in zip(side.runs, picked, strict=True):
            if (why := _without_result(point.value)) is not None:
                found.append((why, run))
    return found


def _archived(side: Side) -> str:
    """Which replicates were put away, and how they had ended if not well."""
    found = sorted(_ended(run) if run.status in BAD_ENDS else run.id for run in side.archived)
    return f"{', '.join(found) or 'none'} of {counted(side.begun + len(found), 'run')}"


def _ended(run: Run) -> str:
    """How a run ended, and which one it is where it did not end well: what is accepted of it goes for no other."""
    return f"{run.status} {run.id}" if run.status in BAD_ENDS else run.status


def _commit(run: Run) -> str | None:
    return commit_text(run.code.commit, run.code.dirty)


def _settings(determinism: Mapping[str, object]) -> str | None:
    """The flags as text, without the seeds that libraries were given: those are meant to differ."""
    flags = (f"{key}={value}" for key, value in sorted(determinism.items()) if "seed" not in key.lower())
    return ", ".join(flags) or None


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
