"""How many seeds would find a difference that a person names, from the spread of the seeds that are there."""

from trackside.compare.comparison import Comparison, Row
from trackside.compare.statistics.detect import MOST, seeds_needed
from trackside.compare.statistics.sample import mean
from trackside.model.errors import UsageError
from trackside.model.margins import Margin, parse_margin
from trackside.services.cells import number

_POWER = 0.8


def seeds_sentences(comparison: Comparison, typed: str) -> list[str]:
    """A sentence for each metric that a verdict is on. UsageError where what was typed is no difference."""
    wanted = parse_margin(typed)
    if wanted is None:
        raise UsageError(f"--detect {typed}: a number above zero, such as 0.002 or 0.5%")
    judged = [row for row in comparison.rows if any(cell.verdict.family is not None for cell in row.cells)]
    return [_sentence(row, wanted, typed) for row in judged]


def _sentence(row: Row, wanted: Margin, typed: str) -> str:
    samples = [row.cells[0].samples[0], *(cell.samples[1] for cell in row.cells)]
    if wanted.relative and not samples[0].values:
        return f"{row.metric}: the baseline has no value that {typed} could be a part of"
    difference = wanted.beside(mean(samples[0].values))
    if not difference:
        return f"{row.metric}: the baseline is at zero, and {typed} of it is no difference: name one in its unit"
    needed = seeds_needed(difference, *samples, power=_POWER)
    what = f"{row.metric}: a difference of {number(difference)}"
    if needed is None:
        return f"{what}: no side has three seeds that differ, so how far seeds spread is not known"
    low, likely, high = (
        f"more than {MOST:,}" if seeds is None else f"{seeds:,}"
        for seeds in (needed.fewest, needed.likely, needed.most)
    )
    return f"{what} is found in {_POWER:.0%} of cases by about {likely} seeds on each side ({low} to {high})"
