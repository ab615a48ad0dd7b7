"""How params go together with a metric over the runs of a filter, by ranks: as numbers, in sentences, as a document."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from trackside.compare.eval_data import any_unlike, eval_fingerprint
from trackside.compare.guard import why_left_out
from trackside.compare.sides import matters
from trackside.compare.statistics.correlation import FEWEST, Association, associations
from trackside.model.counting import counted
from trackside.model.errors import TracksideError, UsageError
from trackside.model.run import Run
from trackside.model.status import RUNNING
from trackside.services.comparison.eval_data import SameData, UnlikeDataError, mixture
from trackside.services.comparison.why_words import PROVISO
from trackside.services.documents import Document
from trackside.services.pivot.values import values_of
from trackside.services.table.chosen_runs import begun, chosen, no_runs
from trackside.services.table.selecting import primary_metric
from trackside.store.any_store import AnyStore

_GOING = "still going"


class Asked(msgspec.Struct, frozen=True):
    """`metric` is one value as `values_of` reads them; None for the metric that most of the runs are judged by.

    It is over the runs that match `filter`, or over just these `runs`. `mix_eval_data` allows values that were measured
    on data which is known to be other.
    """

    metric: str | None = None
    filter: str = ""
    runs: tuple[str, ...] | None = None
    mix_eval_data: bool = False


class Correlations(msgspec.Struct, frozen=True):
    """`found` has the strongest param first, over `runs` that count; `left_out` are how many others, by why.

    `constant` params have one value only. `mixed` says that the metric was measured on unlike data, `accepted` are
    sentences on data that a person acknowledged to be the same.
    """

    metric: str
    runs: int
    found: tuple[Association, ...]
    constant: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...] = ()
    filter: str = ""
    mixed: bool = False
    accepted: tuple[str, ...] = ()


def correlations(store: AnyStore, asked: Asked, now: float) -> Correlations:
    """Every param but those of seeds and folds, and those that the projects ignore.

    TracksideError under ten runs that count, UnlikeDataError where eval data is unlike and may not be, UsageError for
    a metric that no run has.
    """
    view = chosen(store, asked.filter, asked.runs, now)
    if not len(view):
        raise no_runs(asked.filter)
    metric = asked.metric or primary_metric(view)
    if metric is None:
        raise UsageError("these runs are judged by no metric; --metric names one")
    one, *others = values_of([metric], view.frame)
    if others:
        raise UsageError(f"{metric}: one metric at a time")
    runs = begun(store, view)
    why = [_GOING if run.status == RUNNING else why_left_out(run.status, one.of(run)) for run in runs]
    counting = [run for run, reason in zip(runs, why, strict=True) if reason is None]
    decided = [store.project(project) for project in sorted({run.project for run in counting})]
    same = SameData.of(decided)
    prints = [None if one.is_fact else eval_fingerprint(run, one.metric) for run in counting]
    mixed = any_unlike(map(same.named, prints))
    if mixed and not asked.mix_eval_data:
        raise UnlikeDataError(mixture(metric, one.metric, counting, same))
    if len(counting) < FEWEST:
        raise TracksideError(f"{counted(len(counting), 'run')} with {metric}: a rank correlation takes {FEWEST}")
    params = _params(counting, [glob for settings in decided for glob in settings.ignored])
    found = associations(
        {key: [run.params.get(key) for run in counting] for key in params}, [one.of(run) for run in counting]
    )
    left_out = Counter(reason for reason in why if reason is not None)
    return Correlations(
        metric=metric,
        runs=len(counting),
        found=found.found,
        constant=found.constant,
        left_out=tuple(sorted(left_out.items())),
        filter=asked.filter,
        mixed=mixed,
        accepted=same.accepted(prints),
    )


def figures(found: Association) -> tuple[str, str]:
    """`ρ -0.80` and `-0.90 … -0.50`; η where the param has no order, dashes for what there is not."""
    sign, letter = ("+", "ρ") if found.kind == "rank correlation" else ("", "η")
    if found.estimate is None:
        return "–", "–"
    interval = "–" if found.interval is None else " … ".join(f"{end:{sign}.2f}" for end in found.interval)
    return f"{letter} {found.estimate:{sign}.2f}", interval


def notes(found: Correlations) -> Iterator[str]:
    """What is to be known of them."""
    left_out = ", ".join(f"{number:,} {why}" for why, number in found.left_out)
    yield f"Over {counted(found.runs, 'run')}{f' that match {found.filter}' if found.filter else ''}."
    if left_out:
        yield f"Left out: {left_out}."
    if found.mixed:
        yield "The metric was measured on unlike eval data, which may be all that is seen."
    yield from found.accepted
    yield (
        "ρ: Spearman's rank correlation, from -1 to 1; η: of params without an order, the root of the share of the "
        "variance of ranks that lies between their values, from 0 to 1; 95 % intervals."
    )
    yield f"{PROVISO[0].upper()}{PROVISO[1:]}; each interval is that of its param alone, and replicates narrow it."


def correlations_document(found: Correlations) -> Document:
    """`trackside correlate --json`."""
    return {
        "metric": found.metric,
        "filter": found.filter,
        "runs": found.runs,
        "left_out": dict(found.left_out),
        "mixed_eval_data": found.mixed,
        "acknowledged_eval_data": list(found.accepted),
        "associations": [
            {
                "param": one.param,
                "kind": one.kind,
                "estimate": one.estimate,
                "ci": one.interval,
                "ci_level": one.level,
                "n": one.n,
                "why_not": one.why_not,
            }
            for one in found.found
        ],
        "constant": list(found.constant),
        "proviso": PROVISO,
    }


def _params(runs: Sequence[Run], ignored: Sequence[str]) -> list[str]:
    return [key for key in dict.fromkeys(key for run in runs for key in run.params) if matters(key, ignored)]
