"""The fields that a project's edits set, and what readers make of them.

What is decided of each of many things (a metric, a param, two values) is a field of its own, so that of two copies of a
store that decided on different things a merge keeps both. Fields and values that this version does not know are passed
over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from trackside.model.bounds import Moment
from trackside.model.goals import Goal
from trackside.model.margins import parse_margin
from trackside.model.run import Acknowledgement, ProjectSettings, Withdrawal
from trackside.store import said

T = TypeVar("T")

BASELINE = "baseline"
PRIMARY = "primary"
SEEDS = "seeds"
PAIR = "pair"
_GOAL = "goal:"
_MARGIN = "margin:"
_IGNORED = "ignored:"
_EVALUATION = "evaluation:"
_ACKNOWLEDGED = "acknowledged:"


class _Acknowledged(msgspec.Struct):
    """The value of an acknowledgement's field, whose name says of what; without a note it is withdrawn."""

    note: str | None
    time: Moment
    user: str | None = None


def goal(metric: str) -> str:
    """The field of a metric's goal: `min` or `max`."""
    return _GOAL + metric


def margin(metric: str) -> str:
    """The field of a metric's margin, as it was typed."""
    return _MARGIN + metric


def ignored(param: str) -> str:
    """The field of a param, or a glob of params, that does not matter: true."""
    return _IGNORED + param


def evaluation(glob: str) -> str:
    """The field of files that make up the evaluation: true."""
    return _EVALUATION + glob


def acknowledged(one: Acknowledgement | Withdrawal) -> dict[str, Any]:
    """An acknowledgement, or that it is withdrawn, as a field and its value."""
    note = one.note if isinstance(one, Acknowledgement) else None
    return {_values_of(one): {"note": note, "time": one.time, "user": one.user}}


def _values_of(one: Acknowledgement | Withdrawal) -> str:
    """The field of an acknowledgement, which names its two values."""
    return _ACKNOWLEDGED + msgspec.json.encode([one.code, one.baseline, one.candidate]).decode()


def as_settings(fields: Mapping[str, Any]) -> ProjectSettings:
    """What a project decided by its fields, without what makes no sense."""
    seeds = fields.get(SEEDS)
    goals: dict[str, Goal] = {metric: value for metric, value in _of(_GOAL, fields) if value in ("min", "max")}
    acknowledged, withdrawn = _apart(_acknowledgements(fields))
    return ProjectSettings(
        baseline=_text(fields.get(BASELINE)),
        goals=goals,
        primary=_text(fields.get(PRIMARY)),
        seeds=seeds if type(seeds) is int and seeds > 0 else None,
        pair="seed" if fields.get(PAIR) == "seed" else None,
        margins={
            metric: value
            for metric, value in _of(_MARGIN, fields)
            if isinstance(value, str) and parse_margin(value) is not None
        },
        ignored=tuple(sorted(param for param, value in _of(_IGNORED, fields) if value is True)),
        evaluation=tuple(sorted(glob for glob, value in _of(_EVALUATION, fields) if value is True)),
        acknowledged=acknowledged,
        withdrawn=withdrawn,
    )


def as_fields(settings: ProjectSettings) -> dict[str, Any]:
    """The fields that say what a project decided; what it did not is None, or not among them."""
    fields = {
        BASELINE: settings.baseline,
        PRIMARY: settings.primary,
        SEEDS: settings.seeds,
        PAIR: settings.pair,
        **{goal(metric): word for metric, word in settings.goals.items()},
        **{margin(metric): text for metric, text in settings.margins.items()},
        **{ignored(param): True for param in settings.ignored},
        **{evaluation(glob): True for glob in settings.evaluation},
    }
    for each in _spoken_of(settings):
        fields |= acknowledged(each)
    return fields


def as_one(decided: Sequence[ProjectSettings]) -> ProjectSettings:
    """What a project decided in several stores: of each thing the first one's word that has one."""
    goals = {metric: word for one in reversed(decided) for metric, word in one.goals.items()}
    margins = {metric: text for one in reversed(decided) for metric, text in one.margins.items()}
    spoken_of = {_values_of(each): each for one in reversed(decided) for each in _spoken_of(one)}
    acknowledged, withdrawn = _apart(spoken_of.values())
    return ProjectSettings(
        baseline=_first(one.baseline for one in decided),
        goals=goals,
        primary=_first(one.primary for one in decided),
        seeds=_first(one.seeds for one in decided),
        pair=_first(one.pair for one in decided),
        margins=margins,
        ignored=tuple(sorted({param for one in decided for param in one.ignored})),
        evaluation=tuple(sorted({glob for one in decided for glob in one.evaluation})),
        acknowledged=acknowledged,
        withdrawn=withdrawn,
    )


def _acknowledgements(fields: Mapping[str, Any]) -> Iterator[Acknowledgement | Withdrawal]:
    for values, value in _of(_ACKNOWLEDGED, fields):
        if value is None:  # undone
            continue
        with suppress(*said.NONSENSE):
            code, baseline, candidate = msgspec.json.decode(values, type=tuple[str, str, str])
            by = msgspec.convert(value, _Acknowledged)
            gone = Withdrawal(code=code, baseline=baseline, candidate=candidate, user=by.user, time=by.time)
            yield gone if by.note is None else Acknowledgement(**msgspec.structs.asdict(gone), note=by.note)


def _spoken_of(settings: ProjectSettings) -> Iterator[Acknowledgement | Withdrawal]:
    yield from settings.acknowledged
    yield from settings.withdrawn


def _apart(
    spoken_of: Iterable[Acknowledgement | Withdrawal],
) -> tuple[tuple[Acknowledgement, ...], tuple[Withdrawal, ...]]:
    """What is acknowledged and what is withdrawn, each in the order in which it was said."""
    ordered = sorted(spoken_of, key=lambda one: (one.time, one.code, one.baseline, one.candidate))
    acknowledged = tuple(one for one in ordered if isinstance(one, Acknowledgement))
    return acknowledged, tuple(one for one in ordered if isinstance(one, Withdrawal))


def _of(prefix: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What was decided of each of many things, by its name."""
    return ((field.removeprefix(prefix), value) for field, value in fields.items() if field.startswith(prefix))


def _first(words: Iterable[T | None]) -> T | None:
    return next((word for word in words if word is not None), None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
