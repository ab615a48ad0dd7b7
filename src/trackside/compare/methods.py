"""The methods of a project: which of its runs are replicates of each other, and which would be but for one param.

Replicates agree in project, params, data and code; keys that name a seed or a fold do not count, nor do those that the
project ignores.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from trackside.compare.same_code import SameBy
from trackside.compare.sides import BAD_ENDS, Side, comparable, matters, side_of_runs
from trackside.model.globs import matches
from trackside.model.run import Run

INCIDENTAL_KEYS = (
    *("num_workers", "*.num_workers", "workers", "pin_memory", "prefetch*", "device", "verbose", "debug"),
    *("log_every*", "log_interval", "print_every*", "save_every*", "*_dir", "*_path", "run_name", "exp_name"),
)
"""Globs of params that rarely change what is learnt: runs that differ in them alone may be replicates, if a person says
so."""

SameCode = Callable[[Run, Run], SameBy | None]
"""What tells that two runs had the same code; None where they had not."""


class Methods:
    """The runs of one project, archived ones kept apart. `ignored` are globs of params that do not matter."""

    def __init__(self, runs: Iterable[Run], same_code: SameCode, ignored: Sequence[str] = ()) -> None:
        self._same_code = same_code
        self._matters = cache(lambda key: matters(key, ignored))
        self._incidental = cache(lambda key: matches(key, INCIDENTAL_KEYS))
        self._by_settings: dict[Hashable, list[Run]] = {}
        self._by_loose_settings: dict[Hashable, list[Run]] = {}
        self._archived: dict[Hashable, list[Run]] = {}
        for run in runs:
            if run.archived:
                self._archived.setdefault(self._settings(run), []).append(run)
            else:
                self._by_settings.setdefault(self._settings(run), []).append(run)
                self._by_loose_settings.setdefault(self._settings(run, loosely=True), []).append(run)

    def side(self, run: Run) -> Side:
        """The replicates of `run`, itself the first; one that did not end well stands for itself alone."""
        if run.status in BAD_ENDS:
            return side_of_runs([run])
        alike = sorted(self._alike(run), key=lambda other: (other.created, other.id))
        told_by = {self._same_code(run, other) for other in alike}
        same_code: SameBy | None = "commit and patch" if "commit and patch" in told_by else next(iter(told_by), None)
        return replace(side_of_runs([run, *alike], self._with_code_of(run, self._archived)), same_code=same_code)

    def was_run_again(self, run: Run) -> bool:
        """Whether a run that did not end well is not missing: a replicate of its seed and fold came to its end."""
        if run.status not in BAD_ENDS:
            return False
        return run not in side_of_runs([run, *self._alike(run)]).all_runs

    def near(self, run: Run) -> dict[str, list[Run]]:
        """The runs that would be replicates of `run`, by the one param of `INCIDENTAL_KEYS` in which they differ."""
        near: dict[str, list[Run]] = {}
        for other in self._by_loose_settings.get(self._settings(run, loosely=True), []):
            keys = [
                key
                for key in {**run.params, **other.params}
                if self._matters(key) and comparable(run.params.get(key)) != comparable(other.params.get(key))
            ]
            if len(keys) == 1 and self._has_code(other, run):
                near.setdefault(keys[0], []).append(other)
        return near

    def _alike(self, run: Run) -> list[Run]:
        """The other runs of the same settings and code."""
        return self._with_code_of(run, self._by_settings)

    def _with_code_of(self, run: Run, by_settings: Mapping[Hashable, Sequence[Run]]) -> list[Run]:
        return [other for other in by_settings.get(self._settings(run), ()) if self._has_code(other, run)]

    def _has_code(self, other: Run, run: Run) -> bool:
        """Whether another run has the code of this one."""
        return other.id != run.id and self._same_code(run, other) is not None

    def _settings(self, run: Run, *, loosely: bool = False) -> Hashable:
        """What replicates have in common beside their code; `loosely`, without what rarely matters."""
        params = frozenset(
            (key, comparable(value))
            for key, value in run.params.items()
            if self._matters(key) and not (loosely and self._incidental(key))
        )
        data = frozenset((role, ref.fingerprint or ref.uri) for role, ref in run.data.items())
        return run.project, params, data
