"""Where everything of a store lies. Every path is made here and nowhere else."""

import os
import string
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec

from trackside.model import ids

_PLAIN = frozenset(string.ascii_lowercase + string.digits + "_-")
_LONGEST_NAME = 100
_STAGING = ".import"

LOG = ".log"
"""What the name of a log ends in."""

REST = ".rest"
"""What the name of the file ends in that a sealed log leaves beside its columns."""

PYRAMID = ".pyr.parquet"
"""What the name of the file ends in that makes a log count as sealed."""

PROJECT_EDITS = "edits"
"""The folder in a project's own that holds what it decided."""

ASIDE = "aside"
"""The folder, of a run, of a project or of a store, that holds what is neither read nor removed."""


def file_name(words: str) -> str:
    """A file name made from words: all but `[a-z0-9_-]` percent-encoded, the content hash where that is too long."""
    encoded = "".join(
        letter if letter in _PLAIN else "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))
        for letter in words
    )
    if len(encoded) <= _LONGEST_NAME:
        return encoded
    import hashlib

    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()


class RunPaths(msgspec.Struct, frozen=True):
    """The folder of one run; `own` is laid out like it and holds what this user could not write there."""

    root: Path
    own: "RunPaths | None" = None

    @property
    def id(self) -> str:
        """The run's id, which is the folder's name."""
        return self.root.name

    @property
    def store(self) -> Path:
        """The folder of the store that the run is in."""
        return self.root.parents[2]

    @property
    def manifest(self) -> Path:
        """`run.json`: what was known at once, never changed. A folder without it is not a run yet."""
        return self.root / "run.json"

    @property
    def logs(self) -> Path:
        """Hot logs, one writer a file: `<writer>.<seq>.log`."""
        return self.root / "w"

    @property
    def segments(self) -> Path:
        """Sealed metrics."""
        return self.root / "seg"

    @property
    def edits(self) -> Path:
        """Later edits by anybody, one writer a file."""
        return self.root / "edits"

    @property
    def console(self) -> Path:
        """The streams that the run printed."""
        return self.root / "console"

    @property
    def aside(self) -> Path:
        """What a merge found to be in conflict, or `doctor` to be damaged. It is neither read nor removed."""
        return self.root / ASIDE

    @property
    def joined(self) -> Path:
        """There once a script inside `trackside run` writes into the run that was begun around it."""
        return self.logs / ".joined"

    def patch(self, writer: str | None) -> Path:
        """What the work tree had that the commit did not.

        Like all that is captured it is written once: whoever goes on with the run, or joins it, adds its `writer` to
        the name, and its log says which file holds.
        """
        return self.root / _name("code", writer, "patch")

    def imported(self, writer: str | None) -> Path:
        """The files of one's own code that were imported. It grows, for code may be imported at any time."""
        return self.root / _name("code", writer, "imported")

    def lock(self, writer: str | None) -> Path:
        """The installed distributions, as requirements."""
        return self.root / _name("environment", writer, "lock")

    def conda_lock(self, writer: str | None) -> Path:
        """What conda installed, where it is conda's Python."""
        return self.root / _name("environment.conda", writer, "lock")


class StorePaths(msgspec.Struct, frozen=True):
    """The folder of a store; `overlay` is laid out like it and holds what this user could not write there."""

    root: Path
    overlay: Path | None = None

    @property
    def manifest(self) -> Path:
        """`store.json`: format and uuid, created once."""
        return self.root / "store.json"

    @property
    def runs(self) -> Path:
        """Folders of days, and in them the runs."""
        return self.root / "runs"

    @property
    def changed(self) -> Path:
        """Folders of days, and in them one file a writer: ids of what changed. Readers watch this alone."""
        return self.root / "changed"

    @property
    def blobs(self) -> Path:
        """Content of artifacts, by hash."""
        return self.root / "blobs"

    @property
    def projects(self) -> Path:
        """Folders of projects: what they decided, and nothing else."""
        return self.root / "projects"

    @property
    def gone(self) -> Path:
        """One empty file for each run that was emptied from the trash, so that no merge brings it back."""
        return self.root / "gone"

    @property
    def trashed_blobs(self) -> Path:
        """Content that nothing referred to when it was looked for; still read, and deleted after a week."""
        return self.root / "trash" / "blobs"

    @property
    def trashed_runs(self) -> Path:
        """Runs that are being deleted."""
        return self.root / "trash" / "runs"

    @property
    def aside(self) -> Path:
        """Content of artifacts that is not what its name says. It is neither read nor removed."""
        return self.root / ASIDE

    @property
    def index(self) -> Path:
        """The shared index, where the store lies on a local disk and may be written."""
        return self.root / "index"

    def new_staging(self) -> Path:
        """Where to unpack what is imported, before any of it is in the store: a name that nobody knows beforehand."""
        return self.root / f"{_STAGING}-{uuid4().hex}"

    def staging(self) -> list[Path]:
        """Folders in which something is unpacked now, or was by a process that was killed."""
        return [self.root / name for name in sorted(_folders(self.root)) if name.startswith(_STAGING)]

    def run(self, run_id: str) -> RunPaths:
        """The folder of a run, whether it exists or not."""
        root = self.runs / ids.day(run_id) / run_id
        return RunPaths(root, None if self.overlay is None else StorePaths(self.overlay).run(run_id))

    def coming_run(self, run_id: str) -> RunPaths:
        """The folder of a run that is being taken in; it gets its name when all of it is there."""
        root = self.run(run_id).root
        return RunPaths(root.with_name(f".new-{run_id}"))

    def run_ids(self) -> Iterator[str]:
        """The id of every folder on disk that may be a run, the newest day first. No link is followed."""
        for day in sorted(_folders(self.runs), reverse=True):
            yield from sorted(filter(ids.is_id, _folders(self.runs / day)), reverse=True)

    def project_edits(self, project: str) -> Path:
        """Edits of what a project decided."""
        return self.projects / file_name(project) / PROJECT_EDITS

    def layers(self) -> "tuple[StorePaths, ...]":
        """The store, and the overlay if there is one."""
        return (self,) if self.overlay is None else (self, StorePaths(self.overlay))

    def blob(self, digest: str) -> Path:
        """The file of a blob; `digest` is its hash in hexadecimal, without the algorithm's name."""
        return self.blobs / digest[:2] / digest

    def trashed_blob(self, digest: str) -> Path:
        """Where the blob lies once nothing refers to it any more."""
        return self.trashed_blobs / digest[:2] / digest

    def gone_mark(self, run_id: str) -> Path:
        """The mark of a run that was emptied from the trash."""
        return self.gone / run_id


def _name(what: str, writer: str | None, kind: str) -> str:
    return f"{what}.{kind}" if writer is None else f"{what}.{writer}.{kind}"


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
