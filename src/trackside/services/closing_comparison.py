"""What is told of a run that has just finished: its primary metric beside the baseline's, and the previous run's.

It is what `trackside compare` says of them, in the same words. The previous run is the last one of the project that
began before it and finished; those that failed, were killed or crashed, still go on, or are archived are passed over.
"""

from collections.abc import Iterator

from trackside.compare.comparison import Cell, Comparison
from trackside.compare.guard import EXPLAINING
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.services.comparing import Asked, compared
from trackside.services.comparison_words import (
    cell_text,
    judged_cells,
    reason_sentence,
    side_name,
    telling_reasons,
    verdict_sentence,
)
from trackside.services.lookup import newest
from trackside.store.any_store import AnyStore

_NEWEST = 50


def closing_sentences(store: AnyStore, run_id: str) -> list[str]:
    """A sentence on the run and its replicates against the baseline, and one on it alone against the previous run.

    Both are on the run's own primary metric. None of a run that has none, and none of what cannot be compared, as where
    the run is a replicate of the baseline.
    """
    run = store.run(run_id)
    if run.primary is None:
        return []
    baseline = store.project(run.project).baseline
    asked = [] if baseline is None else [("the baseline", Asked((run.id,), primary=run.primary))]
    previous = _previous(store, run)
    if previous is not None and previous.id != baseline:
        asked.append(("the previous run", Asked((run.id,), previous.id, each=True, primary=run.primary)))
    return [sentence for what, each in asked for sentence in _against(store, what, each)]


def _previous(store: AnyStore, run: Run) -> Run | None:
    before = (other for other in newest(store, run.project, limit=_NEWEST) if other.id < run.id)
    return next((other for other in before if other.status == "finished"), None)


def _against(store: AnyStore, what: str, asked: Asked) -> Iterator[str]:
    try:
        found = compared(store, asked)
    except UsageError:  # there is nothing to compare with
        return
    for row in found.rows:
        if row.metric == found.primary:
            judged = judged_cells(row)
            yield from (_sentence(found, what, row.metric, cell) for cell in judged if None not in _values(cell))


def _values(cell: Cell) -> tuple[float | None, float | None]:
    return cell.baseline_value, cell.value


def _sentence(found: Comparison, what: str, metric: str, cell: Cell) -> str:
    """The cell, the verdict with what it rests on, and what of the two sides bears on it."""
    reasons = (reason_sentence(reason) for reason in telling_reasons(cell) if reason.code not in EXPLAINING)
    said = " · ".join([verdict_sentence(cell), *reasons])
    return f"{metric} {cell_text(cell, found.baseline)} against {what} {side_name(found.baseline)}: {said}"
