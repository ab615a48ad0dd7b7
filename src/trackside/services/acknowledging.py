"""Accepting what stands in the way of a comparison: two values, declared to be no obstacle, once per project."""

from trackside.compare.comparison import Comparison
from trackside.compare.guard import acceptable
from trackside.model.errors import UsageError
from trackside.services import projects
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
    return [
        projects.acknowledge(store, project, code, reason.baseline or "", reason.candidate or "", note).says
        for reason in meant
    ]
