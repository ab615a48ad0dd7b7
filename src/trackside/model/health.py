"""What a person would want to be told of a run: words that can be filtered by, `spike:train/loss`, gravest first."""

from collections.abc import Iterable

import msgspec

from trackside.model.bounds import Int64

GRAVITY = (
    "failed",
    "crashed",
    "damaged",
    "dropped",
    "nonfinite",
    "divergence",
    "stalled",
    "flat",
    "idle",
    "spike",
    "overfitting",
    "plateau",
    "incomplete",
)
"""Kinds of concern, the gravest first."""


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """What the shape of a curve says: the word, one sentence, and the step where to look."""

    word: str
    sentence: str
    step: Int64 | None = None


def kind(word: str) -> str:
    """`spike` of `spike:train/loss`."""
    return word.partition(":")[0]


def gravity(word: str) -> int:
    """Smaller is graver; a kind that this version does not know comes last."""
    known = kind(word)
    return GRAVITY.index(known) if known in GRAVITY else len(GRAVITY)


def gravest_first(words: Iterable[str]) -> list[str]:
    """By gravity, those of one kind as they come."""
    return sorted(words, key=gravity)
