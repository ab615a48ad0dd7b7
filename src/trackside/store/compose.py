"""From what the logs of a run said to the `Run` that every surface shows. Statuses are derived here, never written."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from trackside.model import ids
from trackside.model.bounds import LATEST
from trackside.model.histogram import HISTOGRAM
from trackside.model.keys import short
from trackside.model.run import (
    LOGGED,
    OWN_SOURCE,
    Artifact,
    Code,
    DataRef,
    Environment,
    Mark,
    MetricSummary,
    Param,
    Progress,
    ProjectSettings,
    Run,
)
from trackside.model.status import CRASHED, ENDS, FINISHED, KILLED, RUNNING, Status
from trackside.model.system import is_system
from trackside.store import concerns, resumes
from trackside.store.fold import RunFold
from trackside.store.layout import RunPaths
from trackside.store.liveness import Growth, alive
from trackside.store.log_fold import COPIED, LogFold
from trackside.store.stats import Stats

_MAIN = ("main", COPIED)
_BITS = 64
_SIGNAL_EXIT = 128
_UNBORN_SECONDS = 60.0

T = TypeVar("T")


def compose(paths: RunPaths, fold: RunFold, settings: ProjectSettings, growth: Growth) -> Run:
    """The run as its files stand now. Values of the wrong type, which only damage can bring, are left out.

    Names and tags are cut to the length that no recorder goes beyond.
    """
    manifest = fold.manifest
    main = last_main(fold)
    status, said = derive_status(paths, fold, main, growth)
    metrics = _metrics(fold, settings)
    state = {**manifest, **fold.said("run")}
    progress = _progress(fold, status, state.get("total_steps"))
    found = concerns.findings(fold, status)
    group = _typed(_field(fold, "group", state.get("group")), str)
    return Run(
        id=paths.id,
        name=short(str(_field(fold, "name", state.get("name") or paths.id))),
        project=fold.project,
        group=None if group is None else short(group),
        created=_created(paths.id, state),
        status=status,
        health=concerns.words(fold, status, progress, found, main[1].opened_at if main else 0.0),
        findings=found,
        tags=_tags(fold, _texts(state.get("tags"))),
        notes=str(_field(fold, "notes", state.get("notes")) or ""),
        user=_typed(state.get("user"), str),
        host=_typed(state.get("host"), str),
        ended=_ended(fold, status, said, progress) or None,
        source=str(manifest.get("source") or OWN_SOURCE),
        source_id=_typed(manifest.get("source_id"), str),
        address=_typed(manifest.get("address"), str),
        remarks=list(fold.remarks()),
        end_known=state.get("end_known") is not False,
        archived=bool(_field(fold, "archived", state.get("archived"))),
        trashed=bool(_field(fold, "trashed", False)),
        edited=[*fold.fields, *(["tags"] if fold.tags else [])],
        exit_code=said.get("exit_code"),
        traceback=said.get("traceback") or _traceback_inside(fold, main),
        command=_texts(state.get("command")),
        cwd=_typed(state.get("cwd"), str),
        seed=_whole(state.get("seed")),
        params=_params(fold.said("params")),
        metrics=metrics,
        texts={name: said.text for name, said in fold.texts.items()},
        primary=fold.primary(settings),
        declared=fold.declared_goals(),
        eval_data=_eval_data(fold.said("metrics")),
        progress=progress,
        job=_typed(state.get("job"), dict) or {},
        data=_structs(fold.said("data"), DataRef),
        code=_struct(fold.said("code"), Code) or Code(),
        environment=_struct(fold.said("environment"), Environment) or Environment(),
        marks=_standing(fold.marks),
        artifacts=_artifacts(fold.said("artifacts")) | _histograms(paths.id, fold),
        dropped=fold.dropped(),
        dropped_why=fold.dropped_why(),
    )


def _standing(marks: Sequence[Mark]) -> list[Mark]:
    """The marks by time, without the notes that were taken back: those are there again without a text."""
    back = {(mark.time, mark.step) for mark in marks if mark.kind == "note" and not mark.text}
    standing = (mark for mark in marks if mark.kind != "note" or (mark.time, mark.step) not in back)
    return sorted(standing, key=lambda mark: mark.time)


def last_main(fold: RunFold) -> tuple[str, LogFold] | None:
    """The name and fold of the main log that was opened last: the one that the run's status is read from."""
    mains = [(name, log) for name, log in fold.of_store().items() if log.role in _MAIN and log.opened]
    return max(mains, key=lambda item: item[1].order, default=None)


def derive_status(
    paths: RunPaths, fold: RunFold, main: tuple[str, LogFold] | None, growth: Growth
) -> tuple[Status, Mapping[str, Any]]:
    """The status, and what the run itself said of its end (empty where it said nothing)."""
    if main is None:
        return CRASHED if time.time() - ids.created(paths.id) > _UNBORN_SECONDS else RUNNING, {}
    name, log = main
    said = fold.ending(name)
    if log.role == COPIED:
        return _copied_status(paths.root / name, said or {}, growth)
    if said is None:
        if _goes_on(paths, fold, name, growth):
            return RUNNING, {}
        return (KILLED if _was_signalled(fold, log) else CRASHED), {}
    status: Status = said["status"] if said.get("status") in ENDS else CRASHED
    if status == FINISHED and any(ending is None for ending in _inside(fold, log)):
        status = CRASHED
    if status == "failed" and _was_signalled(fold, log) and _by_signal(said):
        status = KILLED
    return status, said


def _goes_on(paths: RunPaths, fold: RunFold, name: str, growth: Growth) -> bool:
    """Whether the writer of the log `name`, or what it says aside while it cannot write there, is still there."""
    log, aside = fold.logs.get(name, LogFold()), fold.said_aside(name)
    if log.sealed or (log.closed and not log.rotated):
        return False
    places = [(paths, log), *([] if paths.own is None else [(paths.own, aside)])]
    return any(said.opened and alive(place.root / name, said.opened, growth) for place, said in places)


def _copied_status(log: Path, said: Mapping[str, Any], growth: Growth) -> tuple[Status, Mapping[str, Any]]:
    """What another system said, as long as whoever copies it goes on to say so."""
    if said.get("running"):
        with suppress(FileNotFoundError):
            if not growth.silent(log):
                return RUNNING, {}
    return (said["status"] if said.get("status") in ENDS else CRASHED), said


def _inside(fold: RunFold, main: LogFold) -> list[dict[str, Any] | None]:
    """How each script ended that joined the run since it was resumed last; None of one that has not said so."""
    logs = _since(fold, main).items()
    return [fold.ending(name) for name, log in logs if log.role == "joined" and not log.rotated]


def _since(fold: RunFold, main: LogFold) -> dict[str, LogFold]:
    """The logs of the same resume as `main`, those of ranks left out."""
    since = resumes.number(main.opened)
    logs = fold.of_store().items()
    return {name: log for name, log in logs if not log.is_of_rank and resumes.number(log.opened) == since}


def _traceback_inside(fold: RunFold, main: tuple[str, LogFold] | None) -> str | None:
    inside = [] if main is None else _inside(fold, main[1])
    said = ((ending or {}).get("traceback") for ending in inside)
    return next((traceback for traceback in said if traceback), None)


def _was_signalled(fold: RunFold, main: LogFold) -> bool:
    """Whether a signal came since the run was resumed last."""
    return any(log.signalled or fold.said_aside(name).signalled for name, log in _since(fold, main).items())


def _by_signal(said: Mapping[str, Any]) -> bool:
    code = said.get("exit_code")
    interrupted = str(said.get("traceback") or "").rstrip().rpartition("\n")[2].startswith("KeyboardInterrupt")
    return interrupted or (isinstance(code, int) and code >= _SIGNAL_EXIT)


def _metrics(fold: RunFold, settings: ProjectSettings) -> dict[str, MetricSummary]:
    at_best = fold.at_best
    return {
        metric: stats.summary(fold.goal(metric, settings), at_best.value(metric) if at_best else None)
        for metric, stats in fold.stats.items()
    }


def _progress(fold: RunFold, status: Status, total_steps: Any) -> Progress:
    total = _whole(total_steps)
    trained = (stats for metric, stats in fold.stats.items() if not is_system(metric))
    points = [stats for stats in trained if stats.last_step is not None and _moment(stats.last_time) is not None]
    if not points:
        return Progress(total_steps=total)
    step = max(stats.last_step or 0 for stats in points)
    last = max(stats.last_time or 0.0 for stats in points)
    since, since_step = fold.pace[0] if status == RUNNING and fold.pace else _beginning(fold, points)
    known = _moment(since) is not None and last > since and step > since_step
    speed = (step - since_step) / (last - since) if known else None
    left = max(0, total - 1 - step) if total is not None else None
    eta = None if left is None or not speed else left / speed
    return Progress(
        step=step,
        total_steps=total,
        steps_per_s=speed,
        eta_s=eta if status == RUNNING else (0.0 if left == 0 else None),
        last_point=last or None,
    )


def _beginning(fold: RunFold, points: list[Stats]) -> tuple[float, int]:
    """Time and step that a run's speed is measured from: where it was resumed last, else its first point."""
    resumed = [one for one in fold.resumes if not one.whose]
    last = max(resumed, key=lambda one: (one.number, one.time), default=None)
    if last is not None and last.step != resumes.BEFORE_ALL:
        return last.time, last.step
    return min(stats.first_time or 0.0 for stats in points), min(stats.first_step or 0 for stats in points)


def _created(run_id: str, state: Mapping[str, Any]) -> float:
    """When a run was created, as its id has it too, unless another system made it; 0.0 where that is not known."""
    is_own = state.get("source", OWN_SOURCE) == OWN_SOURCE
    return _moment(state.get("created")) or (ids.created(run_id) if is_own else 0.0)


def _ended(fold: RunFold, status: Status, said: Mapping[str, Any], progress: Progress) -> float | None:
    if status == RUNNING:
        return None
    told: float | None = said.get("time")
    if told is not None:
        return told
    beats = [log.beat for log in fold.logs.values() if log.beat is not None and log.role != COPIED]
    opened = [log.opened_at for log in fold.logs.values() if log.role != "edit"]
    known = [moment for moment in (*beats, *opened, progress.last_point) if moment is not None]
    return max(known, default=None)


def _field(fold: RunFold, name: str, default: Any) -> Any:
    edited = fold.fields.get(name)
    return default if edited is None else edited.value


def _tags(fold: RunFold, given: list[str]) -> list[str]:
    """The tags that the run was given, and then those that people gave it, without those that they took away."""
    first = [tag for tag in map(short, given) if tag not in fold.tags]
    edited = sorted(fold.tags.items(), key=lambda item: (item[1].stamp, item[1].writer))
    return first + [tag for tag, said in edited if said.value]


def _eval_data(declared: Mapping[str, Any]) -> dict[str, str]:
    said = {metric: _typed(words, dict) or {} for metric, words in declared.items()}
    return {metric: str(words["eval_data"]) for metric, words in said.items() if words.get("eval_data")}


def _artifacts(said: Mapping[str, Any]) -> dict[str, Artifact]:
    named = {name: {**words, "name": name} for name, words in said.items() if isinstance(words, dict)}
    return _structs(named, Artifact)


def _histograms(run_id: str, fold: RunFold) -> dict[str, Artifact]:
    """The histograms of each name as one artifact, whose content is in the run's logs."""
    made = {}
    for key, drawn in fold.histograms.items():
        name, file = f"{HISTOGRAM}/{key}", f"{key.rpartition('/')[2] or HISTOGRAM}.jsonl"
        files = {file: (f"{LOGGED}{run_id}:{drawn.sum:x}:{key}", drawn.bytes)}
        made[name] = Artifact(
            name=name, kind=HISTOGRAM, bytes=drawn.bytes, files=files, time=_moment(drawn.time) or 0.0, step=drawn.step
        )
    return made


def _structs(said: Mapping[str, Any], kind: type[T]) -> dict[str, T]:
    made = {key: _struct(value, kind) for key, value in said.items()}
    return {key: value for key, value in made.items() if value is not None}


def _params(said: Mapping[str, Any]) -> dict[str, Param]:
    """Params as they were written; one that holds further keys, as JSON."""
    return {
        key: msgspec.json.encode(value).decode() if isinstance(value, dict) else value for key, value in said.items()
    }


def _texts(said: Any) -> list[str]:
    return [str(part) for part in said] if isinstance(said, list) else []


def _struct(said: Any, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError:
        return None


def _typed(value: Any, kind: type[T]) -> T | None:
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    whole = _typed(value, int)
    return whole if whole is not None and whole.bit_length() < _BITS else None


def _moment(value: Any) -> float | None:
    """Seconds since the epoch that a calendar has a date for."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < LATEST else None
