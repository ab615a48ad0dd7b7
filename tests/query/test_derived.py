"""Derived columns: what is computed for a run, and how a mistake in a formula is pointed at."""

import math

import polars as pl
import pytest

from trackside.query.derived import DerivedError, derived

FRAME = pl.DataFrame(
    {
        "name": ["wide", "deep", "lost"],
        "created": [1.0, 2.0, 3.0],
        "param.lr": [0.5, None, 0.0],
        "param.size": ["8", "auto", "2"],
        "metric.val/loss": [1.0, 3.0, math.nan],
        "metric.train/loss": [0.5, 1.0, 1.0],
        "mean.train/loss": [0.25, 0.5, 0.5],
        "metric.mAP50-95(B)": [0.1, 0.2, 0.3],
    }
)


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("=val/loss - train/loss", [0.5, 2.0, None]),
        ("val/loss / train/loss", [2.0, 3.0, None]),
        ("-(mean(train/loss)+1)*2e0", [-2.5, -3.0, -3.0]),
        ("1 - 2 - 3 + lr*4", [-2.0, None, -4.0]),
        ("1/lr", [2.0, None, None]),
        ('size + "mAP50-95(B)" * 10', [9.0, None, 5.0]),
        ("created", [1.0, 2.0, 3.0]),
    ],
)
def test_a_formula_is_computed_for_each_run_that_has_all_of_its_keys(formula, values):
    assert FRAME.select(derived(formula, FRAME.schema)).to_series().to_list() == values


@pytest.mark.parametrize(
    ("formula", "place", "says"),
    [
        ("val/loss - train/los", 11, "did you mean train/loss?"),
        ("val/loss-train/loss", 0, "put spaces round a / or a -"),
        ("val/loss -", 10, "missing at the end"),
        ("(val/loss", 9, "a ) is missing"),
        ("val/loss)", 8, "closes nothing"),
        ("lr 3", 3, "one of + - * /"),
        ("lr ** 2", 4, "a key, a number or ("),
        ("name + 1", 0, "name is no number"),
        ("", 0, "missing"),
        ('"lr', 0, "never closed"),
        ("(" * 200 + "-lr" + " + lr" * 200, 0, "nested too deeply"),
    ],
)
def test_a_mistake_in_a_formula_is_pointed_at(formula, place, says):
    with pytest.raises(DerivedError, match=r"^formula, column") as mistake:
        derived(formula + ")" * formula.count("(" * 200) * 200, FRAME.schema)
    assert says in mistake.value.says
    assert mistake.value.start == place
