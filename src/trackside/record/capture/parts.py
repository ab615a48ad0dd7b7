"""Which parts are captured around a run: `$TRACKSIDE_CAPTURE`, over the `[capture]` table of the configuration file."""

import os
from typing import Any, Literal, TypeAlias, get_args

from trackside.model.errors import UsageError
from trackside.store import locate

Part: TypeAlias = Literal["code", "patch", "imports", "environment", "data", "console", "system", "comparison"]

PARTS: tuple[Part, ...] = get_args(Part)
VARIABLE = "TRACKSIDE_CAPTURE"
_SECTION = "capture"


def wanted_parts() -> frozenset[Part]:
    """The parts to capture: all of them, unless the configuration or `$TRACKSIDE_CAPTURE` says otherwise.

    The variable is `all`, `none`, a list of parts such as `code,environment`, or a list of those to leave out of what
    the configuration says, such as `-console,-system`. UsageError where either names something else.
    """
    words = [word.strip() for word in os.environ.get(VARIABLE, "").split(",") if word.strip()]
    chosen = _configured() if not words or words[0].startswith("-") else frozenset[Part]()
    for word in words:
        named = _named(word.removeprefix("-"))
        chosen = chosen - named if word.startswith("-") else chosen | named
    return chosen


def _named(word: str) -> frozenset[Part]:
    if word == "all":
        return frozenset(PARTS)
    if word == "none":
        return frozenset()
    part = _part(word)
    if part is None:
        raise UsageError(
            f"{VARIABLE} names {word!r}; it is all, none, or some of {', '.join(PARTS)} (-{PARTS[0]}: not)"
        )
    return frozenset({part})


def _configured() -> frozenset[Part]:
    said: Any = locate.configuration().get(_SECTION, {})
    if not isinstance(said, dict):
        raise UsageError(f"{locate.config_file()}: [{_SECTION}] is a table, such as `console = false`")
    for word, value in said.items():
        if _part(word) is None or not isinstance(value, bool):
            known = ", ".join(PARTS)
            raise UsageError(f"{locate.config_file()}: [{_SECTION}] {word}: it is true or false for one of {known}")
    return frozenset(part for part in PARTS if said.get(part, True))


def _part(word: str) -> Part | None:
    return next((part for part in PARTS if part == word), None)
