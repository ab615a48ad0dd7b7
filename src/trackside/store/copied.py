"""How far a run that another system recorded has been copied into a store, by what its own logs say."""

from typing import TYPE_CHECKING, Any

import msgspec

from trackside.model.run import ProjectSettings
from trackside.store import resumes, scan
from trackside.store.fold import SECTION
from trackside.store.log_fold import COPIED

if TYPE_CHECKING:
    from trackside.store.fold import RunFold
    from trackside.store.layout import RunPaths


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a copy goes on: the source's own cursor and stamp, and how many logs and restarts there were.

    `left_out` tells which files of artifacts were not taken, empty where all were. `broken` where more stands in the
    copy than was read up to the cursor: then it begins anew.

    `values` of metrics count in it, and it is `whole` where nothing is missing that a person would expect. `anew`
    where it once began anew.
    """

    cursor: Any = None
    stamp: Any = None
    left_out: str = ""
    broken: bool = False
    logs: int = 0
    restarts: int = 0
    values: int = 0
    whole: bool = True
    anew: bool = False

    def is_less_than(self, known: "Standing") -> bool:
        """Whether less of the run is in it: fewer values, or as many, and not whole where the other is."""
        return (self.values, self.whole) < (known.values, known.whole)


def standing(fold: "RunFold") -> Standing:
    """Where the copy of a run stands. What was written by nobody who copies is no cursor: then it begins anew."""
    copied = [log for log in fold.logs.values() if log.role == COPIED]
    said = fold.said(SECTION)
    return Standing(
        cursor=_said(said, "cursor"),
        stamp=_said(said, "stamp"),
        left_out=str(_said(said, "left_out") or ""),
        broken=_said(said, "broken") is True,
        logs=max((int(log.opened.get("seq", 0)) + 1 for log in copied), default=0),
        restarts=max((resumes.number(log.opened) for log in copied), default=0),
        values=sum(stats.count for stats in fold.stats.values()),
        whole=not any(fold.remarks().values()),
        anew=any(resume.step == resumes.BEFORE_ALL for resume in fold.resumes),
    )


def standing_alone(run: "RunPaths") -> Standing | None:
    """Where one round of a copy stands, by its own files alone; None where they are no run."""
    fold = scan.new_fold(run)
    return None if fold is None else standing(scan.read_new(run, fold, ProjectSettings())[0])


def _said(said: dict[str, Any], key: str) -> Any:
    """What stands under a key in pieces of JSON; None where that is nothing, or not whole."""
    pieces = said.get(f"{key}.pieces", 1)
    named = [key, *(f"{key}.{place}" for place in range(1, pieces))] if isinstance(pieces, int) else []
    try:
        return msgspec.json.decode("".join(said[name] for name in named))
    except (KeyError, TypeError, msgspec.DecodeError):
        return None
