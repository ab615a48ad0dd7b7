"""Holm's adjustment in the two families of a comparison (Holm 1979).

A family is what the comparison was named to test, whatever of it is on screen: so hiding a column or scrolling makes
nothing significant. What could not be tested still counts.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from trackside.compare.eval_data import NOT_EVALUATED

FamilyName = Literal["primary", "other metrics"]


class Family(msgspec.Struct, frozen=True):
    """Which family a test belongs to, how many tests that family has, and how many of them are prediction intervals."""

    name: FamilyName
    size: int
    predictions: int = 0


def family_of(metric: str, *, primary: str | None, evaluation: bool, has_goal: bool) -> FamilyName | None:
    """The family of a metric; None for one that gets its difference and no verdict.

    `evaluation` says whether the metric has an eval role. What is measured in training or of the machine has none.
    """
    if metric.startswith(NOT_EVALUATED):
        return None
    if metric == primary:
        return "primary"
    return "other metrics" if evaluation and has_goal else None


def holm(p_values: Sequence[float | None], size: int | None = None) -> list[float | None]:
    """The adjusted p of each test of a family, None where there was no p: such a test counts as one that failed.

    `size` is that of the family where it has more tests than these; the others count as failed too.
    """
    size = len(p_values) if size is None else size
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    tested = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    for rank, (p, place) in enumerate(tested):
        highest = max(highest, min(1.0, (size - rank) * p))
        adjusted[place] = highest
    return adjusted
