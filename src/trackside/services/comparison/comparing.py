"""Comparing runs of a store with their baseline: from what a person names to what was found. It knows no terminal."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec
from msgspec.structs import replace

from trackside.compare.compare import compare
from trackside.compare.comparison import Comparison
from trackside.compare.points import At
from trackside.compare.rules import Rules
from trackside.model.errors import UsageError
from trackside.model.margins import Margin, parse_margin
from trackside.model.natural import natural
from trackside.model.nearest import meant
from trackside.model.run import ProjectSettings, Run
from trackside.services.comparison.examples.logged_examples import ExamplesOf
from trackside.services.comparison.provenance.evaluation_code import evaluation_code
from trackside.services.comparison.sides import Sides
from trackside.services.comparison.words import is_bare, why_no_verdict
from trackside.services.lookup import Remark, unsaid
from trackside.store.any_store import AnyStore

_AUTO = At()


class Asked(msgspec.Struct, frozen=True):
    """What is to be compared. `baseline` None is the project's own; `each` takes every run by itself.

    `margins` are as a person types them: `METRIC=0.5%`, or `0.5%` of the metrics that are named, else of the primary.
    `primary` is the metric to judge by where the project decided on none, whatever the runs say.
    """

    runs: tuple[str, ...]
    baseline: str | None = None
    at: At = _AUTO
    metrics: tuple[str, ...] = ()
    each: bool = False
    margins: tuple[str, ...] = ()
    primary: str | None = None


def compared(store: AnyStore, asked: Asked, *, remark: Remark = unsaid) -> Comparison:
    """Compare. UsageError where a side is not there, or the baseline is among the candidates alone."""
    baseline, others = Sides(store, each=asked.each, remark=remark).of(asked.runs, asked.baseline)
    series = cache(store.series)
    settings = store.project(baseline.lead.project)
    every = [run for side in (baseline, *others) for run in side.runs]
    _check_metrics(asked.metrics, every)
    found = compare(
        baseline,
        others,
        at=asked.at,
        rules=_rules(settings, asked, every),
        curves=series,
        examples=ExamplesOf(store),
        evaluation_code=evaluation_code(store, every, settings.evaluation) if settings.evaluation else None,
        metrics=asked.metrics or None,
    )
    for row in found.rows:
        if asked.margins and is_bare(row) and row.metric in _typed_margins(asked, found.primary):
            remark(f"--margin changes nothing: {why_no_verdict(row)}")
    return found


def _check_metrics(metrics: Iterable[str], runs: Sequence[Run]) -> None:
    """UsageError for a metric that no run has."""
    known = sorted({metric for run in runs for metric in run.metrics}, key=natural)
    for metric in metrics:
        if metric not in known:
            hint = meant(metric, known) or (f"; they have {', '.join(known[:5])}" if known else "; they have none")
            raise UsageError(f"none of these runs has a metric {metric!r}{hint}")


def _rules(settings: ProjectSettings, asked: Asked, runs: Sequence[Run]) -> Rules:
    """What the project decided; a margin that was typed stands for the project's own of that metric."""
    margins = {metric: margin for metric, text in settings.margins.items() if (margin := parse_margin(text))}
    rules = Rules(
        primary=settings.primary or asked.primary,
        goals=settings.goals,
        paired_by_seed=settings.pair == "seed",
        planned_seeds=settings.seeds,
        acknowledged={(one.code, frozenset({one.baseline, one.candidate})): one.note for one in settings.acknowledged},
    )
    typed = _typed_margins(asked, rules.primary_of(runs))
    _check_metrics(typed, runs)
    return replace(rules, margins={**margins, **typed})


def _typed_margins(asked: Asked, primary: str | None) -> Mapping[str, Margin]:
    """By metric. UsageError for what is no margin, or where it is not known of which metric it is."""
    found: dict[str, Margin] = {}
    for typed in asked.margins:
        metric, _, number = typed.rpartition("=")
        margin = parse_margin(number)
        if margin is None:
            raise UsageError(f"--margin {typed}: a number above zero, such as 0.002 or 0.5%, or METRIC=0.5%")
        metrics = (metric,) if metric else asked.metrics or ((primary,) if primary else ())
        if not metrics:
            raise UsageError(f"--margin {typed}: these runs have no primary metric; say of which, as in METRIC={typed}")
        found |= dict.fromkeys(metrics, margin)
    return found
