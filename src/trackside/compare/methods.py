"""The methods of a project: which of its runs are replicates of each other, and which would be but for one param.

Replicates agree in project, params, data and code; keys that name a seed or a fold do not count, nor do those that the
project ignores.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, cached_property

import msgspec
from msgspec.structs import replace

from trackside.compare.same_code import KnownCode, SameBy, by_code, told_by
from trackside.compare.sides import BAD_ENDS, Side, comparable, matters, result_of, side_of_runs
from trackside.model.globs import matches
from trackside.model.run import Run

INCIDENTAL_KEYS = (
    *("num_workers", "*.num_workers", "workers", "pin_memory", "prefetch*", "device", "verbose", "debug"),
    *("log_every*", "log_interval", "print_every*", "save_every*", "*_dir", "*_path", "run_name", "exp_name"),
)
"""Globs of params that rarely change what is learnt: runs that differ in them alone may be replicates, if a person says
so."""

KnownBy = Callable[[Run], KnownCode]
"""What the code of a run is known by."""


class _Method(msgspec.Struct, dict=True, frozen=True, eq=False):
    """Runs that are replicates of each other, the oldest first. Those that are `archived` do not count."""

    runs: tuple[Run, ...]
    archived: tuple[Run, ...]
    same_code: SameBy | None

    def side(self, lead: Run) -> Side:
        """All runs of it, `lead` the first if it counts; where all are archived, these count."""
        runs, archived = (self.runs, self.archived) if self.runs else (self.archived, ())
        lead_first = sorted(runs, key=lambda run: run.id != lead.id)
        return replace(side_of_runs(lead_first, archived), same_code=self.same_code)

    @cached_property
    def results(self) -> frozenset[Hashable]:
        """The seeds and folds that came to their end."""
        return frozenset(result_of(run) for run in self.runs if run.status == "finished") - {None}


class Methods:
    """The runs of one project by their methods, which are the same whichever run is named.

    `ignored` are globs of params that do not matter.
    """

    def __init__(self, runs: Iterable[Run], known_by: KnownBy, ignored: Sequence[str] = ()) -> None:
        self._known_by = known_by
        self._matters = cache(lambda key: matters(key, ignored))
        self._incidental = cache(lambda key: matches(key, INCIDENTAL_KEYS))
        self._runs = {run.id: run for run in runs}
        self._settings_of = {run.id: self._settings(run) for run in self._runs.values()}
        self._by_settings = _grouped(self._runs.values(), lambda run: self._settings_of[run.id])
        self._with_settings = cache(self._of_settings)

    def side(self, run: Run) -> Side:
        """The replicates of `run`, itself the first; an archived one counts only where all of them are archived.

        One that did not end well stands for itself alone, and so does one that may be of several methods.
        """
        methods = self._of(run)
        return side_of_runs([run]) if run.status in BAD_ENDS or len(methods) != 1 else methods[0].side(run)

    def sides(self, runs: Sequence[Run]) -> list[Side]:
        """The methods of which these are some runs, each once and whole, after the first of these that counts."""
        leads: dict[_Method, Run] = {}
        for run in runs:
            if len(methods := self._of(run)) == 1:
                leads.setdefault(methods[0], run)
        alone = [run for run in runs if not any(method in leads for method in self._of(run))]
        return [*(method.side(lead) for method, lead in leads.items()), *(side_of_runs([run]) for run in alone)]

    def was_run_again(self, run: Run) -> bool:
        """Whether a run that did not end well is not missing: a replicate of its seed and fold came to its end."""
        return run.status in BAD_ENDS and any(result_of(run) in method.results for method in self._of(run))

    def near(self, run: Run) -> dict[str, list[Run]]:
        """The runs that would be replicates of `run`, by the one param of `INCIDENTAL_KEYS` in which they differ."""
        near: dict[str, list[Run]] = {}
        for other in self._by_loose_settings.get(self._loose_settings(run), []):
            keys = [
                key
                for key in {**run.params, **other.params}
                if self._matters(key) and comparable(run.params.get(key)) != comparable(other.params.get(key))
            ]
            if len(keys) == 1 and len(by_code({one.id: self._known_by(one) for one in (run, other)})) == 1:
                near.setdefault(keys[0], []).append(other)
        return near

    def _of(self, run: Run) -> Sequence[_Method]:
        """The methods that a run may be of: more than one only where it did not end, and was on the way to each."""
        settings = self._settings_of.get(run.id)
        return [_Method((run,), (), None)] if settings is None else self._with_settings(settings)[run.id]

    @cached_property
    def _by_loose_settings(self) -> Mapping[Hashable, list[Run]]:
        return _grouped((run for run in self._runs.values() if not run.archived), self._loose_settings)

    def _of_settings(self, settings: Hashable) -> Mapping[str, Sequence[_Method]]:
        """The methods of the runs of these settings, by the ids of their runs."""
        runs = {run.id: run for run in self._by_settings.get(settings, ())}
        known = {run.id: self._known_by(run) for run in runs.values()}
        found: defaultdict[str, list[_Method]] = defaultdict(list)
        for ids in by_code(known):
            alike = sorted((runs[run_id] for run_id in ids), key=lambda run: (run.created, run.id))
            counting, archived = ([run for run in alike if run.archived is put_away] for put_away in (False, True))
            same_code = told_by(known[run.id] for run in counting or archived)
            method = _Method(tuple(counting), tuple(archived), same_code)
            for run_id in ids:
                found[run_id].append(method)
        return found

    def _loose_settings(self, run: Run) -> Hashable:
        """The same, without what rarely matters."""
        return self._settings(run, loosely=True)

    def _settings(self, run: Run, *, loosely: bool = False) -> Hashable:
        """What replicates have in common beside their code; `loosely`, without what rarely matters."""
        params = frozenset(
            (key, comparable(value))
            for key, value in run.params.items()
            if self._matters(key) and not (loosely and self._incidental(key))
        )
        data = frozenset((role, ref.fingerprint or ref.uri) for role, ref in run.data.items())
        return run.project, params, data


def _grouped(runs: Iterable[Run], key: Callable[[Run], Hashable]) -> dict[Hashable, list[Run]]:
    groups: defaultdict[Hashable, list[Run]] = defaultdict(list)
    for run in runs:
        groups[key(run)].append(run)
    return groups
