"""The points that a bare host chooses of a curve are those that trackside would choose."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from trackside.services.remote.bare import outline
from trackside.services.remote.bare.in_short import CANNOT_BE_TOLD
from trackside.services.remote.bare.outline import Points
from trackside.store import journal
from trackside.store.curves import Series
from trackside.store.journal import Kind, RowFormat
from trackside.store.outline import outlined


def log_of(steps: list[int], values: list[float]) -> bytes:
    """A log of two metrics, of which the second has these values, and of a third in between."""
    schemas = journal.packed(Kind.SCHEMA, [0, ["other", "loss"]]) + journal.packed(Kind.SCHEMA, [1, ["third"]])
    two, one = RowFormat(0, 2), RowFormat(1, 1)
    rows = b"".join(
        two.pack(step, 10.0 + at, [0.5, value]) + (one.pack(step, 10.0 + at, [0.5]) if at % 9 == 0 else b"")
        for at, (step, value) in enumerate(zip(steps, values, strict=True))
    )
    return schemas + rows


def truth(steps: list[int], values: list[float], most: int) -> Series:
    time = 10.0 + np.arange(len(steps))
    return outlined(Series(np.array(steps, np.int64), time, np.array(values, np.float64)), most)


VALUES = some.floats(-5, 5) | some.integers(0, 3).map(float) | some.sampled_from([math.nan, math.inf, -math.inf])


@given(some.lists(some.tuples(some.integers(-50, 1_000), VALUES), min_size=1, max_size=80))
def test_the_same_points_are_chosen(points: list[tuple[int, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outline, "MOST_POINTS", 20)
        steps, values = sorted(step for step, _ in points), [value for _, value in points]
        count, *chosen = Points([log_of(steps, values)], "loss").outline(None, None)
    expected = truth(steps, values, 20)
    assert count == len(points)
    columns = (expected.step.tolist(), expected.time.tolist(), expected.value.tolist())
    assert repr(chosen) == repr(list(map(list, zip(*columns, strict=True))))


def test_logs_that_were_rotated_make_one_curve() -> None:
    logs = [log_of([0, 1], [1.0, 2.0]), log_of([2, 3], [3.0, 4.0])]
    assert Points(logs, "loss").outline(None, None) == [
        4,
        [0, 10.0, 1.0],
        [1, 11.0, 2.0],
        [2, 10.0, 3.0],
        [3, 11.0, 4.0],
    ]
    assert Points(logs, "nothing").outline(None, None) == [0]


def test_points_of_a_damaged_log_are_not_chosen_there() -> None:
    log = bytearray(log_of([0, 1, 2], [1.0, 2.0, 3.0]))
    log[-5] ^= 1
    with pytest.raises(CANNOT_BE_TOLD):
        Points([bytes(log)], "loss")


def test_between_two_steps_there_are_more_of_them() -> None:
    chance = random.Random(1)
    steps = list(range(0, 200_000, 2))
    whole = Points([log_of(steps, [chance.random() for _ in steps])], "loss")
    count, *chosen = whole.outline(1_001, 2_001)
    assert count == len(steps)
    assert [step for step, *_ in chosen] == list(range(1_000, 2_003, 2))
    assert len(whole.outline(None, None)) < 2_100
