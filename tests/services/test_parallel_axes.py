"""The axes of the runs that a filter found, and that a brush and the filter that it means find the same runs."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from trackside.charts.parallel.axis import axis_of, kept
from trackside.charts.parallel.spec import ParallelSpec, Picked, Span
from trackside.query.naming import key_of
from trackside.services.comparison.parallel import MOST, coordinates, filter_of
from trackside.services.table.selecting import Query, select

RNG = np.random.default_rng(5)
N = 60
RATE = 10 ** RNG.uniform(-5, -1, N)
LOSS = np.abs(np.log10(RATE) + 3) + RNG.uniform(0, 0.1, N)


def frame_of(columns):
    length = len(next(iter(columns.values())))
    fields = {
        "id": [f"01K{number:023}" for number in range(length)],
        "name": [f"run {number}" for number in range(length)],
        "primary": ["val/loss"] * length,
        "created": np.arange(length) * 1.0,
        "archived": [False] * length,
        "tags": [[]] * length,
    }
    return pl.DataFrame({**fields, **columns})


def swept():
    return frame_of(
        {
            "param.optimizer": RNG.choice(["adam", "sgd, slow", 'the "odd"'], N).tolist(),
            "param.lr": RATE,
            "param.depth": RNG.choice([2.0, 4.0, None, 8.0], N).tolist(),
            "param.batch": [32.0] * N,
            "param.out": [f"/data/run-{number}" for number in range(N)],
            "param.name": RNG.uniform(0, 1, N),
            "metric.val/loss": [math.nan, *LOSS[1:]],
            "best.val/loss": [None, *LOSS[1:]],
            "metric.val/accuracy": -LOSS,
            "metric.system/cpu": RNG.uniform(0, 1, N),
        }
    )


def view_of(frame, text=""):
    return select(frame, Query(text), 0.0)


def found_by(frame, text):
    view = view_of(frame, text)
    assert view.error is None
    return sorted(view.ids(0, len(view)))


def test_params_that_differ_come_first_and_the_metric_that_runs_are_judged_by_last():
    found = coordinates(view_of(swept()))
    keys = [axis.key for axis in found.axes]
    assert sorted(keys[:4]) == ["depth", "lr", "optimizer", "param.name"]
    assert keys[4:] == ["val/accuracy", "best(val/loss)"]
    assert found.by == "best(val/loss)"
    assert [axis.goal for axis in found.axes] == [None] * 4 + ["max", "min"]


def test_a_param_stands_nearer_to_the_metric_the_more_it_goes_with_it():
    params = {f"param.p{number}": LOSS + RNG.normal(0, spread, N) for number, spread in enumerate((0.01, 9.0, 0.5))}
    found = coordinates(view_of(frame_of({**params, "best.val/loss": LOSS})))
    assert [axis.key for axis in found.axes] == ["p1", "p2", "p0", "best(val/loss)"]


def test_of_too_many_params_the_strongest_are_shown_and_the_others_are_named():
    params = {f"param.p{number}": RNG.uniform(0, 1, N) for number in range(20)}
    found = coordinates(view_of(frame_of({**params, "param.telling": LOSS * 2, "best.val/loss": LOSS})))
    assert len(found.axes) == MOST
    assert "telling" in [axis.key for axis in found.axes]
    assert len(found.left_out) == 14


def test_a_param_that_is_another_word_in_each_run_has_no_axis_and_is_named():
    found = coordinates(view_of(swept()))
    assert found.left_out == ("out",)


def test_goals_that_a_project_set_turn_the_axis():
    found = coordinates(view_of(swept()), goals={"val/accuracy": "min"})
    assert {axis.key: axis.goal for axis in found.axes}["val/accuracy"] == "min"


def test_runs_without_params_or_metrics_have_no_axes():
    assert coordinates(view_of(frame_of({"param.a": [1.0, 1.0]}))).axes == ()
    assert coordinates(view_of(frame_of({"param.a": [1.0, 2.0]}))).by is None
    assert coordinates(view_of(swept(), "lr>5")).ids == ()


@pytest.mark.parametrize(
    ("key", "brush", "text"),
    [
        ("lr", Span(0.001, 0.01), "lr>=0.001 lr<=0.01"),
        ("lr", Span(float(RATE.min()), float(np.median(RATE))), None),
        ("depth", Picked(frozenset({"2", "8"})), "depth:2,8"),
        ("optimizer", Picked(frozenset({"adam", "sgd, slow"})), 'optimizer:"sgd, slow",adam'),
        ("optimizer", Picked(frozenset({'the "odd"'})), None),
        ("param.name", Span(0.25, 0.75), "param.name>=0.25 param.name<=0.75"),
        ("best(val/loss)", Span(0.0, 1.0), "best(val/loss)>=0 best(val/loss)<=1"),
        ("val/accuracy", Span(-1.0, 1.0), "val/accuracy>=-1 val/accuracy<=1"),
    ],
    ids=["decimal", "as computed", "numbers", "words", "quotes", "named as a field", "best", "last"],
)
def test_a_brush_and_the_filter_that_it_means_find_the_same_runs(key, brush, text):
    frame = swept()
    found = coordinates(view_of(frame))
    axes = tuple(replace(axis, brush=brush) if axis.key == key else axis for axis in found.axes)
    wanted = kept(ParallelSpec(axes, 80, 24))
    assert 0 < np.count_nonzero(wanted) < N
    said = filter_of(axes)
    assert text is None or said == text
    assert found_by(frame, said) == sorted(np.array(found.ids)[wanted].tolist())


def test_brushes_narrow_the_filter_that_there_is():
    axis = replace(axis_of("lr", RATE.tolist()), brush=Span(0.001, 0.01))
    assert filter_of([axis], "tag:a or tag:b") == "(tag:a or tag:b) lr>=0.001 lr<=0.01"
    assert filter_of([replace(axis, brush=None)], "tag:a") == "tag:a"


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    | st.sampled_from(["seed", "tags", "run", "or", "not", "param.x", "metric.x", "best(x)", "-lr", "best.x", "a~b"]),
    kind=st.sampled_from(["param", "metric", "best", "min"]),
)
def test_the_key_of_any_column_means_that_column(name, kind):
    frame = frame_of({f"{kind}.{name}": [0.25, 0.75], "param.x": [5.0, 5.0], "metric.x": [6.0, 6.0]})
    if f"{kind}.{name}" in ("param.x", "metric.x"):
        frame = frame.with_columns(pl.Series(f"{kind}.{name}", [0.25, 0.75]))
    key = key_of(f"{kind}.{name}", frame.schema)
    assert len(found_by(frame, f"{key}<=0.5")) == 1


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("param.lr", "lr"),
        ("metric.lr", "metric.lr"),
        ("metric.val/loss", "val/loss"),
        ("best.val/loss", "best(val/loss)"),
        ("best. padded ", 'best(" padded ")'),
        ("param.two words", '"two words"'),
        ("seed", "seed"),
        ("duration_s", "duration"),
    ],
)
def test_a_key_is_as_short_as_it_can_be(column, key):
    assert key_of(column, {"param.lr", column}) == key
