"""Whether two runs had the same code: by the files that they imported, else by the commit and what was changed since.

What a run was started from tells of all files, most of which it never reads: a changed README makes no other method.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trackside.model.imported import Imported

SameBy = Literal["imported files", "commit and patch"]


@dataclass(frozen=True, slots=True)
class KnownCode:
    """What the code of a run is known by. What has to be read for it is asked for where it is needed.

    `fingerprint` is that of the list that `imported` gives, where this has all code that ran; `started_from` gives what
    stands for the commit and the patch, None where nothing is known of them. A run that has not `ended` well may have
    gone on to import more.
    """

    fingerprint: str | None
    ended: bool
    imported: Callable[[], Imported]
    started_from: Callable[[], str | None]


def same_by(one: KnownCode, other: KnownCode) -> SameBy | None:
    """What tells that two runs had the same code; None where they had not."""
    if one.fingerprint is None or other.fingerprint is None:
        return "commit and patch" if one.started_from() == other.started_from() else None
    if one.fingerprint == other.fingerprint:
        return "imported files"
    ours, theirs = one.imported(), other.imported()
    if any(ours[path] != theirs[path] for path in ours.keys() & theirs.keys()):
        return None
    if _was_on_the_way_to(one, ours, theirs) or _was_on_the_way_to(other, theirs, ours):
        return "imported files"
    begun = one.started_from()
    return "commit and patch" if begun is not None and begun == other.started_from() else None


def _was_on_the_way_to(code: KnownCode, files: Imported, more: Imported) -> bool:
    """Whether a run that did not come to its end had imported some of the files of another one, and no others."""
    return not code.ended and bool(files) and files.keys() <= more.keys()
