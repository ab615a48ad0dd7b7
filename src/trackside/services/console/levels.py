"""How grave a line of a console is, by the words that logging libraries and Python itself begin it with."""

import re
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning", "info", "debug", "traceback", ""]
"""`traceback` is of a traceback's lines all but the last, which is the error."""

_LOOKED_AT = 160
"""Characters of a line: its level stands at its beginning, after a date and a name."""

_TRACEBACK = "Traceback (most recent call last)"
_INSIDE = re.compile(r"(?:\[\w+\]:?)?[ \t|+]|$")
"""How a line goes on that belongs to a traceback, perhaps after the number of a rank."""

_LEVEL = re.compile(
    r"(?P<error>(?:CRITICAL|FATAL|ERROR)\b(?<!\wCRITICAL)(?<!\w(?:FATAL|ERROR))"
    r"|Error(?<=\wError)(?::|$)|Exception(?<=\wException)(?::|$)|KeyboardInterrupt$|error: (?<=^error: )"
    r"|E\d{4} \d\d:\d\d:)"
    r"|(?P<warning>WARN(?:ING)?\b(?<!\wWARNING)|Warning: |W\d{4} \d\d:\d\d:)"
    r"|(?P<info>INFO\b(?<!\wINFO)|I\d{4} \d\d:\d\d:)"
    r"|(?P<debug>DEBUG\b(?<!\wDEBUG)|TRACE\b(?<!\wTRACE))"
)
"""Each way begins with a letter: a line without any of these is passed over quickly."""


def level(text: str, before: Level) -> Level:
    """The level of a line that comes after one of the level `before`."""
    if _TRACEBACK in text:
        return "traceback"
    if before == "traceback":
        return "traceback" if _INSIDE.match(text) else "error"
    found = _LEVEL.search(text, 0, _LOOKED_AT)
    return _named(found) if found else ""


def _named(found: re.Match[str]) -> Level:
    named: dict[str | None, Level] = {"error": "error", "warning": "warning", "info": "info", "debug": "debug"}
    return named[found.lastgroup]
