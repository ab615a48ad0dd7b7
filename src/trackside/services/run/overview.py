"""What the Overview of a run says: why it was run, how it stands, what deserves a look, and where it comes from.

Everything here is plain values and sentences, so that the app and the command line say the same. It knows no
terminal: widths, colours and columns are the screen's.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from trackside.compare.differs.facts import ParamRow, params
from trackside.model.counting import counted
from trackside.model.natural import natural
from trackside.model.run import OWN_SOURCE, MetricSummary, Run
from trackside.model.status import RUNNING
from trackside.model.system import is_system
from trackside.services import cells
from trackside.services.places.systems import named
from trackside.services.run.lineage import Kinship, lineage

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore


class Concern(msgspec.Struct, frozen=True):
    """One thing that a person would want to be told, and where to look: a metric and a step, where it has them."""

    sentence: str
    metric: str | None = None
    step: int | None = None


class RunOverview(msgspec.Struct, frozen=True):
    """A run, and what of other runs belongs beside it."""

    run: Run
    concerns: tuple[Concern, ...]
    baseline: Run | None
    group_size: int
    previous: Run | None
    changes: tuple[ParamRow, ...]
    lineage: tuple[Kinship, ...] = ()


def load(store: "AnyStore", run_id: str) -> RunOverview:
    """The overview of one run. Reads the index and the table frame; belongs in a worker thread."""
    run = store.run(run_id)
    previous = _previous(store, run)
    return RunOverview(
        run=run,
        concerns=concerns(run),
        baseline=baseline_of(store, run),
        group_size=_group_size(store, run),
        previous=previous,
        changes=() if previous is None else params(previous, [run]),
        lineage=lineage(store, run),
    )


def concerns(run: Run) -> tuple[Concern, ...]:
    """The run's health in sentences, the gravest first."""
    found = [concern(run, word) for word in run.health if word != "incomplete"]
    return (*found, *map(Concern, run.remarks))


def metrics_in_order(metrics: Mapping[str, MetricSummary], primary: str | None) -> list[tuple[str, MetricSummary]]:
    """A run's metrics: its primary first, then by family and name. Those of the machine are not among them."""
    trained = (item for item in metrics.items() if not is_system(item[0]))
    return sorted(trained, key=lambda item: (item[0] != primary, natural(item[0])))


def origin(run: Run) -> str:
    """The system that recorded a run and what it calls it; nothing where that was trackside itself."""
    if run.source_id is None:
        return ""
    return f"{run.source}'s {run.source_id}" + (f", read at {run.address}" if run.address else "")


def progress_sentence(run: Run) -> str:
    """How far the run is: steps, speed, and while it runs the time left."""
    progress = run.progress
    if progress.step is None:
        return "no point yet" if run.status == RUNNING else "no point was logged"
    words = [f"step {progress.step:,}"]
    if progress.total_steps:
        words[0] += f" of {progress.total_steps:,} ({min(1.0, (progress.step + 1) / progress.total_steps):.0%})"
    if progress.steps_per_s is not None:
        speed = cells.number(progress.steps_per_s)
        words.append(f"{speed} {'step' if speed == '1' else 'steps'}/s")
    if run.status == RUNNING and progress.eta_s is not None:
        words.append(f"{cells.duration(progress.eta_s)} left")
    return ", ".join(words)


def last_point_age(run: Run, now: float) -> str:
    """How old the last point of a run that goes on is: `now`, `15 s ago`. Nothing once it has ended."""
    if run.status != RUNNING or run.progress.last_point is None:
        return ""
    age = cells.age(now - run.progress.last_point)
    return age if age == "now" else f"{age} ago"


def concern(run: Run, word: str) -> Concern:
    """What a word of a run's health says in a sentence."""
    kind, _, metric = word.partition(":")
    finding = next((finding for finding in run.findings if finding.word == word), None)
    if finding is not None:
        return Concern(finding.sentence, metric if metric in run.metrics else None, finding.step)
    if kind == "nonfinite":
        return _nonfinite(run, metric)
    if kind == "damaged":
        return Concern("Parts of its log are damaged on disk and were passed over.")
    sentence = _SENTENCES.get(kind)
    return Concern(word if sentence is None else sentence(run))


def _nonfinite(run: Run, metric: str) -> Concern:
    summary = run.metrics.get(metric, MetricSummary())
    step = summary.first_nonfinite_step
    where = "" if step is None else f" since step {step:,}"
    points = "1 point is" if summary.nonfinite == 1 else f"{summary.nonfinite:,} of {summary.count:,} points are"
    return Concern(f"{metric} is not finite{where}: {points} NaN or infinite.", metric, step)


def _failed(run: Run) -> str:
    line = cells.last_line(run.traceback)
    code = "" if run.exit_code is None else f" with exit code {run.exit_code}"
    return f"It failed{code}{_at_step(run)}{': ' + line if line else '.'}"


def _crashed(run: Run) -> str:
    if run.source != OWN_SOURCE:
        return f"It stopped{_at_step(run)}: {named(run.source)} says nothing of its end, and nothing more comes."
    return f"It stopped without a word{_at_step(run)}: its process, or its heartbeat, is gone."


def _stalled(run: Run) -> str:
    return f"It is stalled{_at_step(run)}: no new point for much longer than its own rhythm."


def _dropped(run: Run) -> str:
    why = f" ({run.dropped_why})" if run.dropped_why else ""
    return f"{counted(run.dropped, 'row')} could not be written{why} and {_are(run.dropped)} missing from its curves."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


_SENTENCES = {"failed": _failed, "crashed": _crashed, "stalled": _stalled, "dropped": _dropped}


def _at_step(run: Run) -> str:
    return "" if run.progress.step is None else f" at step {run.progress.step:,}"


def baseline_of(store: "AnyStore", run: Run) -> Run | None:
    """The baseline of the run's project, which may be the run itself."""
    settings = store.project(run.project)
    if settings.baseline is None:
        return None
    found = store.runs([settings.baseline])
    return found[0] if found else None


def _group_size(store: "AnyStore", run: Run) -> int:
    if run.group is None:
        return 0
    import polars as pl

    same = (pl.col("project") == run.project) & (pl.col("group") == run.group)
    return store.frame(()).filter(same).height


def _previous(store: "AnyStore", run: Run) -> Run | None:
    """The run of the same command in this project that was made last before this one."""
    if not run.command:
        return None
    import shlex

    import polars as pl

    command = shlex.join(run.command)
    same = (pl.col("project") == run.project) & (pl.col("command") == command) & (pl.col("created") < run.created)
    earlier = store.frame(()).filter(same).sort("created", descending=True).head(1)
    found = store.runs(earlier["id"].to_list())
    return found[0] if found else None
