"""Verifying a store, and repairing it: done, as a document, and in sentences."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, NamedTuple

from trackside.model.counting import counted
from trackside.model.errors import TracksideError
from trackside.model.progress import OnProgress
from trackside.store import changed
from trackside.store.alone import alone
from trackside.store.doctor import index as index_check
from trackside.store.doctor.examination import Examination
from trackside.store.doctor.finding import Finding
from trackside.store.identity import new_writer
from trackside.store.store import Store

Document = dict[str, Any]


class Examined(NamedTuple):
    """What `doctor` looked at and found, each finding with what its repair saved: None where it was not repaired."""

    runs: int
    blobs: int
    findings: list[tuple[Finding, str | None]]

    @property
    def damaged(self) -> list[Finding]:
        """What is damaged, or was before it was repaired."""
        return [finding for finding, _ in self.findings if finding.damage]


def doctor(store: Store, on_progress: OnProgress | None = None, *, repair: bool = False) -> Examined:
    """Verify all that the store holds and, with `repair`, save what can be saved."""
    with alone(store.paths) if repair else nullcontext():
        examination = Examination(store.paths, on_progress)
        found = list(examination.findings())
        outcomes = [_repaired(finding) if repair else None for finding in found]
    runs = {run_id for finding in found if (run_id := _run_of(store, finding))}
    if repair and runs:
        changed.announce(store.paths, new_writer(), *runs)
    store.refresh(thorough=True)
    for finding in index_check.examine(store, on_progress):
        found.append(finding)
        outcomes.append(_repaired(finding) if repair else None)
    return Examined(len(examination.runs), len(examination.blobs), list(zip(found, outcomes, strict=True)))


def _repaired(finding: Finding) -> str | None:
    if finding.repair is None:
        return None
    try:
        return finding.repair()
    except (TracksideError, OSError) as error:
        return f"not repaired: {error}"


def _run_of(store: Store, finding: Finding) -> str | None:
    if not finding.file.is_relative_to(store.paths.runs):
        return None
    parts = finding.file.relative_to(store.paths.runs).parts
    return parts[1] if len(parts) > 1 else None


def examined_document(store: Store, examined: Examined) -> Document:
    """What `doctor` found. `kind` is `damage`, or `leftover` where nothing is missing by it."""
    return {
        "runs": examined.runs,
        "blobs": examined.blobs,
        "damaged": len(examined.damaged),
        "findings": [
            {
                "file": str(finding.file),
                "run": _run_of(store, finding),
                "kind": "damage" if finding.damage else "leftover",
                "problem": finding.problem,
                "advice": finding.advice,
                "repairable": finding.repair is not None,
                "repaired": outcome,
            }
            for finding, outcome in examined.findings
        ],
    }


def examined_sentences(store: Store, examined: Examined, repairs: str = "--repair") -> Iterator[str]:
    """What `doctor` found, a line each, and how much it looked at; `repairs` is what does a repair."""
    for finding, outcome in examined.findings:
        by = f" ({repairs} does it)" if finding.repair is not None else ""
        file = finding.file.relative_to(store.root) if finding.file.is_relative_to(store.root) else finding.file
        yield f"{file}: {finding.problem}; {finding.advice + by if outcome is None else outcome}"
    found, left = len(examined.damaged), len(examined.findings) - len(examined.damaged)
    said = f"{found:,} damaged" if found else "nothing is damaged"
    said += f", {left:,} left over by processes that were killed" if left else ""
    yield f"{counted(examined.runs, 'run')} and {counted(examined.blobs, 'blob')} verified: {said}"
