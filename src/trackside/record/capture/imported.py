"""Which files of one's own code were imported, and what they held.

One's own is what lies in the repository of the script, else in its folder, and is neither Python's nor installed.
What other processes load, cells, texts that are executed, and what is loaded without becoming a module of the process
are in no file that could be told.
"""

import os
import stat
import sys
import time
from pathlib import Path

from trackside.model.imported import blob, fingerprint
from trackside.model.visible import is_encodable
from trackside.record import program
from trackside.record.capture import loaded
from trackside.record.capture.git import find_repository

_MOST_FILES = 2_000
_MOST_OF_A_FILE = 16 << 20
_MOST_BYTES = 64 << 20
_SECONDS = 1.0
_SLACK = 1.0
"""The clock of a file server may be so much ahead, and nobody edits a file that soon after he started a script."""

_FROZEN = "<frozen "
"""Python's own code, in its program."""

_INSTALLED = ("/site-packages/", "/dist-packages/")
_PYTHON = f"{Path(os.__file__).parent}/"


class Imports:
    """The files that were imported so far; of each counts what it held when it was first seen.

    Whoever calls `init()` makes it: the code that leads there belongs to the run. One thread looks.
    """

    def __init__(self) -> None:
        self.files: dict[str, str | None] = {}
        self._of_command = program.is_a_command()
        self._callers = _named() if self._of_command else loaded.callers()
        self._began = loaded.began()
        self._folder = _folder()
        self._running: list[str] = []
        self._in_files = False
        self._top: Path | None = None
        self._not_own: list[Path] = []
        self._seen: set[str] = set()
        self._left = _MOST_BYTES
        self._all = False

    def look(self) -> bool:
        """Add what has been imported since the last time; whether there is anything new. It takes up to a second."""
        if self._top is None:
            self._begin()
        until = time.monotonic() + _SECONDS
        before = len(self.files), self._all
        files = self._running if self._of_command else [*self._running, *loaded.modules()]
        missed = [file for file in files if not self._take(file, until)]
        self._all = not missed
        return before != (len(self.files), self._all)

    def fingerprint(self) -> str | None:
        """What tells the code from other code; None where some that led to `init()`, or a file, is not known.

        It does not tell of text that was executed aside, nor of files that became no module.
        """
        begun = self._in_files and any(self._path(file) in self.files for file in self._running)
        return fingerprint(self.files) if begun and self._all and None not in self.files.values() else None

    def _begin(self) -> None:
        top = _top(self._folder)
        places = (Path(place).resolve() for place in (_PYTHON, sys.prefix, sys.base_prefix))
        self._not_own = [place for place in places if top in place.parents]
        named = [name for name in self._callers if not name.startswith(_FROZEN)]
        files = [self._folder / name for name in named if not name.startswith(loaded.IN_NO_FILE)]
        self._running = [str(file) for file in files if program.is_file(file)]
        self._in_files = not self._of_command and len(self._running) == len(named)
        self._top = top

    def _take(self, file: str, until: float) -> bool:
        """Keep what a file holds, if it is one's own; whether there is room and time for it."""
        if file in self._seen:
            return True
        path = self._path(file)
        if path is not None and path not in self.files:
            if len(self.files) == _MOST_FILES or time.monotonic() > until or not _fits_in_a_line(path):
                return False
            self.files[path] = self._blob(file)
        self._seen.add(file)
        return True

    def _path(self, file: str) -> str | None:
        """The path of a file from the top; None where it is not one's own. Links count where they lie."""
        if _is_installed(file) or self._top is None:
            return None
        try:
            folder = Path(file).parent.resolve()
        except (OSError, RuntimeError, ValueError):  # links in a circle, a name that no file system takes
            return None
        where = folder / Path(file).name
        if _is_installed(str(where)) or not where.is_relative_to(self._top):
            return None
        return (
            None if any(where.is_relative_to(other) for other in self._not_own) else str(where.relative_to(self._top))
        )

    def _blob(self, file: str) -> str | None:
        """As git calls what a file held when it was imported; None where it was changed since the process began."""
        most = min(_MOST_OF_A_FILE, self._left)
        try:
            if not stat.S_ISREG(Path(file).stat().st_mode):
                return None
            with Path(file).open("rb") as stream:
                content = stream.read(most + 1)
                changed = os.fstat(stream.fileno()).st_ctime
        except (OSError, ValueError):  # no file system takes that name
            return None
        self._left -= len(content)
        return blob(content) if len(content) <= most and changed <= self._began + _SLACK else None


def _named() -> list[str]:
    """The script that a command names; what that loads is not known."""
    named = program.script()
    return [] if named is None else [str(named)]


def _folder() -> Path:
    """The folder that is worked in; the root of all where somebody removed it, or closed the way to it."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def _top(folder: Path) -> Path:
    """The top of the repository, else the folder that was worked in if the script lies in it, else the script's."""
    repository = find_repository()
    if repository is not None:
        return repository.top.resolve()
    begun = program.script()
    where = folder if begun is None else begun.resolve().parent
    return folder if where.is_relative_to(folder) else where


def _is_installed(file: str) -> bool:
    return file.startswith(_PYTHON) or any(folder in file for folder in _INSTALLED)


def _fits_in_a_line(path: str) -> bool:
    return is_encodable(path) and "\n" not in path
