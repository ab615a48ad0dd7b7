"""Which points a resume replaced.

Every log says in its first frame of which resume it is: 0 from the run's beginning, 1 after it was resumed, and so on.
The first step S that is logged after a resume stands in a mark of its log; from S on, what logs of earlier numbers say
is superseded. Ranks resume apart: their series are their own.

Part of every training process: standard library and msgspec only. It knows no file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from trackside.model.run import Mark

MARK = "resume"
"""The kind of the mark that stands at S."""

BEFORE_ALL = -(1 << 63)
"""The step of the mark of a run that was written anew from its beginning: nothing that was said before it counts."""

RANK = "rank "
"""What the role of a rank's log begins with, before its number."""


class Resume(msgspec.Struct, frozen=True, array_like=True):
    """The `number`-th resume, of the series of `whose` logs; it went on at `step`, at `time` in seconds since 1970."""

    whose: str
    number: int
    step: int
    time: float


def whose(opened: Mapping[str, Any]) -> str:
    """What a log's series end in: `@N` for those of rank N, nothing for those of the run itself and its children."""
    role = str(opened.get("role", "main"))
    return f"@{role.removeprefix(RANK)}" if role.startswith(RANK) else ""


def number(opened: Mapping[str, Any]) -> int:
    """Of which resume a log is, by its first frame."""
    said = opened.get("resume")
    return said if isinstance(said, int) else 0


def resume(opened: Mapping[str, Any], mark: Mark) -> Resume | None:
    """The resume that a mark tells of; None where it is another mark."""
    if mark.kind != MARK or mark.step is None:
        return None
    return Resume(whose(opened), number(opened), mark.step, mark.time)


def superseded_from(opened: Mapping[str, Any], resumes: Iterable[Resume]) -> int | None:
    """The step from which the points of a log are superseded; None where all of them count."""
    own, since = whose(opened), number(opened)
    return min((one.step for one in resumes if one.whose == own and one.number > since), default=None)
