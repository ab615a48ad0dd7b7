"""Which point of a curve counts, in words: the same on every surface."""

from trackside.compare.comparison import Comparison
from trackside.compare.points import At, Kind
from trackside.services.cells import duration

POINT_WORDS: dict[Kind, str] = {
    "auto": "each run's last point; while one goes on, the last step that both sides logged",
    "last": "each run's last point",
    "best": "each metric's own best",
    "primary-best": "the step where the primary metric was best",
    "common": "the last step that both sides logged",
    "mean-last": "the mean of each run's last {} points",
    "step": "each run's last point up to step {}, if it came so far",
    "time": "each run's last point up to {} after its first, if it came so far",
}
"""By kind; the braces stand for the number of those that have one."""


def points_text(comparison: Comparison) -> str:
    """The point that counts in a comparison; where none was chosen, the one that goes for it."""
    at = comparison.at
    sides = (comparison.baseline, *comparison.candidates)
    if at.kind == "auto" and not any(side.going for side in sides):
        at = At("last")
    number = duration(at.number) if at.kind == "time" else f"{int(at.number):,}"
    return POINT_WORDS[at.kind].format(number)


def points_sentence(comparison: Comparison) -> str:
    """What reports say of it."""
    return f"The points that count: {points_text(comparison)}."
