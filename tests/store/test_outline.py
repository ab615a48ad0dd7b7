"""An outline is a curve in few points, for a screen: what one would miss on it is there."""

import numpy as np
import pytest

from trackside.store.curves import Series
from trackside.store.outline import MOST_POINTS, outlined


def series(values: np.ndarray, steps: np.ndarray | None = None) -> Series:
    step = np.arange(len(values), dtype=np.int64) if steps is None else steps
    return Series(step, step * 0.5, values)


def falling(count: int) -> np.ndarray:
    return np.exp(-np.arange(count) / count) + np.random.default_rng(0).normal(0, 0.01, count)


def test_a_short_curve_is_all_there() -> None:
    short = series(falling(MOST_POINTS))
    assert outlined(short) is short


def test_of_a_long_curve_every_spike_and_both_ends_are_there_and_nothing_is_made_up() -> None:
    values = falling(300_000)
    values[123_456], values[222_222] = 9.0, -9.0
    found = outlined(series(values))
    assert len(found) <= MOST_POINTS + 2
    assert (found.of, found.points) == (300_000, 300_000)
    assert {123_456, 222_222, 0, 299_999} <= set(found.step.tolist())
    np.testing.assert_array_equal(found.value, values[found.step])
    np.testing.assert_array_equal(found.time, found.step * 0.5)
    assert (np.diff(found.step) > 0).all()


def test_where_values_are_no_numbers_is_there_and_the_others_around_it() -> None:
    values = falling(100_000)
    values[50_000:50_010] = np.nan
    values[70_000] = np.inf
    found = outlined(series(values))
    assert {49_999, 50_000, 50_009, 50_010, 69_999, 70_000, 70_001} <= set(found.step.tolist())


def test_an_outline_of_an_outline_stands_for_all_points_and_keeps_the_extremes() -> None:
    values = falling(500_000)
    values[400_000] = 7.0
    again = outlined(outlined(series(values), 20_000))
    assert again.points == 500_000
    assert again.value.max() == 7.0


@pytest.mark.parametrize("values", [np.full(5_000, np.nan), np.full(5_000, 3.0)])
def test_odd_curves_have_outlines(values: np.ndarray) -> None:
    found = outlined(series(values))
    assert found.step[0] == 0
    assert found.step[-1] == 4_999


def test_steps_at_the_ends_of_what_an_integer_holds_have_their_place() -> None:
    steps = np.linspace(-(2**63), 2**63 - 1025, 5_000).astype(np.int64)
    found = outlined(series(falling(5_000), steps))
    assert len(found) <= MOST_POINTS + 2
    assert found.step[-1] == steps[-1]
