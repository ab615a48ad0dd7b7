"""Histograms that were logged under one name: what is said of all, and of those in one column of their strip."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from trackside.model.counting import counted
from trackside.model.histogram import LoggedHistogram, of_lines
from trackside.model.numerals import grouped
from trackside.services import cells

if TYPE_CHECKING:
    from trackside.charts.histogram.shares import Quantile
    from trackside.charts.histogram.spec import Histograms


def histograms(content: bytes) -> "Histograms | None":
    """The histograms in lines of JSON; None where they are none."""
    from trackside.charts.histogram import shares

    try:
        logged = of_lines(content)
    except msgspec.MsgspecError:
        return None
    return shares.of(logged) if logged else None


def summary(shown: "Histograms") -> str:
    """How many there are, of which steps, and what the strip does not show of them."""
    logged = shown.logged
    if len(logged) == 1:
        words = [f"A histogram at step {grouped(logged[0].step)}"]
    else:
        words = [f"{grouped(len(logged))} histograms, steps {grouped(logged[0].step)} to {grouped(logged[-1].step)}"]
        odd = sum(1 for one in logged if one.nonfinite)
        if odd:
            words.append(f"{grouped(odd)} with NaN or Inf")
    if shown.outside:
        words.append(f"{_part(shown.outside)} of the values further out")
    return "; ".join(words)


def reading(logged: Sequence[LoggedHistogram]) -> str:
    """What one histogram says in numbers, or several of successive steps together."""
    from trackside.charts.histogram import shares

    first, last = logged[0].step, logged[-1].step
    where = f"step {grouped(first)}" if len(logged) == 1 else f"steps {grouped(first)} to {grouped(last)}"
    held = [one for one in logged if one.total]
    words = [counted(round(sum(one.total for one in logged)), "value")]
    if held:
        low, high = min(one.edges[0] for one in held), max(one.edges[-1] for one in held)
        words.append(f"{cells.number(low)} to {cells.number(high)}")
        words += _middle(*shares.quantiles(held, (0.25, 0.5, 0.75)))
    for name, count in _nonfinite(logged):
        words.append(f"{grouped(count)} {name}")
    return f"{where}: {', '.join(words)}"


def _middle(lower: "Quantile", median: "Quantile", upper: "Quantile") -> list[str]:
    """Where the values are for the most part; where bins are too wide to tell, in which the median is."""
    if lower.high > upper.low:
        return [f"median between {cells.number(median.low)} and {cells.number(median.high)}"]
    half = f"half of them about {cells.number(lower.value)} to {cells.number(upper.value)}"
    return [f"median about {cells.number(median.value)}", half]


def _nonfinite(logged: Sequence[LoggedHistogram]) -> list[tuple[str, int]]:
    counts = {
        "NaN": sum(one.nan for one in logged),
        "Inf": sum(one.above for one in logged),
        "-Inf": sum(one.below for one in logged),
    }
    return [(name, count) for name, count in counts.items() if count]


def _part(part: float) -> str:
    return f"{part:.1%}" if part >= 0.001 else "under 0.1%"
