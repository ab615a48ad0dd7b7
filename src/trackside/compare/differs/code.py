"""How the code of two runs differs, as far as can be told; and what can be told without their repository."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from trackside.compare.differs.patches import unlike
from trackside.compare.differs.rows import State
from trackside.model.hashes import SHOWN
from trackside.model.imported import Imported
from trackside.model.patch import sections
from trackside.model.run import Code
from trackside.model.visible import visible

MOST_BYTES = 1 << 20
"""Of a patch that is shown."""

_ABBREVIATED = 7
_MOST_REMARKS = 5


Who: TypeAlias = Literal["both", "baseline", "candidate", "neither"]
"""Which of two runs did something."""


class Commits(msgspec.Struct, frozen=True):
    """Commits that one side has and the other has not: how many, and the newest of them, a line each."""

    count: int
    lines: tuple[str, ...]


class ChangedFile(msgspec.Struct, frozen=True):
    """A file that differs; lines are counted where git did, and not of a binary file.

    `imported` says which of the runs imported it; None where that is not known.
    """

    path: str
    added: int | None = None
    removed: int | None = None
    imported: Who | None = None


class KeptCode(msgspec.Struct, frozen=True):
    """What a run keeps of its code: the commit, and as a patch what the work tree had that this has not.

    `name` is the run's, made visible; `imported` are the files that it imported. `unread` says why what is kept is not
    here.
    """

    name: str
    code: Code
    patch: bytes = b""
    unread: str = ""
    imported: Imported = msgspec.field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is known, that is, whether what was not committed was kept."""
        return bool(self.patch) or (self.code.dirty is False and not self.unread)

    def remarks(self) -> Iterator[str]:
        """What is to be known of it, in a few sentences."""
        if self.unread:
            yield f"{self.name}: {self.unread}"
        elif self.code.dirty and not self.patch:
            yield f"{self.name}: what was not committed was not kept."
        for line in sections(self.patch)[0].decode(errors="replace").splitlines()[:_MOST_REMARKS]:
            if line.startswith("# "):
                yield f"{self.name}: {visible(line[2:])}."


class CodeDifference(msgspec.Struct, frozen=True):
    """How the candidate's code differs from the baseline's, what was not committed included.

    With `by_git`, `patch` leads from all of the one to all of the other, and `ahead` and `behind` are the commits that
    only the candidate and only the baseline have. Without, `patch` has the changes that only one of them kept.
    `patch` is `cut` after a whole line of its first `MOST_BYTES`; `remarks` say what is missing, and why.
    """

    baseline: Code
    candidate: Code
    state: State
    patch: str = ""
    files: tuple[ChangedFile, ...] = ()
    by_git: bool = False
    cut: bool = False
    ahead: Commits | None = None
    behind: Commits | None = None
    remarks: tuple[str, ...] = ()


def by_what_was_kept(baseline: KeptCode, candidate: KeptCode, why: str = "") -> CodeDifference:
    """The difference by the commits' names and the kept patches alone; `why` says why there is no more."""
    patch, paths = unlike(baseline.patch, candidate.patch)
    state = _state(baseline, candidate, bool(paths))
    text, cut = shown(patch)
    remarks = [] if state == "same" else list(_what_is_missing(baseline, candidate, why))
    return CodeDifference(
        baseline.code,
        candidate.code,
        state,
        text,
        tuple(map(ChangedFile, paths)),
        cut=cut,
        remarks=(*remarks, *baseline.remarks(), *candidate.remarks()),
    )


def shown(patch: bytes) -> tuple[str, bool]:
    """A patch as text of bounded length, and whether it was cut for that."""
    cut = len(patch) >= MOST_BYTES
    kept = patch[: patch.rfind(b"\n", 0, MOST_BYTES) + 1] if cut else patch
    return kept.decode(errors="replace"), cut


def _state(baseline: KeptCode, candidate: KeptCode, patches_differ: bool) -> State:
    commits = (baseline.code.commit, candidate.code.commit)
    if commits == (None, None):
        return "unknown" if not (baseline.patch and candidate.patch) else "different" if patches_differ else "same"
    if None in commits:
        return "unknown"
    if not _is_one(*map(str, commits)) or patches_differ:
        return "different"
    return "same" if baseline.is_whole and candidate.is_whole else "unknown"


def _is_one(commit: str, other: str) -> bool:
    """Whether both name one commit, be it in short."""
    short, long = sorted((commit.lower(), other.lower()), key=len)
    return short == long or (len(short) >= _ABBREVIATED and long.startswith(short))


def _what_is_missing(baseline: KeptCode, candidate: KeptCode, why: str) -> Iterator[str]:
    if why:
        yield why
    for side in (baseline, candidate):
        if side.code.commit is None:
            yield f"{side.name}: no commit is known."
    commits = [side.code.commit for side in (baseline, candidate) if side.code.commit is not None]
    if len(commits) == 2 and not _is_one(*commits):
        names = " and ".join(visible(commit)[:SHOWN] for commit in commits)
        yield f"Between the commits {names} nothing is compared, only what was not committed."
