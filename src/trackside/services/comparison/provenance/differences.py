"""What runs were made with, read from a store and compared with a baseline; their code by git where it is at hand."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from trackside.compare.differs.code import CodeDifference, Commits, KeptCode, by_what_was_kept, shown
from trackside.compare.differs.command import stretches
from trackside.compare.differs.differences import Differences
from trackside.compare.differs.facts import data, environment, environment_together, params, params_together
from trackside.compare.differs.imported import with_imported
from trackside.compare.differs.packages import package_rows
from trackside.compare.sides import Side
from trackside.model.counting import listed
from trackside.model.errors import StoreError
from trackside.model.run import Run
from trackside.model.visible import visible
from trackside.services.comparison.provenance.code_trees import NotToldError, Tree, Trees, borrowed, folders_of

if TYPE_CHECKING:
    from trackside.store.any_store import AnyStore

PATIENCE = 5.0
"""Seconds that git may take for one comparison, however many candidates it has."""

_MOST_NAMES = 5
_NOT_HERE = "No repository that is at hand has both commits."


def load(store: "AnyStore", baseline: Run, candidates: Sequence[Run], *, everything: bool = False) -> Differences:
    """All but the code, what differs first; with `everything` also what is the same. Reads the lists of packages."""
    (ours, *theirs), remarks = zip(*(_lock(store, run) for run in (baseline, *candidates)), strict=True)
    return Differences(
        baseline=baseline.id,
        candidates=tuple(run.id for run in candidates),
        params=params(baseline, candidates, everything=everything),
        environment=environment(baseline, candidates, everything=everything),
        packages=package_rows(ours, theirs, everything=everything),
        data=data(baseline, candidates, everything=everything),
        commands=tuple(stretches(baseline.command, run.command) for run in candidates),
        remarks=tuple(filter(None, remarks)),
    )


def load_sides(store: "AnyStore", sides: Sequence[Side]) -> Differences:
    """The same of sides, the baseline's first, with what is alike: params, seeds and machines are those of all runs."""
    baseline, *candidates = (side.lead for side in sides)
    runs = [side.runs for side in sides]
    found = load(store, baseline, candidates, everything=True)
    return replace(found, params=params_together(runs), environment=environment_together(runs))


def load_code(
    store: "AnyStore", baseline: Run, candidates: Sequence[Run], *, seconds: float = PATIENCE
) -> tuple[CodeDifference, ...]:
    """How the code of each candidate differs, with what was not committed. All of git's work takes up to `seconds`."""
    ours, *theirs = (_kept(store, run) for run in (baseline, *candidates))
    try:
        with borrowed(folders_of((baseline, *candidates)), seconds) as trees:
            found = [_difference(trees, ours, each) for each in theirs]
    except (OSError, NotToldError) as error:
        found = [by_what_was_kept(ours, each, str(error)) for each in theirs]
    return tuple(with_imported(difference, ours, each) for difference, each in zip(found, theirs, strict=True))


def _lock(store: "AnyStore", run: Run) -> tuple[str | None, str]:
    """A run's list of packages; where there is none, a remark."""
    try:
        lock, why = store.lock(run.id), "its packages are not known."
    except StoreError as error:
        lock, why = None, str(error)
    return lock, "" if lock is not None else f"{visible(run.name)}: {why}"


def _kept(store: "AnyStore", run: Run) -> KeptCode:
    name = visible(run.name)
    try:
        patch, imported = store.patch(run.id) or "", store.imported(run.id)
    except StoreError as error:
        return KeptCode(name, run.code, unread=str(error))
    return KeptCode(name, run.code, patch.encode(errors="replace"), imported=imported)


def _difference(trees: Trees | None, baseline: KeptCode, candidate: KeptCode) -> CodeDifference:
    kept = by_what_was_kept(baseline, candidate, _NOT_HERE)
    if trees is None or kept.state == "same":
        return kept
    try:
        return _by_git(trees, baseline, candidate) or kept
    except NotToldError as error:
        return by_what_was_kept(baseline, candidate, str(error))


def _by_git(trees: Trees, baseline: KeptCode, candidate: KeptCode) -> CodeDifference | None:
    """The difference of the whole trees; None where not both commits are here."""
    sides = (baseline, candidate)
    ours, theirs = (trees.of(side.code.commit, side.patch) for side in sides)
    if ours is None or theirs is None:
        return None
    whole = all(side.is_whole for side in sides) and not ours.left_out and not theirs.left_out
    text, cut = shown(trees.patch(ours, theirs))
    return CodeDifference(
        baseline.code,
        candidate.code,
        "different" if ours.name != theirs.name else "same" if whole else "unknown",
        text,
        trees.files(ours, theirs),
        by_git=True,
        cut=cut,
        ahead=_commits(trees, ours, theirs),
        behind=_commits(trees, theirs, ours),
        remarks=(
            *baseline.remarks(),
            *_left_out(baseline, ours),
            *candidate.remarks(),
            *_left_out(candidate, theirs),
        ),
    )


def _commits(trees: Trees, since: Tree, until: Tree) -> Commits | None:
    """The commits that lead from one to the other; None where finding them takes too long."""
    try:
        return trees.commits(since, until)
    except NotToldError:
        return None


def _left_out(side: KeptCode, tree: Tree) -> Iterator[str]:
    if tree.left_out:
        names = listed([*map(visible, tree.left_out)], _MOST_NAMES)
        yield f"{side.name}: its changes of {names} do not fit its commit and are left out."
