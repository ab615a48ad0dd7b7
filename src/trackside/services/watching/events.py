"""What happened to a run, as its record stands now: each thing under a key that is another one if it happens again."""

from collections.abc import Iterator

import msgspec

from trackside.config.conditions import Conditions
from trackside.model.health import kind
from trackside.model.run import Run
from trackside.model.status import CRASHED, RUNNING
from trackside.services import cells
from trackside.services.run.overview import concern

_OF_AN_END = frozenset({"failed", CRASHED})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a run. `what` is a status, a word of health, or `filter`; `text` says it in a line."""

    key: str
    what: str
    run: str
    name: str
    project: str
    status: str
    text: str
    step: int | None = None


def events(run: Run, conditions: Conditions, holding: frozenset[str]) -> Iterator[Event]:
    """All that somebody wants to be told of this run. `holding` are those of the filters that match it."""
    words = conditions.words
    if run.status != RUNNING and ("end" in words or ("fail" in words and run.status in _OF_AN_END)):
        yield _event(run, f"end {run.ended}", run.status, _end(run), run.progress.step)
    for word in run.health:
        if _is_wanted(kind(word), words):
            found = concern(run, word)
            key = f"stalled {run.progress.step}" if word == "stalled" else word
            yield _event(run, key, word, found.sentence, found.step)
    for filter_ in conditions.filters:
        if filter_ in holding:
            yield _event(run, f"filter {filter_}", "filter", f"{filter_} holds", run.progress.step)


def _is_wanted(word: str, words: frozenset[str]) -> bool:
    if word in _OF_AN_END:
        return "health" in words and not words & {"end", "fail"}
    return "health" in words or (word == "nonfinite" and "nan" in words) or (word == "stalled" and "stall" in words)


def _event(run: Run, key: str, what: str, text: str, step: int | None) -> Event:
    return Event(
        key=f"{run.id} {key}",
        what=what,
        run=run.id,
        name=run.name,
        project=run.project,
        status=run.status,
        text=text,
        step=step,
    )


def _end(run: Run) -> str:
    """How it ended, after how long, and by what: the last line of a traceback, or how good it was."""
    took = run.duration(run.ended or 0.0)
    after = "" if took is None else f" after {cells.duration(took)}"
    line = cells.last_line(run.traceback)
    judged = run.metrics.get(run.primary or "")
    good = f", {run.primary} {cells.number(judged.last)}" if judged is not None else ""
    return f"{run.status}{after}{': ' + line if line else good}"
