"""A margin as a person types it."""

import pytest

from trackside.model.margins import Margin, parse_margin


@pytest.mark.parametrize(
    ("typed", "margin"),
    [
        ("0.002", Margin(0.002)),
        (" 2 ", Margin(2.0)),
        (".5", Margin(0.5)),
        ("1e-3", Margin(0.001)),
        ("0.5%", Margin(0.005, relative=True)),
        ("5 %", Margin(0.05, relative=True)),
        ("2.E-1%", Margin(0.002, relative=True)),
    ],
)
def test_a_margin_is_a_number_or_a_share_of_the_baseline(typed: str, margin: Margin) -> None:
    assert parse_margin(typed) == margin


@pytest.mark.parametrize(
    "typed",
    ["", "%", ".", "0", "0%", "-1", "+1", "nan", "inf", "1e999", "1e-999", "1,5", "1%%", "a lot", "٣", "9" * 400],
)
def test_what_is_no_number_above_zero_is_no_margin(typed: str) -> None:
    assert parse_margin(typed) is None


def test_a_relative_margin_is_one_of_the_size_of_the_baseline() -> None:
    half_a_percent = Margin(0.005, relative=True)
    assert half_a_percent.beside(200.0) == half_a_percent.beside(-200.0) == 1.0
    assert Margin(0.002).beside(200.0) == 0.002
