"""Which program a run is of: that of this process, unless it stands for a command that it starts."""

import sys
from collections.abc import Sequence
from pathlib import Path

from trackside.record.script import frame

_command: Sequence[str] | None = None


def stand_for(command: Sequence[str]) -> None:
    """From now on this process records `command`, and not itself."""
    global _command
    _command = tuple(command)


def is_a_command() -> bool:
    """Whether it is a command that this process started."""
    return _command is not None


def command() -> list[str]:
    """The command line as it can be typed again."""
    return [sys.executable, *sys.orig_argv[1:]] if _command is None else list(_command)


def script() -> Path | None:
    """The file that the program begins in: of a command the first word that is one, Python's files before others.

    A script that another one runs, as a profiler does, is the one that counts.
    """
    if _command is None:
        begun = frame()
        named = getattr(sys.modules.get("__main__"), "__file__", None)
        found = map(Path, filter(None, (begun and begun.f_code.co_filename, named)))
        return next(filter(is_file, found), None)
    program, *words = map(Path, _command)
    files = [path for path in (*words, program) if is_file(path)]
    return next((file for file in files if file.suffix == ".py"), files[0] if files else None)


def is_file(path: Path) -> bool:
    """Whether there is a file of that name; whatever no file system takes names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or no path at all
        return False
