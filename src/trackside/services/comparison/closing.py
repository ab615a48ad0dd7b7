"""What is told of a run that has just finished: its primary metric beside the baseline's, and the previous run's.

It is what `trackside compare` says of them, in the same words. The previous run is the last one of the project that
began before it and finished; those that failed, were killed or crashed, still go on, or are archived are passed over.
Where it is a replicate, another seed of one method, the difference is told and nothing claimed of it.
"""

from collections.abc import Iterator

from trackside.compare.comparison import Cell, Comparison
from trackside.compare.guard import EXPLAINING
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.services.cells import number
from trackside.services.comparison.comparing import Asked, compared
from trackside.services.comparison.sides import methods_of
from trackside.services.comparison.words import (
    cell_text,
    change_text,
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
    told = []
    if baseline is not None:
        asked = Asked((run.id,), primary=run.primary)
        told += [_against("the baseline", found, cell) for found, cell in _judged(store, asked)]
    previous = _previous(store, run)
    if previous is not None and previous.id != baseline:
        asked = Asked((run.id,), previous.id, each=True, primary=run.primary)
        sentence = _against_replicate if _are_replicates(store, run, previous) else _against
        told += [sentence("the previous run", found, cell) for found, cell in _judged(store, asked)]
    return told


def _previous(store: AnyStore, run: Run) -> Run | None:
    before = (other for other in newest(store, run.project, limit=_NEWEST) if other.id < run.id)
    return next((other for other in before if other.status == "finished"), None)


def _are_replicates(store: AnyStore, run: Run, other: Run) -> bool:
    return methods_of(store, run.project, (run, other)).side(run).begun > 1


def _judged(store: AnyStore, asked: Asked) -> Iterator[tuple[Comparison, Cell]]:
    """What is found of the primary metric where both sides have a value."""
    try:
        found = compared(store, asked)
    except UsageError:  # there is nothing to compare with
        return
    for row in found.rows:
        if row.metric == found.primary:
            yield from ((found, cell) for cell in judged_cells(row) if None not in _values(cell))


def _values(cell: Cell) -> tuple[float | None, float | None]:
    return cell.baseline_value, cell.value


def _against(what: str, found: Comparison, cell: Cell) -> str:
    """The cell, the verdict with what it rests on, and what of the two sides bears on it."""
    said = " · ".join([verdict_sentence(cell), *_bearing(cell)])
    mean = " mean" if cell.seeds[1] > 1 else ""
    return f"{found.primary}{mean} {cell_text(cell, found.baseline)} against {what} {side_name(found.baseline)}: {said}"


def _against_replicate(what: str, found: Comparison, cell: Cell) -> str:
    """The values and their difference, and what of the two runs bears on it."""
    said = " · ".join([f"Δ {number(cell.delta)}", *_bearing(cell)])
    values = f"{number(cell.value)} {change_text(cell)}"
    return f"{found.primary} {values} against {what} {side_name(found.baseline)}, a replicate: {said}"


def _bearing(cell: Cell) -> Iterator[str]:
    return (reason_sentence(reason) for reason in telling_reasons(cell) if reason.code not in EXPLAINING)
