"""A log that is followed for long: however few rows come at a time, they stand in few blocks, none of them large."""

import numpy as np

from trackside.store.decode import Block, Chunk
from trackside.store.tails import Tail

AT_A_TIME, TIMES = 500, 1_000


def test_rows_that_come_a_few_at_a_time_stand_in_few_blocks_of_which_none_is_most_of_them():
    tail = Tail()
    for begin in range(0, AT_A_TIME * TIMES, AT_A_TIME):
        step = np.arange(begin, begin + AT_A_TIME)
        tail.take(Chunk(blocks=[Block(("m",), step, step * 0.1, step[:, None] * 2.0)]))
    points = tail.points("m")
    assert len(points) < 20
    assert max(len(step) for step, _, _ in points) < AT_A_TIME * TIMES / 3
    step, time, value = map(np.concatenate, zip(*points, strict=True))
    assert step.tolist() == list(range(AT_A_TIME * TIMES))
    assert np.array_equal(time, step * 0.1)
    assert np.array_equal(value, step * 2.0)
