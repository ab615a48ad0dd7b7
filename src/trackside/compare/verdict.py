"""The word for a difference: what may be claimed of it, and no more.

What bars a claim comes first: other eval data, no goal, too few seeds, a run that is still going or that failed and was
not acknowledged. Only then do the interval and the adjusted p speak.
"""

from typing import Literal

import msgspec

from trackside.compare.statistics.adjust import Family
from trackside.compare.statistics.difference import ALPHA, Difference
from trackside.compare.statistics.equivalence import within
from trackside.model.goals import Goal

Word = Literal["better", "worse", "same", "noise", "outside", "untested", "incomparable", "unknown"]


class Standing(msgspec.Struct, frozen=True):
    """What is known of the two sides beside their values, and may bar a claim.

    `incomparable`: the guard blocks. `provisional`: a run is still going, or fewer seeds ended than were planned.
    `acknowledged`: a person said that the results which were left out may be.
    """

    incomparable: bool = False
    provisional: bool = False
    acknowledged: bool = False

    def lacks(self, difference: Difference) -> bool:
        """Whether results are left out of it, and nobody said that they may be."""
        return any(difference.left_out) and not self.acknowledged


_UNBARRED = Standing()


class Verdict(msgspec.Struct, frozen=True):
    """A word, and all that it rests on. `p_adjusted` is the p of `difference` in its `family`; the interval is not."""

    word: Word
    difference: Difference
    goal: Goal | None
    p_adjusted: float | None = None
    family: Family | None = None
    margin: float | None = None
    standing: Standing = _UNBARRED

    @property
    def provisional(self) -> bool:
        """Whether a run is still going, or fewer seeds ended than were planned."""
        return self.standing.provisional


def judge(
    difference: Difference,
    goal: Goal | None,
    *,
    p_adjusted: float | None = None,
    family: Family | None = None,
    margin: float | None = None,
    standing: Standing = _UNBARRED,
    alpha: float = ALPHA,
) -> Verdict:
    """The verdict on one difference. `margin` is in units of the metric; a difference inside it is `same`.

    Without `p_adjusted` the test stands alone, and its own p is used. A prediction interval is adjusted by its level.
    """
    barred = standing.provisional or standing.lacks(difference)
    p = difference.p if p_adjusted is None else p_adjusted
    if standing.incomparable:
        word: Word = "incomparable"
    elif goal is None:
        word = "unknown"
    elif barred or p is None or difference.interval is None:
        word = "untested"
    else:
        word = _claim(difference, *difference.interval, goal, p, margin, alpha)
    return Verdict(word, difference, goal, p, family, margin, standing)


def _claim(
    difference: Difference, lower: float, upper: float, goal: Goal, p: float, margin: float | None, alpha: float
) -> Word:
    if difference.interval_kind == "prediction":
        return "noise" if lower <= difference.delta <= upper else "outside"
    if margin is not None and within((lower, upper), margin):
        return "same"
    if p > alpha:
        return "noise"
    return "better" if (difference.delta > 0) == (goal == "max") else "worse"
