"""Histograms as other systems wrote them: those that make sense, and what is said of the others."""

from collections.abc import Sequence

from trackside.model.counting import counted
from trackside.model.histogram import Histogram, fitted


def sensible(counts: Sequence[int | float], edges: Sequence[float]) -> Histogram | None:
    """Counts between edges; None where these do not fit one another."""
    try:
        return fitted(counts, edges)
    except ValueError:
        return None


def left_out(number: int) -> str:
    """A sentence on so many that make no sense."""
    return f"left out {counted(number, 'histogram')} whose edges and values do not fit one another"
