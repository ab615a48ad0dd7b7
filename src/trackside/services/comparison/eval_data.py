"""Which eval data of several runs is the same: by its fingerprint, or because a person said so of two fingerprints."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import PurePosixPath

import msgspec

from trackside.compare.eval_data import data_role, eval_fingerprint, unlike
from trackside.model.counting import counted, listed
from trackside.model.errors import TracksideError
from trackside.model.hashes import shortened
from trackside.model.run import Acknowledgement, ProjectSettings, Run

_MOST_NAMED = 3


class UnlikeDataError(TracksideError):
    """What would stand side by side was measured on eval data that is known to be other, and that is not allowed."""


class SameData(msgspec.Struct, frozen=True):
    """Fingerprints that projects acknowledged to be of the same data, or of the same files of the evaluation."""

    acknowledged: tuple[Acknowledgement, ...]
    names: dict[str, str]

    @classmethod
    def of(cls, decided: Iterable[ProjectSettings], code: str = "eval_data") -> "SameData":
        """Those of some projects, by the code of the reason; of those that are the same, one is the name of all."""
        said = tuple(one for settings in decided for one in settings.acknowledged if one.code == code)
        names: dict[str, str] = {}
        for one in said:
            known = {names.get(each, each) for each in (one.baseline, one.candidate)}
            joined = {name for name, first in names.items() if first in known} | known | {one.baseline, one.candidate}
            names |= dict.fromkeys(joined, min(known))
        return cls(said, names)

    def named(self, fingerprint: str | None) -> str | None:
        """The fingerprint by which the same data goes."""
        return None if fingerprint is None else self.names.get(fingerprint, fingerprint)

    def accepted(self, fingerprints: Iterable[str | None]) -> tuple[str, ...]:
        """What was acknowledged of these fingerprints, one of each run, a sentence each with the number of runs."""
        runs = Counter(fingerprint for fingerprint in fingerprints if fingerprint is not None)
        present = Counter(map(self.named, runs))
        return tuple(
            f"{' and '.join(_of_runs(each, runs[each]) for each in (one.baseline, one.candidate))}"
            f" were acknowledged to be the same: {one.note}."
            for one in self.acknowledged
            if present[self.named(one.baseline)] > 1
        )


def mixture(value: str, metric: str, runs: Iterable[Run], same: SameData) -> str:
    """What is not alike: the data that most of these runs were measured on, and what most of the others were.

    The runs of the latter are named, and of both the file.
    """
    on_data: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if (name := same.named(eval_fingerprint(run, metric))) is not None:
            on_data[name].append(run)
    most_first = sorted(on_data.items(), key=lambda item: -len(item[1]))
    usual, odd = next((one, other) for (a, one), (b, other) in combinations(most_first, 2) if unlike(a, b))
    named = listed([run.name for run in odd], _MOST_NAMED)
    return f"{value} was measured on unlike eval data, {_data(metric, usual)} and {_data(metric, odd)}: {named}"


def _data(metric: str, runs: Sequence[Run]) -> str:
    """`blake3:1a2b… of eval.txt (5 runs)`, each fingerprint by itself of data that was acknowledged to be the same."""
    fingerprints = Counter(fingerprint for run in runs if (fingerprint := eval_fingerprint(run, metric)))
    files = {eval_fingerprint(run, metric): _file(metric, run) for run in runs}
    told = (_of_runs(f"{one}{files[one]}", number) for one, number in fingerprints.most_common())
    return ", acknowledged to be the same as ".join(told)


def _file(metric: str, run: Run) -> str:
    """` of eval.txt`; nothing where only a version was declared."""
    role = data_role(run, metric)
    return "" if role is None else f" of {PurePosixPath(run.data[role].uri).name}"


def _of_runs(fingerprint: str, runs: int) -> str:
    """`blake3:1a2b… (5 runs)`; without a number where no run has it."""
    return f"{shortened(fingerprint)} ({counted(runs, 'run')})" if runs else shortened(fingerprint)
