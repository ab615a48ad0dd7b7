"""How metrics in a table of runs differ from those of each project's baseline."""

import math

import polars as pl
import pytest

from trackside.services.cells import change
from trackside.services.table.baseline_changes import values_of, with_changes

FRAME = pl.DataFrame(
    {
        "id": ["A", "B", "C", "D", "E"],
        "project": ["digits", "digits", "speech", "speech", "words"],
        "best.acc": [0.5, 0.75, 8.0, 4.0, 1.0],
        "=a - b": [0.0, 1.0, math.nan, 2.0, 1.0],
        "param.lr": [1.0, 2.0, 3.0, 4.0, 5.0],
    }
)
BASELINES = {"digits": "A", "speech": "C"}


def changes(columns, of_projects, *, percent):
    return with_changes(FRAME, columns, values_of(FRAME, columns, of_projects), percent=percent)


def test_each_run_is_told_from_its_own_projects_baseline_and_from_no_other():
    found = changes(FRAME.columns, BASELINES, percent=False)
    assert found["change.best.acc"].to_list() == [0.0, 0.25, 0.0, -4.0, None]
    assert "change.param.lr" not in found.columns


def test_percentages_are_of_the_baseline_and_none_where_it_is_zero_or_no_number():
    found = changes(["best.acc", "=a - b"], BASELINES, percent=True)
    assert found["change.best.acc"].to_list() == [0.0, 50.0, 0.0, -50.0, None]
    assert found["change.=a - b"].to_list() == [None] * 5


def test_a_baseline_that_is_not_there_any_more_changes_nothing():
    found = changes(["best.acc"], {"digits": "gone"}, percent=False)
    assert found["change.best.acc"].to_list() == [None] * 5


@pytest.mark.parametrize(
    ("difference", "percent", "text"),
    [(0.0123456, False, "+0.01235"), (-2.0, False, "-2"), (0.0, True, "="), (3.14, True, "+3.1%"), (None, True, "")],
)
def test_a_difference_is_written_with_its_sign(difference, percent, text):
    assert change(difference, percent=percent) == text
