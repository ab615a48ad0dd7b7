"""Deep links: what is seen as one word, `run/ID?tab=charts&metric=loss`, and back. It knows neither store nor screen.

In a value all but letters, digits and the signs that neither a link nor a shell's quotes need is percent-encoded.
"""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from msgspec.structs import FieldInfo

from trackside.model.errors import UsageError
from trackside.model.nearest import meant
from trackside.services.sharing.seen import (
    CHANGES,
    CHART_WAYS,
    COMPARE_TABS,
    LOG_AXES,
    RUN_TABS,
    Chart,
    Compare,
    Pivot,
    Run,
    Runs,
    Seen,
)

_SCREENS: dict[str, type[Seen]] = {"runs": Runs, "run": Run, "chart": Chart, "compare": Compare, "pivot": Pivot}
_CHOICES: dict[tuple[type[Seen], str], tuple[str, ...]] = {
    (Run, "tab"): RUN_TABS,
    (Compare, "tab"): COMPARE_TABS,
    (Runs, "change"): CHANGES,
    (Chart, "log"): LOG_AXES,
    (Chart, "show"): CHART_WAYS,
}
_PLAIN = "/:<>=*()~@!|-_."
_YES = "yes"
_FORM = "it is SCREEN?KEY=VALUE&KEY=VALUE, as in 'run/ID?tab=charts&metric=loss' or 'runs?filter=status:failed'"


def link(seen: Seen) -> str:
    """The link, without what is as it is anyway."""
    screen = next(word for word, kind in _SCREENS.items() if kind is type(seen))
    path, rest = screen, list(msgspec.structs.fields(seen))
    if isinstance(seen, Run):
        path, rest = f"{screen}/{_quoted(seen.run)}", rest[1:]
    values = ((field, getattr(seen, field.name)) for field in rest)
    query = "&".join(f"{field.name}={_written(value)}" for field, value in values if value != field.default)
    return f"{path}?{query}" if query else path


def parse(text: str) -> Seen:
    """What a link shows. UsageError says what is mistaken in it."""
    path, _, query = text.partition("?")
    screen, _, run = path.partition("/")
    kind = _SCREENS.get(screen)
    if kind is None:
        raise _mistaken(text, f"no screen {screen!r}{meant(screen, _SCREENS)}; {_FORM}")
    if (kind is Run) is not bool(run):
        raise _mistaken(text, "a run is named, run/ID" if kind is Run else f"nothing comes behind {screen}/")
    given: dict[str, Any] = {"run": unquote(run)} if run else {}
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    for part in filter(None, query.split("&")):
        key, equals, value = part.partition("=")
        if key not in known or not equals or (kind is Run and key == "run"):
            raise _mistaken(text, f"{part!r} is none of its parts{meant(key, known)}; {screen} has {_listed(known)}")
        if key in given:
            raise _mistaken(text, f"{key} stands there twice")
        given[key] = _read(text, kind, known[key], value)
    lacking = [name for name in ("metric", "runs") if name in _needed(kind) and not given.get(name)]
    if lacking:
        raise _mistaken(text, f"{screen} needs {' and '.join(lacking)}")
    return kind(**given)


def _needed(kind: type[Seen]) -> tuple[str, ...]:
    return {Chart: ("metric", "runs"), Compare: ("runs",)}.get(kind, ())


def _quoted(text: str, also: str = "") -> str:
    return quote(text, safe=_PLAIN + also)


def _written(value: object) -> str:
    match value:
        case True:
            return _YES
        case float() | int():
            return f"{value:.15g}"
        case tuple():
            return ",".join(_quoted(str(one)) for one in value)
    return _quoted(str(value), also=",")


def _read(text: str, kind: type[Seen], field: FieldInfo, value: str) -> object:
    plain = unquote(value)
    several = tuple(unquote(one) for one in value.split(",") if one)
    choices = _CHOICES.get((kind, field.name), several)
    for one in several:
        if one not in choices:
            raise _mistaken(text, f"{field.name}={one} is none of {', '.join(choices)}")
    if field.type == tuple[str, ...]:
        return several
    if field.type == float | None:
        return _number(text, field.name, plain)
    if field.type is int:
        return _count(text, field.name, plain)
    if (kind, field.name) == (Chart, "zoom"):
        _check_zoom(text, plain)
    if (kind, field.name) == (Compare, "at"):
        _check_at(text, plain)
    if field.type is bool and plain != _YES:
        raise _mistaken(text, f"{field.name}={plain}: it is {_YES}, or not there")
    return True if field.type is bool else plain


def _number(text: str, name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _mistaken(text, f"{name}={value} is no number")
    return number


def _count(text: str, name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise _mistaken(text, f"{name}={value} is no count")
    return int(value)


def _check_zoom(text: str, zoom: str) -> None:
    from trackside.charts.spec import ChartOptions
    from trackside.charts.view import typed

    try:
        typed(ChartOptions(), zoom)
    except UsageError as error:
        raise _mistaken(text, f"zoom: {error}") from None


def _check_at(text: str, at: str) -> None:
    from trackside.compare.points import parse_at

    try:
        parse_at(at)
    except UsageError as error:
        raise _mistaken(text, f"at: {error}") from None


def _listed(known: Mapping[str, object]) -> str:
    return ", ".join(name for name in known if name != "run")


def _mistaken(text: str, why: str) -> UsageError:
    return UsageError(f"--open {text}: {why}")
