"""All that is shown of a project: what was decided of it, what its runs declared, and who says each."""

import msgspec

from trackside.model.hashes import shortened
from trackside.model.run import Acknowledgement, Withdrawal
from trackside.services.cells import date
from trackside.services.documents import Document, iso_time
from trackside.services.project.baseline import Baseline, baseline_of_project
from trackside.services.project.goals import MetricGoal, metric_goals
from trackside.store.any_store import AnyStore


def project_document(store: AnyStore, project: str) -> Document:
    """An entry of `trackside project --json`: what was decided, and every metric as it stands."""
    decided = store.project(project)
    baseline = baseline_of_project(store, project)
    return msgspec.structs.asdict(decided) | {
        "trouble": None if baseline is None else baseline.trouble,
        "metrics": [one.document() for one in metric_goals(store, project)],
        "acknowledged": [_dated(one) for one in decided.acknowledged],
        "withdrawn": [_dated(one) for one in decided.withdrawn],
    }


def project_rows(store: AnyStore, project: str) -> list[tuple[str, str]]:
    """What was decided or declared, a word and what it is each; of what was not, none."""
    decided = store.project(project)
    baseline = baseline_of_project(store, project)
    metrics = [one for one in metric_goals(store, project) if one.is_told]
    rows = [
        ("baseline", "" if baseline is None else _named(baseline)),
        *(("primary", f"{one.metric} ({one.primary_from})") for one in metrics if one.primary_from),
        *(("goal", f"{one.metric} {goal_text(one)}") for one in metrics if one.goal),
        *(("margin", f"{one.metric} {one.margin}") for one in metrics if one.margin),
        ("seeds", "" if decided.seeds is None else f"{decided.seeds:,}"),
        ("pair", decided.pair or ""),
        *(("ignored", param) for param in decided.ignored),
        *(("evaluation", glob) for glob in decided.evaluation),
        *(("acknowledged", f"{_of_two(one)}: {one.note}") for one in decided.acknowledged),
        *(("withdrawn", _of_two(one)) for one in decided.withdrawn),
    ]
    return [(word, text) for word, text in rows if text]


def goal_text(one: MetricGoal) -> str:
    """`max (script)`, and what older runs say otherwise."""
    others = f", of other runs {' and '.join(one.other_goals)}" if one.other_goals else ""
    return "unknown" if one.goal is None else f"{one.goal} ({one.goal_from}{others})"


def _named(baseline: Baseline) -> str:
    return baseline.run_id if baseline.run is None else f"{baseline.run.name} ({baseline.run_id})"


def _of_two(one: Acknowledgement | Withdrawal) -> str:
    by = " ".join(part for part in (one.user, date(one.time)) if part)
    return f"{one.code}: {shortened(one.candidate)} beside {shortened(one.baseline)}, {by}"


def _dated(one: Acknowledgement | Withdrawal) -> Document:
    return msgspec.structs.asdict(one) | {"time": iso_time(one.time)}
