"""The records of a `.wandb` file that are no rows, one by one: what each adds to what is known of its run.

Field numbers are those of W&B's `Record` and its messages, which have kept them since 0.12.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from trackside.model.foreign import Item, Printed, Restart
from trackside.model.run import Mark
from trackside.sources.protobuf import Message, walk
from trackside.sources.wandb import artifacts
from trackside.sources.wandb.state import Part, State

HISTORY, SUMMARY, OUTPUT, STATS, OUTPUT_RAW, RUN = 2, 3, 4, 7, 13, 17
_ENVELOPE = frozenset((1, 16, 19, 200))
_ERRORS_KEPT = 16 << 10
_SUMMARY_GOALS = {1: "min", 2: "max"}
_GOALS = {1: "min", 2: "max"}
_ALERTS = {"": "alert", "INFO": "alert", "WARN": "warning", "ERROR": "error"}
_SINCE_ENVIRONMENT = (0, 17)

Handler: TypeAlias = Callable[[State, Part, Message], Iterator[Item]]


def opened(record: bytes) -> tuple[int, bytes]:
    """Which of its payloads a record has, and that. ProtobufError where it is none; 0 for one without."""
    for number, _, value in walk(record):
        if number not in _ENVELOPE and isinstance(value, bytes):
            return number, value
    return 0, b""


def taken(state: State, part: Part, number: int, body: bytes) -> Iterator[Item]:
    """Add a payload to the state; what of it is told at once. ProtobufError where it is broken."""
    handler = _HANDLERS.get(number)
    if handler is not None:
        yield from handler(state, part, Message(body))


def pairs(message: Message) -> Iterator[tuple[list[str], str]]:
    """The items of a history, summary, config or stats: path of keys, and value as JSON text."""
    for item in message.each(1):
        yield pair(item)


def pair(item: bytes) -> tuple[list[str], str]:
    """One of them. A `key` is a path of one."""
    message = Message(item)
    key = message.text(1)
    return ([key] if key else message.texts(2)) or [""], message.text(16)


def timestamp(message: Message) -> float | None:
    """Seconds since the epoch; None where there is none."""
    seconds = message.signed(1) + message.signed(2) / 1e9
    return seconds if 0 < seconds < 253_402_214_400 else None


def _run(state: State, part: Part, message: Message) -> Iterator[Item]:
    began = timestamp(message.message(17))
    if part.started is None:
        part.started = began or state.started or 0.0
        yield from _begun(state, part, message)
    state.started = part.started if state.started is None else min(state.started, part.started)
    for field, number in _RUN_TEXTS:
        setattr(state, field, message.text(number) or getattr(state, field))
    state.tags = message.texts(10) or state.tags
    _git(state, message.message(21))
    _fold(state.config, message.message(4))
    for path, text in pairs(message.message(5)):
        state.summary[".".join(path)] = text
    state.environment.setdefault("telemetry_python", message.message(19).text(4))


_RUN_TEXTS = (
    ("run_id", 1),
    ("entity", 2),
    ("project", 3),
    ("group", 6),
    ("job_type", 7),
    ("name", 8),
    ("notes", 9),
    ("sweep", 12),
    ("host", 13),
)


def _begun(state: State, part: Part, message: Message) -> Iterator[Item]:
    """What it means for the parts before that this one begins."""
    origin = message.message(23)
    steps = None
    if 23 in message and origin.text(3) in ("", "_step"):
        steps = int(origin.double(2)) + 1
    elif message.unsigned(18) or message.signed(14):
        steps = max(message.signed(14), 0)
    forked = origin.text(1) not in ("", message.text(1))
    assert part.started is not None
    if forked:
        yield Mark(kind="note", time=part.started, step=steps, text=f"forked from {origin.text(1)}")
    elif state.started is not None:
        state.exit_code, state.ended, state.preempted = None, None, False
        part.joined = steps is None
        if steps is not None:
            yield Restart(steps, part.started)
        yield Mark(kind="resume", time=part.started, step=steps, text="resumed")


def _config(state: State, _part: Part, message: Message) -> Iterator[Item]:
    _fold(state.config, message)
    yield from ()


def _fold(config: dict[str, str], message: Message) -> None:
    for path, text in pairs(message):
        config[".".join(path)] = text
    for item in message.each(2):
        path, _ = pair(item)
        config.pop(".".join(path), None)


def _summary(state: State, _part: Part, message: Message) -> Iterator[Item]:
    _fold(state.summary, message)
    yield from ()


def _metric(state: State, _part: Part, message: Message) -> Iterator[Item]:
    name = message.text(1) or message.text(2)
    goal = _GOALS.get(message.unsigned(8))
    summary = message.message(7)
    goal = goal or next((goal for number, goal in _SUMMARY_GOALS.items() if summary.unsigned(number)), None)
    if goal:
        state.goals[name] = goal
    elif message.message(9).unsigned(1):
        state.goals.pop(name, None)
    yield from ()


def _exit(state: State, part: Part, message: Message) -> Iterator[Item]:
    state.exit_code = message.signed(1)
    if part.started is not None:
        state.ended = part.started + max(message.signed(2), 0)
    yield from ()


def _output(state: State, _part: Part, message: Message) -> Iterator[Item]:
    data = message.raw(3)
    if not data:
        return
    if not message.unsigned(1):
        state.errors = (state.errors + data.decode(errors="replace"))[-_ERRORS_KEPT:]
    time = timestamp(message.message(2))
    state.last_time = max(state.last_time or 0.0, time or 0.0) or None
    yield Printed(float("nan") if time is None else time, data)


def _preempting(state: State, _part: Part, _message: Message) -> Iterator[Item]:
    state.preempted = True
    yield from ()


def _header(_state: State, part: Part, message: Message) -> Iterator[Item]:
    part.producer = message.message(1).text(1)
    yield from ()


def _alert(state: State, part: Part, message: Message) -> Iterator[Item]:
    time = state.last_time or part.started or 0.0
    said = ": ".join(text for text in (message.text(1), message.text(2)) if text)
    word = _ALERTS.get(message.text(3), "alert")
    yield Mark(kind="note", time=time, step=state.last_step if state.last_step >= 0 else None, text=f"{word}: {said}")


def _artifact(state: State, _part: Part, message: Message) -> Iterator[Item]:
    yield from artifacts.logged(state, message)


def _used(state: State, _part: Part, message: Message) -> Iterator[Item]:
    name = message.text(3) or message.text(1)
    if name:
        state.data.setdefault(name, {"uri": f"wandb-artifact:{name}"})
    yield from ()


def _environment(state: State, part: Part, message: Message) -> Iterator[Item]:
    """The same facts as in `wandb-metadata.json`, by its words. In versions before, the number was another record's."""
    version = re.match(r"(\d+)\.(\d+)", part.producer)
    if version and (int(version[1]), int(version[2])) >= _SINCE_ENVIRONMENT:
        told: dict[str, Any] = {word: message.text(number) for word, number in _ENVIRONMENT_TEXTS}
        told["args"] = message.texts(5)
        told["memory"] = {"total": message.message(21).unsigned(1)}
        told["cpu_name"] = message.message(22).text(3)
        told["gpu_nvidia"] = [{"name": card.text(1)} for card in message.messages(24)]
        told["gpu_count"] = message.unsigned(19)
        told["slurm"] = {entry.text(1): entry.text(2) for entry in message.messages(27)}
        state.environment |= {word: value for word, value in told.items() if value and value != {"total": 0}}
        _git(state, message.message(9))
    yield from ()


_ENVIRONMENT_TEXTS = (
    ("os", 1),
    ("python", 2),
    ("docker", 4),
    ("program", 6),
    ("codePath", 7),
    ("email", 10),
    ("host", 12),
    ("username", 13),
    ("executable", 14),
    ("gpu", 18),
    ("cuda", 25),
)


def _git(state: State, message: Message) -> None:
    state.remote = message.text(1) or state.remote
    state.commit = message.text(2) or state.commit


_HANDLERS: dict[int, Handler] = {
    SUMMARY: _summary,
    OUTPUT: _output,
    5: _config,
    8: _artifact,
    10: _alert,
    12: _metric,
    OUTPUT_RAW: _output,
    RUN: _run,
    18: _exit,
    21: _header,
    23: _preempting,
    25: _used,
    26: _environment,
}
