"""The runs of one method, which differ in nothing but the seed: which of them count.

A fold is no seed: folds share data, so a set of them has a mean and a spread and no test (Nadeau and Bengio 2003).
Nothing is dropped in silence: what was begun alike and did not end well stays with the set.
"""

import math
from collections.abc import Hashable, Sequence
from functools import lru_cache

import msgspec

from trackside.compare.same_code import SameBy
from trackside.model.globs import matches
from trackside.model.run import Param, Run

SEED_KEYS = frozenset({"seed", "random_seed", "random_state", "rng_seed", "manual_seed", "global_seed", "seed_value"})
FOLD_KEYS = frozenset({"fold", "cv_fold", "fold_id", "fold_idx", "fold_index", "kfold"})

BAD_ENDS = frozenset({"failed", "killed", "crashed"})


class Near(msgspec.Struct, frozen=True):
    """Runs that would be replicates of a side but for this one param."""

    param: str
    runs: tuple[Run, ...]


class Side(msgspec.Struct, frozen=True):
    """The runs of one method. `runs` count; `left_out` ended badly, `going` have not ended yet.

    `archived` would be replicates of these, and were put away; `near` would be if a param did not matter.
    A side of which no run has ended counts those that go on. `same_code` is what tells that they had the same code:
    the weaker of what told it of each, and None of one run, or of runs that somebody chose.
    """

    runs: tuple[Run, ...]
    left_out: tuple[Run, ...] = ()
    going: tuple[Run, ...] = ()
    archived: tuple[Run, ...] = ()
    same_code: SameBy | None = None
    near: tuple[Near, ...] = ()

    @property
    def lead(self) -> Run:
        """The run that the side is called after: its first."""
        return self.runs[0]

    @property
    def all_runs(self) -> list[Run]:
        """All that were begun, those that count first, without the archived ones."""
        return [*{run.id: run for run in (*self.runs, *self.left_out, *self.going)}.values()]

    @property
    def begun(self) -> int:
        """How many runs were begun, without the archived ones."""
        return len(self.all_runs)


def side_of_runs(runs: Sequence[Run], archived: Sequence[Run] = ()) -> Side:
    """A side of just these runs, and of `archived` ones that do not count. A single run counts, however it ended.

    What ended badly and was run again to its end, with the same seed and fold, is not missing.
    """
    going = tuple(run for run in runs if run.status == "running")
    ended = tuple(run for run in runs if run.status == "finished")
    counted = ended or going or tuple(runs)
    results = {result_of(run) for run in ended} - {None}
    present = {run.id for run in (*counted, *going)}
    left_out = tuple(run for run in runs if run.id not in present and result_of(run) not in results)
    return Side(counted, left_out, going, tuple(archived))


def share_data(*sides: Side) -> bool:
    """Whether runs that count differ in their fold, on one side or between them: no two of them are independent."""
    return len({fold_of(run) for side in sides for run in side.runs}) > 1


def seed_of(run: Run) -> Hashable | None:
    """The seed of a run: what `init(seed=)` was given, else the param that names one."""
    if run.seed is not None:
        return run.seed
    return next((_as_seed(value) for key, value in run.params.items() if is_seed(key)), None)


def _as_seed(value: Param) -> Hashable | None:
    """`7` as it was read from a text is the seed 7."""
    return int(value) if isinstance(value, str) and value.isdecimal() else comparable(value)


def fold_of(run: Run) -> Hashable | None:
    """The fold of a run's data; None where it names none."""
    return next((comparable(value) for key, value in run.params.items() if _last_part(key) in FOLD_KEYS), None)


def result_of(run: Run) -> Hashable | None:
    """What tells the results of one method apart: the seed, and the fold where there is one; None without either."""
    seed, fold = seed_of(run), fold_of(run)
    return seed if fold is None else (seed, fold)


def matters(key: str, ignored: Sequence[str] = ()) -> bool:
    """Whether a param tells methods apart: it names neither seed nor fold, and matches none of the `ignored` globs."""
    return not is_seed(key) and _last_part(key) not in FOLD_KEYS and not matches(key, ignored)


def is_seed(key: str) -> bool:
    """Whether a param names the seed."""
    return _last_part(key) in SEED_KEYS


@lru_cache(maxsize=4096)
def _last_part(key: str) -> str:
    return key.rpartition(".")[2].lower()


def comparable(value: Param) -> Hashable:
    """A value that equals another of the same meaning: 1 and 1.0 are one number, True is none, a NaN equals a NaN."""
    if isinstance(value, float) and math.isnan(value):
        return "float", "nan"
    if isinstance(value, list):
        return tuple(comparable(part) if not isinstance(part, dict) else repr(part) for part in value)
    return (type(value).__name__, value) if isinstance(value, bool) else value
