"""The sides of a comparison: from what a person names to the methods that are compared.

A RUN stands for its replicates, unless each run is asked for by itself. A text with a space or a colon that names no
run is a filter: each method of which a run matches it is a side, with all its replicates, so that none of them is
dropped in silence.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache

from msgspec.structs import replace

from trackside.compare.methods import Methods
from trackside.compare.sides import Near, Side, side_of_runs
from trackside.compare.statistics.replicates import FEWEST
from trackside.model.counting import counted
from trackside.model.errors import UsageError
from trackside.model.run import Run
from trackside.services.comparison.provenance.same_code import Codes
from trackside.services.lookup import Remark, matching, may_be_filter, of_project, resolve
from trackside.store.any_store import AnyStore


class Sides:
    """Finds the runs of each side. `remark` hears what a person should know of it."""

    def __init__(self, store: AnyStore, *, each: bool, remark: Remark) -> None:
        self._store = store
        self._each = each
        self._remark = remark
        self._methods: Callable[[str], Methods] = cache(self._methods_of)

    def of(self, texts: Sequence[str], baseline: str | None) -> tuple[Side, list[Side]]:
        """The baseline, which is the project's own if none is named, and each candidate once.

        UsageError where nothing is left to be compared.
        """
        named = _apart(side for text in texts for side in self._named(text))
        against = self._baseline(baseline, named[0].lead.project)
        if baseline is None:
            self._tell_of_projects(named, against.lead.project)
        candidates, left_out = _without(named, against)
        if not candidates:
            raise UsageError(f"{named[0].lead.name} is the baseline, or one of its replicates: name another run")
        for told in left_out:
            self._remark(told)
        for side in (against, *candidates):
            self._tell_of_code(side)
        every = {run.id for side in (against, *candidates) for run in side.runs}
        return self._with_near(against, every), [self._with_near(side, every) for side in candidates]

    def _named(self, text: str) -> list[Side]:
        if not may_be_filter(text) or self._store.ids_matching(text):
            run = self._store.run(resolve(self._store, text, remark=self._remark))
            side = self._around(run)
            if run.id in {other.id for other in side.archived}:
                self._remark(f"{run.name} is archived and does not count; its replicates that are not archived do")
            return [side]
        found = self._store.runs(matching(self._store, text))
        if not found:
            raise UsageError(f"no run matches {text!r}")
        if self._each:
            return [side_of_runs([run]) for run in found]
        sides: list[Side] = []
        for project in dict.fromkeys(run.project for run in found):
            sides += self._methods(project).sides([run for run in found if run.project == project])
        self._tell_of_others(text, found, sides)
        return sides

    def _tell_of_others(self, text: str, found: Sequence[Run], sides: Iterable[Side]) -> None:
        """Of runs that a filter does not match, and that are there since it matches a replicate of theirs."""
        others = {run.id for side in sides for run in side.all_runs} - {run.id for run in found}
        if others:
            self._remark(
                f"{text}: with {counted(len(others), 'run')} that it does not match, replicates of those it does"
            )

    def _baseline(self, text: str | None, project: str) -> Side:
        if text is None:
            return self._around(self._store.run(resolve(self._store, "@baseline", project, remark=self._remark)))
        named = self._named(text)
        if len(named) > 1:
            raise UsageError(
                f"--baseline {text}: these are {counted(len(named), 'method')}; name one run of one of them"
            )
        return named[0]

    def _tell_of_projects(self, named: Iterable[Side], project: str) -> None:
        """Of runs of other projects than the one whose baseline they are judged by."""
        for side in named:
            if side.lead.project != project:
                told = f"{side.lead.name} is of project {side.lead.project}"
                self._remark(f"the baseline is that of project {project}; {told}")

    def _around(self, run: Run) -> Side:
        return side_of_runs([run]) if self._each else self._methods(run.project).side(run)

    def _with_near(self, side: Side, compared: Collection[str]) -> Side:
        """A side, one of too few seeds with those that a param keeps apart, if none of these is `compared` itself."""
        if self._each or len(side.runs) >= FEWEST:
            return side
        near = self._methods(side.lead.project).near(side.lead)
        apart = {param: runs for param, runs in near.items() if not any(run.id in compared for run in runs)}
        return replace(side, near=tuple(Near(param, tuple(runs)) for param, runs in apart.items()))

    def _tell_of_code(self, side: Side) -> None:
        """Of runs that were started from other code, and are replicates by the files that they imported."""
        begun = {(run.code.commit, run.code.dirty, run.code.patch_bytes) for run in side.runs}
        if side.same_code == "imported files" and len(begun) > 1:
            name = f"{side.lead.name} and its replicates"
            self._remark(
                f"{name} were not started from one commit and patch; the files that they imported are the same"
            )

    def _methods_of(self, project: str) -> Methods:
        return methods_of(self._store, project, of_project(self._store, project, archived=True))


def methods_of(store: AnyStore, project: str, runs: Iterable[Run]) -> Methods:
    """The methods among these runs of a project, with what it decided of params."""
    return Methods(runs, Codes(store).of, store.project(project).ignored)


def _without(sides: Iterable[Side], baseline: Side) -> tuple[list[Side], list[str]]:
    """The sides without the baseline's own runs, and a sentence on each of which some are left out."""
    own = {run.id for run in baseline.all_runs}
    kept, told = [], []
    for side in sides:
        runs = [run for run in side.all_runs if run.id not in own]
        if runs:
            some = replace(side_of_runs(runs, side.archived), same_code=side.same_code)
            kept.append(side if len(runs) == side.begun else some)
        if len(runs) < side.begun:
            number = counted(side.begun - len(runs), "run")
            if runs:
                told.append(f"of {side.lead.name} and its replicates, {number} left out that the baseline has")
            else:
                told.append(f"{side.lead.name} is of the baseline ({number}); the others are compared with it")
    return kept, told


def _apart(sides: Iterable[Side]) -> list[Side]:
    """Each side once: two runs of one set of replicates are one side."""
    once: dict[frozenset[str], Side] = {}
    for side in sides:
        once.setdefault(frozenset(run.id for run in side.runs), side)
    return list(once.values())
