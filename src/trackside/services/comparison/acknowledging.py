"""Accepting what stands in the way of a comparison: two values, declared to be no obstacle, once per project."""

from trackside.compare.comparison import Comparison, Reason
from trackside.compare.guard import acceptable
from trackside.model.errors import UsageError
from trackside.services.comparison.words import shown_values
from trackside.services.edit import Undo
from trackside.services.project import decisions
from trackside.store.any_store import AnyStore


def acknowledge(store: AnyStore, comparison: Comparison, code: str, note: str) -> list[str]:
    """Accept all reasons of this code in a comparison, and say in a sentence each what was accepted.

    UsageError where there is none to accept.
    """
    reasons = dict.fromkeys(
        reason for row in comparison.rows for cell in row.cells for reason in cell.reasons if acceptable(reason)
    )
    meant = [reason for reason in reasons if reason.code == code]
    if not meant:
        codes = sorted({reason.code for reason in reasons})
        there_are = f"there are {', '.join(codes)}" if codes else "nothing bars this comparison"
        raise UsageError(f"--acknowledge {code}: no such reason; {there_are}")
    project = comparison.baseline.lead.project
    return [accept(store, project, reason, note).says for reason in meant]


def accept(store: AnyStore, project: str, reason: Reason, note: str) -> Undo:
    """Accept one reason, told as comparisons show it: hashes by their beginning, with the name of the file."""
    values = reason.baseline or "", reason.candidate or ""
    return decisions.acknowledge(store, project, reason.code, *values, note, shown=shown_values(reason))
