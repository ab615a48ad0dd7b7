"""Whole trees of what runs were started from, and how two of them differ, by git.

All of it happens in a repository of its own in a temporary folder, which borrows the objects of those that runs were
started in. In these nothing is written, and of their configuration, hooks and filters nothing counts. What runs say is
no word of a command: commits are hexadecimal, patches are files.
"""

import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from trackside.compare.differs.code import MOST_BYTES, ChangedFile, Commits
from trackside.model.errors import TracksideError
from trackside.model.hashes import SHOWN
from trackside.model.patch import path_of, sections
from trackside.model.run import Run
from trackside.record.capture import git

_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_MOST_COMMITS = 20
_DIFF = (
    "diff-tree", "-r", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--submodule=short",
)  # fmt: skip
_PATCH = ("--find-renames", "--src-prefix=a/", "--dst-prefix=b/", "--unified=3")
_PLACES = (
    "rev-parse", "--show-object-format", "--path-format=absolute", "--git-path", "objects", "--git-path", "shallow",
)  # fmt: skip
_LOG = (
    "log", "-z", "--format=%h %s", f"--abbrev={SHOWN}", "--no-show-signature", "--no-color",
    f"--max-count={_MOST_COMMITS}",
)  # fmt: skip


class NotToldError(TracksideError):
    """Git did not say how two trees differ: it failed, or would take longer than a person waits."""


class Tree(NamedTuple):
    """All files that a run was started from; `left_out` are those whose changes do not fit their commit."""

    name: str
    commit: str
    left_out: tuple[str, ...] = ()


class Trees:
    """What git says of the commits that are here. NotToldError from any question once the time is over."""

    def __init__(self, folder: Path, until: float) -> None:
        self._folder = folder
        self._until = until
        self._known: dict[tuple[str, bytes], Tree | None] = {}

    def of(self, commit: str | None, patch: bytes) -> Tree | None:
        """The tree of a commit with a patch applied; None where the commit is not here, or is no commit's name."""
        if commit is None or not _COMMIT.fullmatch(commit):
            return None
        if (commit, patch) not in self._known:
            self._known[commit, patch] = self._made(commit, patch)
        return self._known[commit, patch]

    def patch(self, one: Tree, other: Tree) -> bytes:
        """What leads from one tree to the other, at most the first `MOST_BYTES`."""
        return self._said(*_DIFF, *_PATCH, one.name, other.name)

    def files(self, one: Tree, other: Tree) -> tuple[ChangedFile, ...]:
        """The files that differ between two trees; what was renamed went and came."""
        said = self._said(*_DIFF, "--no-renames", "--numstat", "-z", one.name, other.name)
        return tuple(_changed_file(*line.split(b"\t", 2)) for line in said.split(b"\0")[:-1])

    def blobs(self, one: Tree) -> Iterator[tuple[str, str]]:
        """The path of every file of a tree, and the hash of its content, by path."""
        for line in self._said("ls-tree", "-r", "-z", one.name).split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            yield path.decode(errors="replace"), about.rpartition(b" ")[2].decode()

    def commits(self, since: Tree, until: Tree) -> Commits:
        """What leads to the commit of `until` and not to that of `since`."""
        between = f"{since.commit}..{until.commit}"
        said = self._said(*_LOG, between, "--")
        count = self._said("rev-list", "--count", between, "--")
        return Commits(int(count), tuple(said.decode(errors="replace").split("\0")[:-1]))

    def _made(self, commit: str, patch: bytes) -> Tree | None:
        known = self._hash_of(f"{commit}^{{commit}}")
        tree = known and self._hash_of(f"{known}^{{tree}}")
        if not known or not tree:
            return None
        _, files = sections(patch)
        if not files:
            return Tree(tree, known)
        self._said("read-tree", tree)
        left_out = () if self._applied(*files) else tuple(path_of(file) for file in files if not self._applied(file))
        names = tuple(path.decode(errors="replace") for path in left_out)
        return Tree(self._said("write-tree").decode().strip(), known, names)

    def _applied(self, *files: bytes) -> bool:
        """Whether these sections of a patch fit; they go in all or not at all."""
        file = self._folder / "patch"
        file.write_bytes(b"".join(files))
        return self._ask("apply", "--cached", "--whitespace=nowarn", str(file)) is not None

    def _hash_of(self, name: str) -> str | None:
        said = self._ask("rev-parse", "--verify", "--quiet", name)
        return said.decode().strip() if said else None

    def _said(self, *arguments: str) -> bytes:
        said = self._ask(*arguments)
        if said is None:
            raise NotToldError(f"Git could not tell how they differ: {arguments[0]} failed.")
        return said

    def _ask(self, *arguments: str) -> bytes | None:
        return _asked(self._folder, self._until, *arguments, variables={"GIT_DIR": str(self._folder)})


@contextmanager
def borrowed(folders: Iterable[Path], seconds: float) -> Iterator[Trees | None]:
    """Trees of the commits in the repositories that `folders` lie in; None where none of them lies in one.

    All questions together may take so many seconds; NotToldError where they take longer.
    """
    until = time.monotonic() + seconds
    found = list(filter(None, (_repository(folder, until) for folder in dict.fromkeys(folders))))
    with tempfile.TemporaryDirectory(prefix="trackside-") as name:
        folder = Path(name)
        yield Trees(folder, until) if found and _borrows(folder, found, until) else None


def folders_of(runs: Iterable[Run]) -> Iterator[Path]:
    """Where the repository of some runs may be: where it was, where they were started, its remote, and right here.

    A remote is looked into only where it is a folder. A commit is the same in whichever repository it is found.
    """
    for run in runs:
        yield from (Path(place) for place in (run.code.root, run.cwd, run.code.remote) if place)
    with suppress(FileNotFoundError):  # somebody removed it
        yield Path.cwd()


class _Repository(NamedTuple):
    """Where a repository keeps its objects, how it names them, and the commits before which it has none."""

    objects: str
    naming: str
    shallow: bytes


def _repository(folder: Path, until: float) -> _Repository | None:
    """The repository that a folder lies in; None where it lies in none that git would read for this user."""
    if not folder.is_absolute():
        return None
    try:
        said = _asked(folder, until, *_PLACES)
    except ValueError:  # no file system takes that name
        return None
    lines = os.fsdecode(said or b"").split("\n")[:-1]
    if len(lines) != 3:
        return None
    naming, objects, shallow = lines
    return _Repository(objects, naming, Path(shallow).read_bytes() if Path(shallow).is_file() else b"")


def _borrows(folder: Path, found: list[_Repository], until: float) -> bool:
    """Make an empty repository that sees the objects of those that name theirs as the first does."""
    naming = found[0].naming
    alike = [repository for repository in found if repository.naming == naming]
    if _asked(folder, until, "init", "--quiet", "--bare", "--template=", f"--object-format={naming}", ".") is None:
        return False
    (folder / "objects" / "info").mkdir(exist_ok=True)
    alternates = "".join(f"{repository.objects}\n" for repository in alike)
    (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(alternates))
    if shallow := b"".join(repository.shallow for repository in alike):
        (folder / "shallow").write_bytes(shallow)
    return True


def _asked(folder: Path, until: float, *arguments: str, variables: Mapping[str, str] = {}) -> bytes | None:
    """What git prints, None where it answers no."""
    left = until - time.monotonic()
    said = git.ask(folder, *arguments, variables=variables, patience=left, most=MOST_BYTES) if left > 0 else None
    if said is None and time.monotonic() >= until:
        raise NotToldError("Git took too long.")
    return said


def _changed_file(added: bytes, removed: bytes, path: bytes) -> ChangedFile:
    counts = [int(count) if count.isdigit() else None for count in (added, removed)]
    return ChangedFile(path.decode(errors="replace"), counts[0], counts[1])
