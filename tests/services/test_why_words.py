"""What is said of where two curves part: exactly what was computed."""

import numpy as np
import pytest

from trackside.compare.alignment import Line, align
from trackside.compare.difference_curve import DifferenceCurve, difference_curve
from trackside.compare.why import Suspect, ranked
from trackside.services.comparison.why_words import cause_texts, parting_sentence

STEPS = np.arange(0.0, 2_000, 100)
NOISE = np.random.default_rng(11).normal(scale=0.1, size=(2, 6, 20))
BAND = "a 95 % band for all 20 evaluations at once"
PART = f"the curves part at step 400: from there on their difference stays outside {BAND}"


def shifted(by) -> DifferenceCurve:
    """The difference of two sides of six seeds, the second moved by this at each step."""
    return difference_curve(align(*([Line(STEPS, row) for row in side] for side in (NOISE[0], NOISE[1] + by))))


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (STEPS >= 400, f"{PART}, to the last one"),
        (
            (STEPS >= 400) & (STEPS < 1_500),
            f"{PART}, for 3 evaluations running or more; to the last one it does not",
        ),
        (
            (STEPS >= 400) & (STEPS != 1_500),
            f"{PART}, for 3 evaluations running or more; for good from step 1,600",
        ),
        (
            STEPS < 200,
            f"the curves do not part: nowhere is their difference outside {BAND} for 3 evaluations running",
        ),
    ],
    ids=["for good", "not for good", "for good later", "not at all"],
)
def test_it_is_told_where_the_curves_part_and_whether_they_stay_apart(apart, said):
    assert parting_sentence(shifted(np.where(apart, 2.0, 0.0))) == said


def test_fingerprints_are_shortened_as_they_are_elsewhere():
    (cause,) = ranked([Suspect("data", "train", f"blake3:{'a' * 64}", f"blake3:{'b' * 64}")])
    assert cause_texts(cause)[2] == f"blake3:{'a' * 12}… → blake3:{'b' * 12}…"
