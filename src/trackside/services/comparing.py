"""Comparing runs of a store with their baseline: from what a person names to what was found.

A RUN stands for its replicates, unless each run is asked for by itself; a text with a space or a colon is a filter, and
the runs that match it are one side. It knows no terminal.
"""

import hashlib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from trackside.compare.compare import compare
from trackside.compare.comparison import Comparison
from trackside.compare.methods import Methods
from trackside.compare.points import At
from trackside.compare.rules import Rules
from trackside.compare.sides import Side, side_of_runs
from trackside.model.counting import counted
from trackside.model.errors import StoreError, UsageError
from trackside.model.margins import parse_margin
from trackside.model.natural import natural
from trackside.model.run import ProjectSettings, Run
from trackside.services.evaluation_code import evaluation_code
from trackside.services.logged_examples import ExamplesOf
from trackside.services.lookup import Remark, matching, of_project, resolve, suggest, unsaid
from trackside.store.any_store import AnyStore

_AUTO = At()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be compared. `baseline` None is the project's own; `each` takes every run by itself."""

    runs: tuple[str, ...]
    baseline: str | None = None
    at: At = _AUTO
    metrics: tuple[str, ...] = ()
    each: bool = False
    margin: str | None = None


def compared(store: AnyStore, asked: Asked, *, remark: Remark = unsaid) -> Comparison:
    """Compare. UsageError where a side is not there, or the baseline is among the candidates alone."""
    sides = _Sides(store, each=asked.each, remark=remark)
    candidates = [sides.named(text) for text in asked.runs]
    baseline = sides.baseline(asked.baseline, candidates[0].lead.project)
    others = [side for side in _apart(candidates) if side.lead.id not in {run.id for run in baseline.runs}]
    if not others:
        raise UsageError(f"{candidates[0].lead.name} is the baseline, or one of its replicates: name another run")
    series = cache(store.series)
    settings = store.project(baseline.lead.project)
    every = [run for side in (baseline, *others) for run in side.runs]
    _check_metrics(asked.metrics, every)
    return compare(
        baseline,
        others,
        at=asked.at,
        rules=_rules(settings, asked.margin),
        curves=series,
        examples=ExamplesOf(store),
        evaluation_code=evaluation_code(store, every, settings.evaluation) if settings.evaluation else None,
        metrics=asked.metrics or None,
    )


class _Sides:
    """Finds the runs of a side."""

    def __init__(self, store: AnyStore, *, each: bool, remark: Remark) -> None:
        self._store = store
        self._each = each
        self._remark = remark
        self._methods: Callable[[str], Methods] = cache(self._methods_of)
        self._told: set[tuple[str, str]] = set()

    def named(self, text: str) -> Side:
        """The side that `text` means."""
        if _may_be_filter(text) and not self._store.ids_matching(text):
            found = self._store.runs(matching(self._store, text))
            if not found:
                raise UsageError(f"no run matches {text!r}")
            return side_of_runs(found)
        return self._around(self._store.run(resolve(self._store, text, remark=self._remark)))

    def baseline(self, text: str | None, project: str) -> Side:
        """The baseline that was named, else that of the project."""
        if text is not None:
            return self.named(text)
        return self._around(self._store.run(resolve(self._store, "@baseline", project, remark=self._remark)))

    def _around(self, run: Run) -> Side:
        if self._each:
            return side_of_runs([run])
        methods = self._methods(run.project)
        for key, count in methods.near(run).items():
            self._tell_of_near(run, key, count)
        return methods.side(run)

    def _tell_of_near(self, run: Run, key: str, count: int) -> None:
        if (run.project, key) not in self._told:
            self._told.add((run.project, key))
            would = f"{run.name} and {counted(count, 'run')} differ in {key} alone"
            how = shlex.join(["trackside", "project", run.project, "--ignore", key])
            self._remark(f"{would}: `{how}` makes them replicates")

    def _methods_of(self, project: str) -> Methods:
        return Methods(of_project(self._store, project), self._code_of, self._store.project(project).ignored)

    def _code_of(self, run: Run) -> str | None:
        """The commit, and the hash of what the work tree had beside it; where that is not known, no other run's."""
        if not run.code.dirty:
            return run.code.commit
        try:
            patch = self._store.patch(run.id)
        except StoreError:
            patch = None
        return f"{run.code.commit}+{hashlib.sha256((patch or run.id).encode()).hexdigest()}"


def _may_be_filter(text: str) -> bool:
    return not text.startswith("@") and any(sign in text for sign in ":<>=~ ")


def _apart(sides: Sequence[Side]) -> list[Side]:
    """Each side once: two runs of one set of replicates are one side."""
    once: dict[frozenset[str], Side] = {}
    for side in sides:
        once.setdefault(frozenset(run.id for run in side.runs), side)
    return list(once.values())


def _check_metrics(metrics: Sequence[str], runs: Sequence[Run]) -> None:
    """UsageError for a metric that no run has."""
    known = sorted({metric for run in runs for metric in run.metrics}, key=natural)
    for metric in metrics:
        if metric not in known:
            hint = suggest(metric, known) or (f"; they have {', '.join(known[:5])}" if known else "; they have none")
            raise UsageError(f"none of these runs has a metric {metric!r}{hint}")


def _rules(settings: ProjectSettings, typed: str | None) -> Rules:
    """What the project decided; a margin that was typed stands for all of its own."""
    margins = {metric: margin for metric, text in settings.margins.items() if (margin := parse_margin(text))}
    margin = None if typed is None else parse_margin(typed)
    if typed is not None and margin is None:
        raise UsageError(f"--margin {typed}: a number above zero, such as 0.002 or 0.5%")
    return Rules(
        primary=settings.primary,
        goals=settings.goals,
        margins=margins,
        margin=margin,
        paired_by_seed=settings.pair == "seed",
        planned_seeds=settings.seeds,
        acknowledged={(one.code, frozenset({one.baseline, one.candidate})): one.note for one in settings.acknowledged},
    )
