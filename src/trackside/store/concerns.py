"""What a person would want to be told of a run, from the shapes of its curves and all else that was read of it."""

import time

from trackside.health.curve import Curve
from trackside.health.judging import findings as judged
from trackside.health.shape import unpacked
from trackside.model.health import Finding, gravest_first
from trackside.model.run import Progress
from trackside.model.status import CRASHED, RUNNING, Status
from trackside.store.fold import RunFold

_STALLED_RHYTHMS = 20
_STALLED_SECONDS = 60.0


def findings(fold: RunFold, status: Status) -> list[Finding]:
    """What the shapes of the curves say, or said when they were let go of."""
    if fold.found is not None:
        return fold.found
    curves = [
        Curve(metric, unpacked(stats.shape), stats.min, stats.min_step)
        for metric, stats in fold.stats.items()
        if stats.shape
    ]
    return judged(curves, running=status == RUNNING) if curves else []


def words(fold: RunFold, status: Status, progress: Progress, found: list[Finding], opened_at: float) -> list[str]:
    """All concerns, the gravest first, as words that can be filtered by. `opened_at` is when it was begun last."""
    told = [finding.word for finding in found]
    told += [f"nonfinite:{metric}" for metric, stats in fold.stats.items() if stats.nonfinite]
    if status == RUNNING and _stalled(progress, opened_at):
        told.append("stalled")
    if status in ("failed", CRASHED):
        told.append(status)
    if fold.dropped():
        told.append("dropped")
    if fold.damaged:
        told.append("damaged")
    if any(fold.remarks().values()):
        told.append("incomplete")
    return gravest_first(told)


def keep(fold: RunFold, status: Status, found: list[Finding], *, end_known: bool) -> None:
    """Let go of the shapes of a run that has ended for good: all its logs are closed."""
    over = status != RUNNING and end_known and all(log.closed or log.role == "edit" for log in fold.logs.values())
    if over and fold.found is None:
        fold.keep(found)


def _stalled(progress: Progress, opened_at: float) -> bool:
    if progress.last_point is None:
        return False
    rhythm = 1 / progress.steps_per_s if progress.steps_per_s else 0.0
    return time.time() - max(progress.last_point, opened_at) > max(_STALLED_SECONDS, _STALLED_RHYTHMS * rhythm)
