"""Which eval data of a table is the same: by its fingerprint, or because a person said so of two fingerprints."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations

from trackside.compare.eval_data import unlike
from trackside.model.counting import counted
from trackside.model.errors import TracksideError
from trackside.model.hashes import shortened
from trackside.model.run import Acknowledgement, ProjectSettings


class UnlikeDataError(TracksideError):
    """What would stand side by side was measured on eval data that is known to be other, and that is not allowed."""


@dataclass(frozen=True, slots=True)
class SameData:
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

    def accepted(self, fingerprints: Collection[str | None]) -> tuple[str, ...]:
        """What was acknowledged of these fingerprints, a sentence each."""
        return tuple(
            f"{shortened(one.baseline)} and {shortened(one.candidate)} were acknowledged to be the same: {one.note}."
            for one in self.acknowledged
            if {one.baseline, one.candidate} <= set(fingerprints)
        )


def mixture(value: str, fingerprints: Iterable[str | None]) -> str:
    """What is not alike, by the two of the fingerprints that most runs have."""
    counts = Counter(fingerprint for fingerprint in fingerprints if fingerprint is not None)
    pairs = combinations(counts.most_common(), 2)
    told = next((first, second) for first, second in pairs if unlike(first[0], second[0]))
    named = " and ".join(f"{shortened(fingerprint)} ({counted(number, 'run')})" for fingerprint, number in told)
    return f"{value} was measured on unlike eval data, {named}"
