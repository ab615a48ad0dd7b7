"""Which runs are one method: replicates, that differ in nothing but the seed.

The runs of a set agree in project, params, data and code; keys that name a seed do not count, nor do those that the
project ignores. A fold is no seed: folds share data, so a set of them has a mean and a spread and no test (Nadeau and
Bengio 2003). Nothing is dropped in silence: what was begun alike and did not end well stays with the set.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from trackside.model.run import Param, Run

SEED_KEYS = frozenset({"seed", "random_seed", "random_state", "rng_seed", "manual_seed", "global_seed", "seed_value"})
FOLD_KEYS = frozenset({"fold", "cv_fold", "fold_id", "fold_idx", "fold_index", "kfold"})

INCIDENTAL_KEYS = (
    *("num_workers", "*.num_workers", "workers", "pin_memory", "prefetch*", "device", "verbose", "debug"),
    *("log_every*", "log_interval", "print_every*", "save_every*", "*_dir", "*_path", "run_name", "exp_name"),
)
"""Globs of params that rarely change what is learnt: runs that differ in them alone may be replicates, if a person says
so."""

CodeOf = Callable[[Run], str | None]
"""What the code of a run is known by; None where nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Side:
    """The runs of one method. `runs` count; `left_out` ended badly or were archived, `going` have not ended yet.

    A side of which no run has ended counts those that go on. `folds` says whether its runs differ in the fold that
    they were trained on.
    """

    runs: tuple[Run, ...]
    left_out: tuple[Run, ...] = ()
    going: tuple[Run, ...] = ()
    folds: bool = False

    @property
    def lead(self) -> Run:
        """The run that the side is called after: its first."""
        return self.runs[0]

    @property
    def begun(self) -> int:
        """How many runs were begun."""
        return len(self.runs) + len(self.left_out) + sum(run not in self.runs for run in self.going)


def side_of(run: Run, others: Iterable[Run], code_of: CodeOf, ignored: Sequence[str] = ()) -> Side:
    """The replicates of `run` among the runs of its project, itself the first. Archived ones are no part of it.

    `ignored` are globs of params that do not matter.
    """
    own = _settings(run, ignored)
    alike = [
        other
        for other in others
        if other.id != run.id
        and not other.archived
        and _settings(other, ignored) == own
        and code_of(other) == code_of(run)
    ]
    return side_of_runs([run, *sorted(alike, key=lambda other: (other.created, other.id))])


def near_replicates(run: Run, others: Iterable[Run], code_of: CodeOf, ignored: Sequence[str] = ()) -> dict[str, int]:
    """How many runs would be replicates of `run`, by the one param of `INCIDENTAL_KEYS` in which they differ."""
    own, loosely = _settings(run, ignored), _settings(run, (*ignored, *INCIDENTAL_KEYS))
    near: dict[str, int] = {}
    for other in others:
        if other.archived or _settings(other, (*ignored, *INCIDENTAL_KEYS)) != loosely:
            continue
        if _settings(other, ignored) == own or code_of(other) != code_of(run):
            continue
        keys = [
            key
            for key in {**run.params, **other.params}
            if run.params.get(key) != other.params.get(key)
            and _is_of(key, INCIDENTAL_KEYS)
            and not _is_of(key, ignored)
        ]
        if len(keys) == 1:
            near[keys[0]] = near.get(keys[0], 0) + 1
    return near


def side_of_runs(runs: Sequence[Run]) -> Side:
    """A side of just these runs. One that names a single run counts it, however it ended.

    What ended badly and was run again to its end, with the same seed, is not missing.
    """
    going = tuple(run for run in runs if run.status == "running")
    ended = tuple(run for run in runs if run.status == "finished")
    counted = ended or going or tuple(runs)
    seeds = {seed_of(run) for run in ended} - {None}
    left_out = tuple(run for run in runs if run not in counted + going and seed_of(run) not in seeds)
    return Side(counted, left_out, going, folds=len({fold_of(run) for run in counted}) > 1)


def seed_of(run: Run) -> Hashable | None:
    """The seed of a run: what `init(seed=)` was given, else the param that names one."""
    if run.seed is not None:
        return run.seed
    return next((_comparable(value) for key, value in run.params.items() if _last(key) in SEED_KEYS), None)


def fold_of(run: Run) -> Hashable | None:
    """The fold of a run's data; None where it names none."""
    return next((_comparable(value) for key, value in run.params.items() if _last(key) in FOLD_KEYS), None)


def _settings(run: Run, ignored: Sequence[str]) -> Hashable:
    """What replicates have in common beside their code."""
    params = frozenset(
        (key, _comparable(value))
        for key, value in run.params.items()
        if _last(key) not in SEED_KEYS | FOLD_KEYS and not _is_of(key, ignored)
    )
    data = frozenset((role, ref.fingerprint or ref.uri) for role, ref in run.data.items())
    return run.project, params, data


def _is_of(key: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(key, glob) for glob in globs)


def _last(key: str) -> str:
    return key.rpartition(".")[2].lower()


def _comparable(value: Param) -> Hashable:
    """A value that equals another of the same meaning: 1 and 1.0 are one number, True is none."""
    if isinstance(value, list):
        return tuple(_comparable(part) if not isinstance(part, dict) else repr(part) for part in value)
    return (type(value).__name__, value) if isinstance(value, bool) else value
