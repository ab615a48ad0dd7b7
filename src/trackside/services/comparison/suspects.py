"""What two sides differ in, as what may explain the difference of a metric: read from the store, and not yet ranked."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trackside.compare.comparison import Cell
from trackside.compare.differs.code import ChangedFile, CodeDifference
from trackside.compare.differs.facts import DataRow, ParamRow
from trackside.compare.differs.packages import is_major
from trackside.compare.differs.rows import MISSING, Missing, Row
from trackside.compare.eval_data import eval_fingerprint, eval_role, unlike
from trackside.compare.guard import steps_unlike
from trackside.compare.sides import Side, is_seed, seed_of
from trackside.compare.statistics.correlation import Association, associations
from trackside.compare.statistics.replicates import FEWEST
from trackside.compare.why import Kind, Suspect, agrees, import_order
from trackside.model.globs import matches
from trackside.model.hashes import commit_text
from trackside.model.run import DataRef, Param
from trackside.services.cells import param
from trackside.services.comparison.provenance.differences import load, load_code
from trackside.services.lookup import of_project

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

_OF_EVALUATION = frozenset({"eval_data", "eval_role"})
_HARDWARE = frozenset({"gpu", "cpu", "memory"})
_PROSE = (".md", ".rst")
_IMPORTABLE = (".py", ".pyi")
_MOST_FILES = 10


def suspects(store: "AnyStore", baseline: Side, cell: Cell, metric: str) -> Iterator[Suspect]:
    """Everything in which the sides are known to differ, in no order; the sides' first runs speak for them."""
    ours, theirs = baseline.lead, cell.side.lead
    found = load(store, ours, [theirs])
    yield from _eval_data(cell, metric)
    yield from _params(store, baseline, cell, metric, found.params)
    yield from _steps(cell)
    yield from _code(load_code(store, ours, [theirs])[0])
    yield from _data(found.data, {eval_role(run, metric) for run in (ours, theirs)})
    yield from _packages(found.packages)
    yield from _environment(found.environment)
    yield from _seeds(baseline, cell.side, found.environment)


def _eval_data(cell: Cell, metric: str) -> Iterator[Suspect]:
    for reason in cell.reasons:
        if reason.code in _OF_EVALUATION and reason.bars:
            yield Suspect("eval data", f"of {metric}", reason.baseline, reason.candidate)


def _params(
    store: "AnyStore", baseline: Side, cell: Cell, metric: str, rows: tuple[ParamRow, ...]
) -> Iterator[Suspect]:
    theirs = cell.side.lead
    ignored = store.project(theirs.project).ignored
    rows = tuple(row for row in rows if not is_seed(row.key))
    known = _associations(store, (baseline, cell.side), metric, [row.key for row in rows])
    for row in rows:
        values = _text(row.baseline), _text(row.values[0])
        if matches(row.key, ignored):
            yield Suspect("param", row.key, *values, minor="the project says that it does not matter")
            continue
        found = known.get(row.key)
        before, after = (None if isinstance(value, Missing) else value for value in (row.baseline, row.values[0]))
        fits = None if found is None else agrees(found, before, after, cell.delta or 0.0)
        yield Suspect("param", row.key, *values, found, fits)


def _associations(
    store: "AnyStore", sides: tuple[Side, Side], metric: str, params: list[str]
) -> dict[str, Association]:
    """Params with the last value of the metric, over the finished runs of the candidate's project on neither side.

    Runs that measured it on other data than the candidate did do not count.
    """
    inside = {run.id for side in sides for run in side.all_runs}
    theirs = sides[1].lead
    others = [
        run
        for run in of_project(store, theirs.project)
        if run.id not in inside
        and run.status == "finished"
        and metric in run.metrics
        and not unlike(eval_fingerprint(run, metric), eval_fingerprint(theirs, metric))
    ]
    found = associations(
        {key: [run.params.get(key) for run in others] for key in params},
        [run.metrics[metric].last for run in others],
    )
    return {one.param: one for one in found.found}


def _steps(cell: Cell) -> Iterator[Suspect]:
    before, after = cell.baseline_at_step, cell.at_step
    if before is not None and after is not None and steps_unlike((before, after)):
        yield Suspect("steps", "the step it counts at", f"{before:,}", f"{after:,}")


def _code(found: CodeDifference) -> Iterator[Suspect]:
    """A suspect for each file, those first that were imported and changed most; of many, the others in one."""
    if found.state != "different":
        return
    before, after = (commit_text(code.commit, code.dirty) for code in (found.baseline, found.candidate))
    files = sorted(found.files, key=lambda file: (import_order(file.imported), -_lines(file)))
    for file in files[:_MOST_FILES]:
        counted = None if file.added is None or file.removed is None else f"+{file.added:,} −{file.removed:,}"
        now = f"{after} ({counted})" if counted else after
        yield Suspect("code", file.path, before, now, minor=_minor(file), imported=file.imported)
    if not files:
        yield Suspect("code", "the commit", before, after)
    elif len(files) > _MOST_FILES:
        yield Suspect("code", f"… and {len(files) - _MOST_FILES:,} more files", before, after)


def _lines(file: ChangedFile) -> int:
    return (file.added or 0) + (file.removed or 0)


def _minor(file: ChangedFile) -> str | None:
    """Why a change of this file hardly ever matters."""
    if file.path.endswith(_PROSE):
        return "prose, which nothing runs"
    return "neither run imported it" if file.imported == "neither" and file.path.endswith(_IMPORTABLE) else None


def _data(rows: tuple[DataRow, ...], evaluated: set[str | None]) -> Iterator[Suspect]:
    for row in rows:
        if row.state == "different" and row.key not in evaluated:
            yield Suspect("data", row.key, _fingerprint(row.baseline), _fingerprint(row.values[0]))


def _fingerprint(data: DataRef | Missing) -> str | None:
    return None if isinstance(data, Missing) else data.fingerprint or data.uri


def _packages(rows: tuple[Row[str], ...]) -> Iterator[Suspect]:
    for row in rows:
        before, after = row.baseline, row.values[0]
        minor = None if is_major(before, after) else "the same major version"
        if MISSING in (before, after):
            minor = "installed on one side only"
        yield Suspect("package", row.key, _text(before), _text(after), minor=minor)


def _environment(rows: tuple[ParamRow, ...]) -> Iterator[Suspect]:
    for row in rows:
        if row.state == "different" and not row.key.endswith("seed"):
            kind: Kind = "hardware" if row.key in _HARDWARE else "environment"
            yield Suspect(kind, row.key, _listed(row.baseline), _listed(row.values[0]))


def _seeds(baseline: Side, candidate: Side, environment: tuple[ParamRow, ...]) -> Iterator[Suspect]:
    """Seeds that are not the same, where a side has fewer than a test needs: the runs' own, else those of libraries."""
    if min(len(baseline.runs), len(candidate.runs)) >= FEWEST:
        return
    ours, theirs = ({seed_of(run) for run in side.runs} for side in (baseline, candidate))
    if ours != theirs:
        before, after = (", ".join(sorted(str(seed) for seed in side if seed is not None)) for side in (ours, theirs))
        yield Suspect("seed", "seed", before or None, after or None)
        return
    for row in environment:
        if row.state == "different" and row.key.endswith("seed"):
            yield Suspect("seed", row.key, _text(row.baseline), _text(row.values[0]))


def _listed(value: Param | Missing) -> str | None:
    return ", ".join(map(str, value)) if isinstance(value, list) else _text(value)


def _text(value: Param | Missing) -> str | None:
    return None if isinstance(value, Missing) else param(value)
