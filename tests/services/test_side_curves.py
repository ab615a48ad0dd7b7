"""What a report draws of a side: the mean of its seeds with their spread, or each run."""

import numpy as np
import pytest
from some_runs import METRIC, a_run, seeds

from trackside.compare.sides import Side, side_of_runs
from trackside.services.comparison.side_curves import side_curves
from trackside.store.curves import Series


def drawn(side: Side, *curves: dict[int, float]):
    """The lines of a side whose runs have these values by step."""
    by_run = {
        run.id: Series(np.array([*curve], np.int64), np.zeros(len(curve)), np.array([*curve.values()], float))
        for run, curve in zip(side.runs, curves, strict=True)
    }
    return side_curves(side, METRIC, lambda run_id, _: by_run[run_id]).curves


def test_three_seeds_are_a_mean_with_a_band_of_one_standard_deviation():
    (line,) = drawn(seeds(1, 2, 6), {0: 0, 1: 1}, {0: 0, 1: 2}, {0: 3, 1: 6})
    assert line.x.tolist() == [0, 1]
    assert line.y.tolist() == [1, 3]
    assert line.half == pytest.approx([np.std([0, 0, 3], ddof=1), np.std([1, 2, 6], ddof=1)])


def test_the_mean_is_of_steps_at_which_every_seed_has_a_point():
    (line,) = drawn(seeds(1, 2, 3), {0: 1, 5: 1, 9: 1}, {0: 2, 4: 2, 9: 2}, {0: 3, 9: 3, 12: 3})
    assert line.x.tolist() == [0, 9]


def test_two_seeds_are_two_lines_without_a_band():
    lines = drawn(seeds(1, 2), {0: 1}, {3: 2})
    assert [(line.x.tolist(), line.y.tolist(), line.half) for line in lines] == [
        ([0], [1], None),
        ([3], [2], None),
    ]


def test_repeats_of_a_seed_are_no_further_seeds():
    side = side_of_runs([a_run(seed=1), a_run(seed=1), a_run(seed=2)])
    assert len(drawn(side, {0: 1}, {0: 2}, {0: 3})) == 3
    side = side_of_runs([a_run(seed=1), a_run(seed=1), a_run(seed=2), a_run(seed=3)])
    (line,) = drawn(side, {0: 1}, {0: 3}, {0: 5}, {0: 8})
    assert line.y.tolist() == [5]


def test_seeds_without_a_common_step_are_a_line_each():
    assert len(drawn(seeds(1, 2, 3), {0: 1}, {1: 2}, {2: 3})) == 3


def by_time(*times: list[float]):
    """The curves of three seeds at three steps, each a straight line over its own clock, by relative time."""
    side = seeds(1, 1, 1, created=0.0)
    steps = np.arange(3)
    by_run = {
        run.id: Series(steps, np.array(when), np.array(when) + number)
        for number, (run, when) in enumerate(zip(side.runs, times, strict=True))
    }
    return side_curves(side, METRIC, lambda run_id, _: by_run[run_id], "relative")


def test_along_a_clock_values_between_two_points_are_interpolated_in_the_range_of_all():
    found = by_time([1, 5, 9], [0, 2, 6], [4, 8, 12])
    (line,) = found.curves
    assert line.x.tolist() == [5]
    assert line.y.tolist() == [6]
    assert found.interpolated


def test_where_no_value_lies_between_two_points_nothing_is_interpolated():
    assert not by_time([1, 5, 9], [1, 5, 9], [1, 5, 9]).interpolated


def test_seeds_of_which_one_ended_before_another_began_are_a_line_each():
    assert [curve.half for curve in by_time([1, 2, 3], [1, 2, 3], [7, 8, 9]).curves] == [None] * 3
