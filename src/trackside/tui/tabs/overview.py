"""Overview: why the run was made, how it stands, what deserves a look, its params and metrics, where it comes from."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from trackside.model import clock
from trackside.model.counting import counted
from trackside.model.run import Mark, MetricSummary, Param, Run
from trackside.services import cells
from trackside.services.decimals import rows_in_line
from trackside.services.run.overview import RunOverview, last_point_age, metrics_in_order, origin, progress_sentence
from trackside.store.resumes import MARK as RESUME
from trackside.tui.context import Context
from trackside.tui.param_words import param_text, values_text
from trackside.tui.tabs.block import Block
from trackside.tui.tabs.tab import OverviewLinesTab
from trackside.tui.targets import MetricTarget, RunTarget
from trackside.tui.widgets.lines import Line, pairs, table

_COLUMN = 10


class OverviewTab(OverviewLinesTab):
    """Blocks of lines. Enter on a metric or a concern opens its chart, on another run that run.

    It is shown again by the clock too, so that those that may be long are kept.
    """

    label = "Overview"

    def __init__(self, context: Context, run_id: str) -> None:
        super().__init__(context, run_id)
        self._why = Block(_why)
        self._params = Block(_params)
        self._marks = Block(_marks)
        self._metrics = Block(_metrics)

    def lines(self, view: RunOverview) -> list[Line]:
        """The blocks that have something to say, in the order in which a person asks."""
        run = view.run
        blocks = [
            ("Why", self._why(run.notes)),
            ("Deserves a look", _concerns(view)),
            ("State", _state(run)),
            ("Lineage", _lineage(view)),
            ("Params", self._params(run.params)),
            ("Notes at a step", self._marks(run.marks)),
            ("Metrics", self._metrics((run.metrics, run.texts, run.primary))),
        ]
        return [line for head, block in blocks if block for line in (Line.of(head, "head"), *block, Line.of(""))]

    @property
    def metric(self) -> str | None:
        """The metric under the cursor."""
        target = self.sheet.target
        return target.metric if isinstance(target, MetricTarget) else None


def _why(notes: str) -> list[Line]:
    if notes.strip():
        return [Line.of(f"  {line}", hang=2) for line in notes.strip().splitlines()]
    return [Line.of("  No notes yet: a writes them.", "dim")]


def _params(params: Mapping[str, Param]) -> list[Line]:
    return pairs(((key, param_text(value)) for key, value in params.items()), width=_COLUMN)


def _concerns(view: RunOverview) -> list[Line]:
    return [
        Line(
            (("  ! ", "bad"), (concern.sentence, "")),
            concern.metric and MetricTarget(concern.metric, concern.step),
            hang=4,
        )
        for concern in view.concerns
    ]


def _state(run: Run) -> list[Line]:
    now = time.time()
    ended = "" if run.exit_code in (None, 0) else f", exit code {run.exit_code}"
    ended += "" if run.end_known else f": {run.source} keeps no word of an end"
    job = ", ".join(f"{key} {value}" for key, value in run.job.items() if value is not None)
    return pairs(
        [
            ("status", f"{run.status}{ended}"),
            ("started", _started(run)),
            ("took" if run.ended else "so far", cells.duration(run.duration(now))),
            ("progress", progress_sentence(run)),
            ("logged", last_point_age(run, now)),
            ("primary", _primary(run)),
            ("tags", " ".join(run.tags)),
            ("where", " as ".join(part for part in (run.host, run.user) if part)),
            ("job", job),
            ("source", origin(run)),
            ("id", run.id),
        ],
        width=_COLUMN,
    )


def _primary(run: Run) -> str:
    summary = run.metrics.get(run.primary or "")
    if summary is None:
        return ""
    best = "" if summary.best is None else f", best {cells.number(summary.best)} at step {summary.best_step:,}"
    return f"{run.primary} {cells.number(summary.last)}{best}"


def _metrics(part: tuple[Mapping[str, MetricSummary], Mapping[str, str], str | None]) -> list[Line]:
    metrics, logged_texts, primary = part
    texts = [Line.of(f"  {metric}: {param_text(text)}", hang=4) for metric, text in logged_texts.items()]
    named = metrics_in_order(metrics, primary)
    if not named:
        return texts
    heads = ("metric", "last", "best", "at step", "goal", "mean", "points")
    figures = rows_in_line([_metric_cells(*item, primary) for item in named], (1, 2, 5))
    rows = table([heads, *figures], right=frozenset({1, 2, 3, 5, 6}))
    lines = [Line.of(f"  {rows[0]}", "dim", hang=None)]
    for (metric, summary), row in zip(named, rows[1:], strict=True):
        style = "bad" if summary.nonfinite else ""
        lines.append(Line.of(f"  {row}", style, target=MetricTarget(metric), hang=None))
    return lines + texts


def _metric_cells(metric: str, summary: MetricSummary, primary: str | None) -> tuple[str, ...]:
    best_step = summary.best_step
    return (
        f"{metric} (primary)" if metric == primary else metric,
        cells.number(summary.last),
        cells.number(summary.best),
        "" if best_step is None else f"{best_step:,}",
        summary.goal or "",
        cells.number(summary.mean),
        f"{summary.count:,}",
    )


def _marks(marks: Sequence[Mark]) -> list[Line]:
    said = [(mark.kind if mark.step is None else f"{mark.step:,}", mark.text or mark.kind) for mark in marks]
    return pairs(said, width=_COLUMN)


def _started(run: Run) -> str:
    return "" if run.began is None else clock.moment(run.began).strftime("%Y-%m-%d %H:%M:%S")


def _lineage(view: RunOverview) -> list[Line]:
    run = view.run
    lines = pairs([("project", run.project)], width=_COLUMN)
    if run.group is not None:
        lines += pairs([("group", f"{run.group} ({counted(view.group_size, 'run')})")], width=_COLUMN)
    if view.baseline is not None:
        is_this = view.baseline.id == run.id
        lines += _link("baseline", "this run" if is_this else view.baseline.name, None if is_this else view.baseline.id)
    if view.previous is not None:
        before = cells.duration(run.created - view.previous.created)
        lines += _link("previous", f"{view.previous.name}, the same command {before} before", view.previous.id)
        lines += _changes(view)
    return lines + _kin(view) + pairs([("resumed", _resumed(run)), ("artifacts", _artifacts(run))], width=_COLUMN)


def _kin(view: RunOverview) -> list[Line]:
    """What the run shares with others; each line leads to one of them."""
    lines = pairs([(kin.what or " ", kin.words) for kin in view.lineage], width=_COLUMN, style="link")
    targets = (None if kin.run_id is None else RunTarget(kin.run_id) for kin in view.lineage)
    return [Line(line.parts, target, line.hang) for line, target in zip(lines, targets, strict=True)]


def _resumed(run: Run) -> str:
    """How often it went on, and from which step the last time."""
    steps = [mark.step for mark in run.marks if mark.kind == RESUME]
    if not steps:
        return ""
    times = "once" if len(steps) == 1 else f"{len(steps):,} times, the last time"
    return times if steps[-1] is None else f"{times} at step {steps[-1]:,}"


def _artifacts(run: Run) -> str:
    """How many there are of each kind."""
    kinds = Counter(artifact.kind for artifact in run.artifacts.values())
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))


def _link(name: str, text: str, run_id: str | None) -> Iterable[Line]:
    (line,) = pairs([(name, text)], width=_COLUMN, style="link" if run_id else "")
    return [Line(line.parts, None if run_id is None else RunTarget(run_id), line.hang)]


def _changes(view: RunOverview) -> list[Line]:
    if not view.changes:
        return pairs([("changed", "no param")], width=_COLUMN)
    changed = [f"{row.key} {values_text(row)}" for row in view.changes]
    return pairs([("changed" if not number else " ", text) for number, text in enumerate(changed)], width=_COLUMN)
