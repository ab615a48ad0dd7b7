"""A shape is made by its points, whichever way they came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackside.health.shape import MOST, Shape, of_points, unpacked

LARGE = 2**62
POINTS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 3_000), st.integers(-LARGE, LARGE)),
        st.one_of(st.integers(-50, 50).map(float), st.sampled_from([np.nan, np.inf, -np.inf])),
    ),
    max_size=300,
)


def shape_of(points: list[tuple[int, float]]) -> Shape:
    step = np.array([step for step, _ in points], np.int64)
    return of_points(step, step, np.array([value for _, value in points], float))


@given(POINTS, st.randoms(use_true_random=False), st.integers(1, 40))
def test_in_any_order_and_in_any_pieces_the_same_points_give_the_same_shape(points, order, piece):
    at_once = shape_of(points)
    order.shuffle(points)
    pieces = [shape_of(points[start : start + piece]) for start in range(0, len(points), piece)]
    by_pieces = shape_of([])
    for some in pieces:
        by_pieces = unpacked(by_pieces.merged(some).packed())
    if len(at_once):
        assert by_pieces.packed() == at_once.packed()
    assert len(by_pieces) == len(at_once) <= MOST


def test_no_extreme_is_lost_in_a_long_curve_and_it_stands_at_its_step():
    value = np.full(1_000_000, 2.0)
    value[123_456], value[654_321] = 9.0, -1.0
    step = np.arange(len(value))
    shape = of_points(step, step, value)
    assert (MOST / 2 < len(shape) <= MOST, shape.count) == (True, 1_000_000)
    assert shape.cells["high"].max() == 9.0
    assert shape.cells["high_at"][shape.cells["high"].argmax()] == 123_456
    assert shape.cells["low"].min() == -1.0


@pytest.mark.parametrize("packed", [b"\x00 not whole", b"\x7f", bytes([0]) + bytes(48)])
def test_what_is_no_shape_is_refused(packed):
    with pytest.raises(ValueError, match="no shape"):
        unpacked(packed)
