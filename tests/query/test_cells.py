"""Values as text for tables, and the first page's values beside the frame's."""

import math
import subprocess
import sys

import pytest

from trackside.model.run import MetricSummary, Progress, Run
from trackside.services import cells
from trackside.store.table import frame_of

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.0, "0"),
        (0.30000000000000004, "0.3"),
        (0.000123456, "0.0001235"),
        (0.0000123456, "1.235e-5"),
        (12.3456, "12.35"),
        (123456.7, "123457"),
        (9.99996, "10"),
        (12345678.0, "1.235e7"),
        (-0.5, "-0.5"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_a_number_has_four_digits_that_count(value, text):
    assert cells.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(64.0, "64"), (1234567.0, "1234567"), (3e-4, "0.0003"), (True, "true"), ("adam", "adam"), (None, "")],
)
def test_a_param_is_shown_as_it_was_written(value, text):
    assert cells.param(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.96, "10 s"), (59.7, "1 m"), (200, "3 m 20 s"), (7_500, "2 h 5 m"), (273_600, "3 d 4 h")],
)
def test_a_duration_has_two_units(seconds, text):
    assert cells.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "now"), (4, "now"), (7, "5 s"), (40, "15 s"), (200, "3 m"), (7_300, "2 h"), (400_000, "4 d")],
)
def test_an_age_is_coarser_the_longer_it_is(seconds, text):
    assert cells.age(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(-3, "now"), (4, "4 s"), (55.9, "55 s"), (200, "3 m"), (400_000, "4 d")])
def test_what_is_printed_once_says_how_long_ago_to_the_second(seconds, text):
    assert cells.ago(seconds) == text


@pytest.mark.parametrize(
    ("step", "total", "eta", "running", "text"),
    [
        (429, 1_000, 120.0, True, "430/1,000 2 m"),
        (429, None, None, True, "430"),
        (300, 600, None, False, "301/600"),
        (599, 600, 0.0, False, "600"),
        (None, 600, None, True, ""),
    ],
)
def test_progress_tells_of_a_run_that_ended_early_how_far_it_was_to_go(step, total, eta, running, text):
    assert cells.progress(step, total, eta, running=running) == text


def test_progress_tells_the_time_left_only_while_it_runs():
    assert cells.progress(429, 1_000, 125.0, running=True) == "430/1,000 2 m"
    assert cells.progress(429, 1_000, 7_500.0, running=True) == "430/1,000 2 h 5 m"
    assert cells.progress(429, None, None, running=True) == "430"
    assert cells.progress(999, 1_000, None, running=False) == "1,000"


def test_every_status_has_a_sign_of_its_own_with_and_without_unicode():
    for ascii_only in (False, True):
        signs = {cells.status_sign(status, ascii_only=ascii_only) for status in cells._STATUS_SIGNS}
        assert len(signs) == 5
    assert all(sign.isascii() for sign in signs)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("notes", "\n why it was run\nand more", cells.Cell("why it was run")),
        ("traceback", "Traceback\n  File\nValueError: no\n", cells.Cell("ValueError: no", "left", "bad")),
        ("tags", ["big", "debug"], cells.Cell("big debug")),
        ("health", ["nonfinite:loss"], cells.Cell("nonfinite:loss", "left", "warn")),
        ("archived", True, cells.Cell("true")),
        ("created", NOW - 7_300, cells.Cell("2 h", "right", "dim")),
        ("metric.loss", math.nan, cells.Cell("nan", "right", "bad")),
        ("metric.loss", None, cells.Cell("", "right", "dim")),
        ("seed", 7, cells.Cell("7", "right")),
        ("status", "failed", cells.Cell("failed", "left", "bad")),
    ],
)
def test_a_cell_shows_its_column_in_its_own_way(column, value, expected):
    assert cells.cell(column, value, NOW) == expected


def test_the_first_page_has_the_values_that_the_frame_has():
    run = Run(
        id="01K00000000000000000000000",
        name="wide",
        project="digits",
        created=NOW - 100,
        ended=NOW - 40,
        status="finished",
        tags=["big"],
        command=["python", "a b.py"],
        seed=3,
        params={"lr": 3e-4, "depth": 4, "amp": True, "sizes": [1, 2.5], "name": "x", "none": None, "huge": 10**7},
        metrics={"loss": MetricSummary(last=math.inf, min=0.1, max=2.0, best=0.1, at_best=0.2)},
        progress=Progress(step=9, total_steps=10, last_point=NOW - 41, eta_s=1.0),
    )
    frame = frame_of([run])
    assert {name: cells.run_value(run, name) for name in frame.columns} == frame.row(0, named=True)


def test_neither_cells_nor_the_reader_of_filters_load_what_a_first_paint_cannot_wait_for():
    modules = "trackside.services.cells, trackside.query.parse, trackside.query.edit, trackside.query.complete"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"polars", "lark", "rapidfuzz", "numpy"} & set(loaded)
