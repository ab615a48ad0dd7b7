"""Which Python a run runs in: this one, or the one that a command starts, which is asked."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from trackside.record import program

_PATIENCE = 10.0
_QUESTION = (
    "import json, sys; print(json.dumps([sys.version.partition(' ')[0], sys.prefix, [*filter(None, sys.path)]]))"
)
_FIRST_LINE = 256


class Interpreter(NamedTuple):
    """A Python: its version, where it is installed, and the folders that it imports from."""

    version: str
    prefix: Path
    path: tuple[str, ...]


def current() -> Interpreter | None:
    """The Python that the run's program runs in; None where a command has none that can be asked."""
    if not program.is_a_command():
        return Interpreter(sys.version.partition(" ")[0], Path(sys.prefix), tuple(sys.path))
    python = _python_of(program.command())
    if python is None:
        return None
    try:
        said = subprocess.run(
            [python, "-c", _QUESTION], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=True
        )
        version, prefix, path = json.loads(said.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Interpreter(str(version), Path(prefix), tuple(map(str, path)))


def _python_of(command: Sequence[str]) -> str | None:
    """The command itself, the one that its first line names, else the one that a shell finds."""
    found = shutil.which(command[0])
    if found is not None and Path(found).name.startswith("python"):
        return found
    named = _first_line(found).split() if found is not None else []
    if named and Path(named[-1]).name.startswith("python"):
        return shutil.which(named[-1])
    return shutil.which("python") or shutil.which("python3")


def _first_line(path: str) -> str:
    """What a script says it is run by; nothing for a binary."""
    try:
        with Path(path).open("rb") as file:
            begin = file.read(_FIRST_LINE)
    except OSError:
        return ""
    return begin[2:].partition(b"\n")[0].decode(errors="replace") if begin.startswith(b"#!") else ""
