"""Edits after the fact, by anybody: tags, notes, names, a project's baseline. One writer a file, in frames of a log.

An edit carries a hybrid stamp, so that of edits made on machines whose clocks differ the one that was made with the
other in sight wins. An edit of what may only be read is kept in a folder of this user's, and nobody else sees it. It
knows files; which stamps were seen, its caller says.
"""

import errno
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from trackside.model.errors import StoreError
from trackside.model.run import Mark
from trackside.store import changed, files, identity, journal, logfile, manifest
from trackside.store.edited import STAMPS_A_SECOND, read_project
from trackside.store.journal import Kind
from trackside.store.layout import StorePaths, file_name
from trackside.store.liveness import boot_id

_MAY_NOT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Editor:
    """The edits of one process: one file in every folder that it edits.

    What may not be written in the store goes to the folder `own`, laid out like a store, and `aside()` is called the
    first time; with `only_aside` all of it does.

    `seen(run id)` gives the greatest stamp among that run's edits, and `edited(run id)` is called after
    each of them, `edited(None)` after one of a project, whose edits are read here, for they are few.
    """

    def __init__(
        self,
        paths: StorePaths,
        own: Path,
        *,
        seen: Callable[[str], int],
        edited: Callable[[str | None], None],
        aside: Callable[[], None],
        only_aside: bool = False,
    ) -> None:
        self._paths = paths
        self._own = own
        self._seen = seen
        self._edited = edited
        self._aside = aside
        self._is_aside = False
        self._only_aside = only_aside
        self.writer = identity.new_writer()

    def set_fields(self, run_id: str, fields: Mapping[str, Any]) -> None:
        """Set `name`, `notes`, `group`, `archived` or `trashed`. StoreError where the run may not be written."""
        edit = {"stamp": _next_stamp(self._seen(run_id)), "set": dict(fields)}
        self._append_to_run(run_id, journal.packed(Kind.STATE, edit))

    def tags(self, run_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
        """Add and remove tags."""
        edit = {"stamp": _next_stamp(self._seen(run_id)), "add": list(add), "remove": list(remove)}
        self._append_to_run(run_id, journal.packed(Kind.TAGS, edit))

    def mark(self, run_id: str, step: int | None, text: str) -> Mark:
        """A note at a step of a run."""
        note = Mark(kind="note", time=time.time(), step=step, text=text)
        self._append_mark(run_id, note)
        return note

    def unmark(self, run_id: str, note: Mark) -> None:
        """Take a note at a step back: what is written is the same without a text."""
        self._append_mark(run_id, msgspec.structs.replace(note, text=""))

    def set_project(self, project: str, fields: Mapping[str, Any]) -> None:
        """Set fields of `store/decisions.py`; None takes the decision back."""
        _, seen = read_project(StorePaths(self._paths.root, self._own), project)
        edit = {"stamp": _next_stamp(seen), "set": dict(fields)}
        frame = journal.packed(Kind.STATE, edit)
        self._append(lambda paths: paths.project_edits(project), project, frame, f"@{file_name(project)}")
        self._edited(None)

    def _append_mark(self, run_id: str, mark: Mark) -> None:
        self._append_to_run(run_id, journal.packed(Kind.MARK, msgspec.structs.asdict(mark)))

    def _append_to_run(self, run_id: str, frame: bytes) -> None:
        if not self._paths.run(run_id).manifest.exists():
            raise StoreError(f"run {run_id} is gone from {self._paths.root}; refresh and choose another")
        self._append(lambda paths: paths.run(run_id).edits, run_id, frame, run_id)
        self._edited(run_id)

    def _append(self, folder: Callable[[StorePaths], Path], of: str, frame: bytes, name: str) -> None:
        try:
            if self._only_aside or not self._written(folder, of, frame, name):
                self._write_aside(folder, of, frame, name)
        except OSError as error:
            raise StoreError(f"cannot edit in {error.filename or self._paths.root}: {error.strerror}") from error

    def _written(self, folder: Callable[[StorePaths], Path], of: str, frame: bytes, name: str) -> bool:
        """Write in the store itself, if this user may."""
        try:
            self._write(self._paths, folder(self._paths), of, frame, name)
        except OSError as error:
            if error.errno not in _MAY_NOT:
                raise
            return False
        return True

    def _write_aside(self, folder: Callable[[StorePaths], Path], of: str, frame: bytes, name: str) -> None:
        self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._is_aside:
            self._is_aside = True
            self._aside()
        own = StorePaths(self._own)
        self._write(own, folder(own), of, frame, name)

    def _write(self, paths: StorePaths, folder: Path, of: str, frame: bytes, name: str) -> None:
        log = folder / f"{self.writer}.log"
        if log.exists():
            _append(log, frame)
        else:
            manifest.make_folder(folder, paths.root)
            files.place(log, [self._opening(of), frame], manifest.file_mode(paths.root))
        # The edit is made: readers who are not told of it find it when they look for themselves.
        with suppress(OSError):
            changed.announce(paths, self.writer, name)

    def _opening(self, of: str) -> bytes:
        opening = {
            "format": journal.FORMAT,
            "run": of,
            "writer": self.writer,
            "seq": 0,
            "role": "edit",
            "boot": boot_id(),
            "pid": os.getpid(),
            "user": identity.user(),
            "host": os.uname().nodename,
            "time": time.time(),
        }
        return journal.packed(Kind.OPEN, opening)


def _next_stamp(after: int) -> int:
    return max(int(time.time() * STAMPS_A_SECOND), after + 1)


def _append(log: Path, frame: bytes) -> None:
    """Add a frame to a log. OSError where not all of it can be written; the log is as it was then."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        logfile.append(descriptor, frame)
    finally:
        os.close(descriptor)
