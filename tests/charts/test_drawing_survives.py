"""Whatever the data, drawing a chart neither raises nor takes long, and fills exactly the cells it was given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from trackside.charts import plain
from trackside.charts.colours import DARK
from trackside.charts.picture import draw
from trackside.charts.spec import ChartOptions, ChartSpec, Curve, Mark

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True, width=64)
BOUND = st.none() | ANY_FLOAT


@st.composite
def some_curves(draw_one: st.DrawFn) -> tuple[Curve, ...]:
    found = []
    for number in range(draw_one(st.integers(0, 4))):
        length = draw_one(st.integers(0, 40))
        values = arrays.arrays(np.float64, length, elements=ANY_FLOAT)
        x = draw_one(values)
        if draw_one(st.booleans()):
            x = np.sort(x)
        marks = (Mark(draw_one(ANY_FLOAT), "note", "why"), Mark(draw_one(ANY_FLOAT), "nan"))
        stroke = draw_one(st.sampled_from(["solid", "dotted"]))
        found.append(Curve(f"run {number}", x, draw_one(values), owner=str(number // 2), stroke=stroke, marks=marks))
    return tuple(found)


pytestmark = pytest.mark.timeout(30)
"""Drawing that hangs is what these tests are afraid of; how long it takes is for the benchmarks."""

options = st.fixed_dictionaries(
    {
        "x_range": st.tuples(BOUND, BOUND),
        "y_range": st.tuples(BOUND, BOUND),
        "log_x": st.booleans(),
        "log_y": st.booleans(),
        "smooth": st.sampled_from([0.0, 0.5, 0.999999, 1e-9]),
        "clip_outliers": st.booleans(),
        "x_kind": st.sampled_from(["step", "number", "time", "duration"]),
        "hidden": st.frozensets(st.sampled_from(["run 0", "run 1"])),
        "solo": st.none() | st.just("run 1"),
        "chosen": st.none() | st.sampled_from(["run 0", "run 2"]),
        "crosshair": BOUND,
    }
).map(lambda given: ChartOptions(**given))


@settings(max_examples=300, deadline=None)
@given(
    some_curves(),
    options,
    st.integers(0, 140),
    st.integers(0, 45),
    st.sampled_from(["braille", "blocks", "ascii"]),
    st.sampled_from([DARK, ()]),
)
def test_any_floats_are_drawn_into_exactly_the_cells_given(curves, looked_at, width, height, charset, palette):
    picture = draw(ChartSpec(curves, width, height, looked_at, "loss", palette, charset))
    assert len(picture.rows) == height
    assert {sum(len(segment.text) for segment in row) for row in picture.rows} <= {width}


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0],
        [np.nan],
        [np.inf, -np.inf],
        [0.0] * 50,
        [5e-324, 1e-323],
        [1e308, -1e308, 1e308],
        [1.7976931348623157e308] * 3,
        [1.0, np.nextafter(1.0, 2.0)],
        [1e9, 1e9 + 1e-3],
        [np.nan, 1.0, np.nan, 2.0, np.nan],
        [-1.0, -2.0],
    ],
    ids=str,
)
@pytest.mark.parametrize("log", [False, True])
def test_hard_curves_are_drawn(values, log):
    y = np.array(values)
    spec = ChartSpec((Curve("a", np.arange(len(y), dtype=float), y),), 60, 15, ChartOptions(log_x=log, log_y=log))
    assert len(draw(spec).rows) == 15


def test_limits_much_tighter_than_the_data_are_drawn_at_once():
    x = np.arange(200_000, dtype=float)
    y = np.sin(x) * 1e12
    spec = ChartSpec(
        (Curve("a", x, y),), 200, 50, ChartOptions(x_range=(100_000.0, 100_000.0001), y_range=(-1e-9, 1e-9))
    )
    draw(spec)


def test_twenty_noisy_curves_of_a_hundred_thousand_points_are_drawn_in_time():
    noise = np.random.default_rng(0)
    x = np.arange(100_000, dtype=float)
    curves = tuple(Curve(f"run {number}", x, noise.normal(size=len(x))) for number in range(20))
    picture = draw(ChartSpec(curves, 200, 50, palette=DARK))
    assert picture.total == 2_000_000


def test_a_tangle_along_another_metric_is_drawn_in_time():
    noise = np.random.default_rng(0)
    curve = Curve("a", noise.normal(size=300_000), noise.normal(size=300_000))
    draw(ChartSpec((curve,), 200, 50))


def test_the_ascii_twin_is_ascii_alone_whatever_the_names():
    curves = (Curve("läuft ✓", np.arange(9.0), np.arange(9.0)), Curve("b", np.arange(9.0), -np.arange(9.0)))
    text = plain.text(ChartSpec(curves, 60, 15, ChartOptions(crosshair=4.0), "Güte"), ascii_only=True)
    assert text.isascii()
    assert "\x1b" not in text
