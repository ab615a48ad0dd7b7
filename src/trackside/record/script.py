"""How the script itself came to its end: at its last line, or left by a `SystemExit`, of which Python tells no hook.

The frame of the script's module remembers the instruction at which it stopped, and is there when exit functions run.
"""

import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dis import Instruction

_MODULE = "<module>"
_NO_WORK = ("CACHE", "PRECALL", "EXTENDED_ARG", "NOT_TAKEN")
_CONSTANTS = ("LOAD_CONST", "LOAD_SMALL_INT")
_NAMES = ("LOAD_NAME", "LOAD_GLOBAL")

UNKNOWN = object()
"""The code of a `SystemExit` that cannot be told from the script's code."""


def frame() -> FrameType | None:
    """The frame of the module that is being run as a script; None in a session that has none."""
    at = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001  the one way to another thread's
    while at is not None and not (at.f_code.co_name == _MODULE and at.f_globals.get("__name__") == "__main__"):
        at = at.f_back
    return at


def was_left(script: FrameType) -> bool:
    """Whether an exception left the script, rather than that it came to its end."""
    return not _stopped_at(script)[-1].opname.startswith("RETURN")


def code_raised(script: FrameType) -> object:
    """The code of the `SystemExit` that left the script where it was raised by hand, as far as can be told.

    Of `raise SystemExit(main())` the value is gone: it counts as a clean end, which it mostly is. One that was raised
    further down, or with a value that had to be computed otherwise, is UNKNOWN.
    """
    *before, last = _stopped_at(script)
    if last.opname != "RAISE_VARARGS":
        return UNKNOWN
    if len(before) < 2 or not before[-1].opname.startswith("CALL"):
        return None
    given = before[-2]
    if given.opname in _CONSTANTS:
        return given.argval
    if given.opname in _NAMES:
        return script.f_globals.get(given.argval)
    return None if given.opname.startswith("CALL") else UNKNOWN


def _stopped_at(script: FrameType) -> list["Instruction"]:
    """Instructions of the script up to that at which it stopped."""
    import dis

    before = [step for step in dis.get_instructions(script.f_code) if step.offset <= script.f_lasti]
    return [step for step in before if step.opname not in _NO_WORK]
