"""How many seeds would find a difference that a person names, from the spread of the seeds that are there."""

import msgspec

from trackside.compare.comparison import Comparison, Row
from trackside.compare.statistics.detect import MOST, SeedsNeeded, seeds_needed
from trackside.compare.statistics.sample import mean
from trackside.model.errors import UsageError
from trackside.model.margins import Margin, parse_margin
from trackside.services.cells import number
from trackside.services.comparison.words import is_bare
from trackside.services.documents import Document

_POWER = 0.8


class Detection(msgspec.Struct, frozen=True):
    """What a `difference` in a metric, in its unit, needs to be found; where that is not known, why."""

    metric: str
    difference: float | None = None
    seeds: SeedsNeeded | None = None
    why_not: str = ""

    @property
    def sentence(self) -> str:
        """`loss: a difference of 0.1 is found in 80% of cases by about 12 seeds …`, or why that is not known."""
        if self.difference is None:
            return f"{self.metric}: {self.why_not}"
        what = f"{self.metric}: a difference of {number(self.difference)}"
        if self.seeds is None:
            return f"{what}: {self.why_not}"
        low, likely, high = (
            f"more than {MOST:,}" if seeds is None else f"{seeds:,}"
            for seeds in (self.seeds.fewest, self.seeds.likely, self.seeds.most)
        )
        return f"{what} is found in {_POWER:.0%} of cases by about {likely} seeds on each side ({low} to {high})"

    def document(self) -> Document:
        """An entry of `detect` in JSON. Seeds on each side, of which null is more than `MOST`."""
        return {
            "metric": self.metric,
            "difference": self.difference,
            "power": _POWER,
            "seeds": None if self.seeds is None else msgspec.structs.asdict(self.seeds),
            "why_not": self.why_not,
        }


def wanted_difference(typed: str) -> Margin:
    """The difference that was typed. UsageError where it is none."""
    wanted = parse_margin(typed)
    if wanted is None:
        raise UsageError(f"{typed!r} is no difference to be found: a number above zero, such as 0.002 or 0.5%")
    return wanted


def detect(comparison: Comparison, typed: str) -> list[Detection]:
    """What it takes in each metric that a verdict is on. UsageError where what was typed is no difference."""
    wanted = wanted_difference(typed)
    return [_detection(row, wanted, typed) for row in comparison.rows if not is_bare(row)]


def _detection(row: Row, wanted: Margin, typed: str) -> Detection:
    samples = [row.cells[0].samples[0], *(cell.samples[1] for cell in row.cells)]
    if wanted.relative and not samples[0].values:
        return Detection(row.metric, why_not=f"the baseline has no value that {typed} could be a part of")
    difference = wanted.beside(mean(samples[0].values))
    if not difference:
        why_not = f"the baseline is at zero, and {typed} of it is no difference: name one in its unit"
        return Detection(row.metric, why_not=why_not)
    seeds = seeds_needed(difference, *samples, power=_POWER)
    unknown = "no side has three seeds that differ, so how far seeds spread is not known"
    return Detection(row.metric, difference, seeds, unknown if seeds is None else "")
